import { describe, expect, it } from "vitest";
import { Session, type Fetch } from "./session";

interface Call {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

/** A server that answers each path with what is laid out for it, in order; the last answer stays. */
function server(answers: Record<string, readonly (readonly [status: number, body: object])[]>) {
  const calls: Call[] = [];
  const send: Fetch = (path, init) => {
    const nth = calls.filter((call) => call.path === path).length;
    calls.push({ path, body: JSON.parse(String(init.body)) as Record<string, unknown> });
    const [status, body] = answers[path]?.[nth] ?? answers[path]?.at(-1) ?? [500, {}];
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  };
  return { calls, send };
}

const tokens = (access: string, refresh?: string) =>
  [
    200,
    { data: { access_token: access, expires_in: 900, ...(refresh ? { refresh_token: refresh } : {}) } },
  ] as const;
const refused = (status: number, code: string) => [status, { code, detail: "" }] as const;

function session(send: Fetch, known = false) {
  const memory = { known, get: () => memory.known, set: (value: boolean) => void (memory.known = value) };
  const clock = { now: 0 };
  return { memory, clock, session: new Session(send, memory, () => clock.now) };
}

const LOGIN = "/api/v1/auth/login";
const REFRESH = "/api/v1/auth/refresh";

describe("a session", () => {
  it("sends one refresh however many ask at once", async () => {
    const { calls, send } = server({ [LOGIN]: [tokens("a")], [REFRESH]: [tokens("b")] });
    const { session: own, clock } = session(send);
    await own.signIn("ada@example.com", "secret");
    clock.now = 900_000;
    const given = await Promise.all([own.token(), own.token(), own.token(true)]);
    expect(given).toEqual(["b", "b", "b"]);
    expect(calls.filter((call) => call.path === REFRESH)).toEqual([
      { path: REFRESH, body: { session: "cookie" } },
    ]);
  });

  it("signs in by phone too, and remembers only that it did", async () => {
    const { calls, send } = server({ [LOGIN]: [tokens("a")], "/api/v1/auth/logout": [[200, {}]] });
    const { session: own, memory } = session(send);
    await own.signIn("+39 (02) 123-4", "secret");
    expect(calls[0]?.body).toEqual({ phone: "+39021234", password: "secret", session: "cookie" });
    expect(memory.known).toBe(true);
    await own.signOut();
    expect([own.state, memory.known, await own.token()]).toEqual(["none", false, null]);
  });

  it("ends with another page's without a word, and forgets nothing that the other remembers", async () => {
    const { calls, send } = server({ [LOGIN]: [tokens("a")] });
    const { session: own, memory } = session(send);
    await own.signIn("ada@example.com", "secret");
    own.close();
    expect([own.state, memory.known, await own.token(), calls.length]).toEqual(["none", true, null, 1]);
  });

  it("is over when the server says so, and not when it does not answer", async () => {
    const { send } = server({
      [LOGIN]: [tokens("a")],
      [REFRESH]: [[503, {}], refused(401, "session.ended")],
    });
    const { session: own } = session(send);
    await own.signIn("ada@example.com", "secret");
    await expect(own.token(true)).rejects.toMatchObject({ status: 503 });
    expect(own.state).toBe("open");
    expect(await own.token(true)).toBeNull();
    expect(own.state).toBe("expired");
  });

  it("asks again when another tab was faster", async () => {
    const { calls, send } = server({ [REFRESH]: [refused(401, "session.exchanged"), tokens("b")] });
    const { session: own } = session(send, true);
    await own.start();
    expect([own.state, calls.length]).toEqual(["open", 2]);
  });

  it("stays open when the page starts without a network", async () => {
    const { send } = server({ [REFRESH]: [[503, {}], tokens("b")] });
    const { session: own, memory } = session(send, true);
    await own.start();
    expect([own.state, memory.known]).toEqual(["open", true]);
    expect(await own.token()).toBe("b");
  });

  it("does not ask for a session on a first visit", async () => {
    const { calls, send } = server({});
    const { session: own } = session(send);
    await own.start();
    expect([own.state, calls.length]).toEqual(["none", 0]);
  });
});
