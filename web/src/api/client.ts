/* eslint-disable no-restricted-globals -- the one place that calls the server */
import { keep, recall } from "@/app/preferences";
import { ApiProblem, problemOf } from "./problem";
import type { paths } from "./schema";
import { Session } from "./session";

type Method = "get" | "post" | "put" | "patch" | "delete";

/** The paths that have a method. */
export type PathsOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, object> ? P : never;
}[keyof paths];

type Operation<M extends Method, P extends PathsOf<M>> = paths[P] extends Record<M, infer O> ? O : never;
type Parameters<O> = O extends { parameters: infer R } ? R : object;
type PathOf<O> = Parameters<O> extends { path: infer R } ? R : never;
type QueryOf<O> = Parameters<O> extends { query?: infer R } ? NonNullable<R> : never;
type BodyOf<O> = O extends { requestBody?: { content: { "application/json": infer B } } } ? B : never;

/** What a call answers: `data` and `meta`. */
export type AnswerOf<M extends Method, P extends PathsOf<M>> =
  Operation<M, P> extends { responses: infer R }
    ? R extends Record<200, { content: { "application/json": infer A } }>
      ? A
      : R extends Record<201, { content: { "application/json": infer A } }>
        ? A
        : never
    : never;

/** What a GET answers, without its envelope. */
export type DataOf<P extends PathsOf<"get">> = AnswerOf<"get", P> extends { data: infer D } ? D : never;

type Options<O> = ([PathOf<O>] extends [never] ? { path?: never } : { path: PathOf<O> }) &
  ([QueryOf<O>] extends [never] ? { query?: never } : { query?: Partial<QueryOf<O>> }) &
  ([BodyOf<O>] extends [never] ? { body?: never } : { body?: BodyOf<O> }) & {
    readonly signal?: AbortSignal;
    /** The same key and body act once, however often they are sent. */
    readonly idempotencyKey?: string;
  };

/** Longer than any answer of the server; a network that swallows packets ends here. */
const TIMEOUT_MS = 20_000;

const send = (path: string, init: RequestInit) =>
  fetch(path, { ...init, signal: init.signal ?? AbortSignal.timeout(TIMEOUT_MS) });

/** The session of this page. */
export const session = new Session(send, {
  get: () => recall("session") === "1",
  set: (known) => keep("session", known ? "1" : null),
});

/** An address of the API from its template. */
export function address(
  template: string,
  path: Record<string, unknown> = {},
  query: Record<string, unknown> = {},
): string {
  const filled = template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(path[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? filled : `${filled}?${text}`;
}

/** Sends with the session's token; a token that has just ended is renewed once. */
export async function authorised(path: string, init: RequestInit): Promise<Response> {
  const attempt = async (fresh: boolean) => {
    const token = await session.token(fresh);
    const headers = new Headers(init.headers);
    if (token !== null) headers.set("authorization", `Bearer ${token}`);
    const response = await send(path, { ...init, headers }).catch((error: unknown) => {
      if (init.signal?.aborted) throw error;
      throw new ApiProblem(0, "network.unreachable", "");
    });
    return { response, token };
  };
  const first = await attempt(false);
  if (first.response.status !== 401 || first.token === null) return first.response;
  const second = await attempt(true);
  if (second.response.status === 401) session.expire();
  return second.response;
}

async function call<M extends Method, P extends PathsOf<M>>(
  method: M,
  template: P,
  options: Options<Operation<M, P>>,
): Promise<AnswerOf<M, P>> {
  const headers = new Headers();
  const init: RequestInit = { method: method.toUpperCase(), headers };
  if (options.body !== undefined) {
    headers.set("content-type", "application/json");
    init.body = JSON.stringify(options.body);
  }
  if (options.idempotencyKey !== undefined) headers.set("idempotency-key", options.idempotencyKey);
  if (options.signal) init.signal = options.signal;
  const { path, query } = options as { path?: Record<string, unknown>; query?: Record<string, unknown> };
  const response = await authorised(address(template, path, query), init);
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as AnswerOf<M, P>;
}

/** What needs no session, such as a link that somebody was given: asked without one. */
export async function getOpenly<P extends PathsOf<"get">>(
  template: P,
  options: Options<Operation<"get", P>>,
): Promise<AnswerOf<"get", P>> {
  const { path, query, signal } = options as {
    path?: Record<string, unknown>;
    query?: Record<string, unknown>;
    signal?: AbortSignal;
  };
  const response = await send(address(template, path, query), signal ? { signal } : {}).catch(
    (error: unknown) => {
      if (signal?.aborted) throw error;
      throw new ApiProblem(0, "network.unreachable", "");
    },
  );
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as AnswerOf<"get", P>;
}

/** A file that the API hands out, such as a table for spreadsheets or a photo. */
export async function readFile<P extends PathsOf<"get">>(
  template: P,
  options: Options<Operation<"get", P>>,
): Promise<Blob> {
  const { path, query, signal } = options as {
    path?: Record<string, unknown>;
    query?: Record<string, unknown>;
    signal?: AbortSignal;
  };
  const response = await authorised(address(template, path, query), signal ? { signal } : {});
  if (!response.ok) throw await problemOf(response);
  return response.blob();
}

/** The API, as its document describes it. Every refusal is an `ApiProblem`. */
export const api = {
  get: <P extends PathsOf<"get">>(path: P, options: Options<Operation<"get", P>>) =>
    call("get", path, options),
  post: <P extends PathsOf<"post">>(path: P, options: Options<Operation<"post", P>>) =>
    call("post", path, options),
  put: <P extends PathsOf<"put">>(path: P, options: Options<Operation<"put", P>>) =>
    call("put", path, options),
  patch: <P extends PathsOf<"patch">>(path: P, options: Options<Operation<"patch", P>>) =>
    call("patch", path, options),
  delete: <P extends PathsOf<"delete">>(path: P, options: Options<Operation<"delete", P>>) =>
    call("delete", path, options),
};
