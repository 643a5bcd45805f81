/** What a call ended with instead of an answer. */
export interface FieldProblem {
  /** The path of the field in the body that was sent, such as `pickup.window.from` or `tender.carriers[1]`. */
  readonly field: string;
  readonly code: string;
  readonly detail: string;
}

/**
 * A refusal of the server (RFC 9457), or a network that did not answer. `status` is 0 when nothing came back: whether
 * the server acted is then unknown, and the same call with the same idempotency key finds out.
 */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";

  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly errors: readonly FieldProblem[] = [],
    readonly requestId: string | null = null,
    /** Seconds to wait, where the server said so. */
    readonly retryAfter: number | null = null,
  ) {
    super(detail);
  }

  /** Nothing came back: the device or the server is away. */
  get isOffline(): boolean {
    return this.status === 0;
  }

  /** Trying the same again later may help. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** Reads what the server said; a body that is no problem document (a proxy's page) keeps its status. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const body: unknown = await response.json().catch(() => null);
  const record = isRecord(body) ? body : {};
  const errors = Array.isArray(record["errors"]) ? record["errors"].flatMap(fieldProblem) : [];
  const waits = Number(response.headers.get("retry-after"));
  return new ApiProblem(
    response.status,
    text(record["code"]) ?? `http.${response.status}`,
    text(record["detail"]) ?? text(record["title"]) ?? "",
    errors,
    text(record["request_id"]),
    Number.isFinite(waits) && waits > 0 ? waits : null,
  );
}

/** The problem for one field: its own, or the first of what lies inside it. */
export function problemAt(problem: ApiProblem | null, field: string): FieldProblem | null {
  if (!problem) return null;
  const wanted = normal(field);
  return (
    problem.errors.find((error) => normal(error.field) === wanted) ??
    problem.errors.find((error) => normal(error.field).startsWith(`${wanted}.`)) ??
    null
  );
}

/** What no field of the form shows: it belongs above the form. */
export function problemsElsewhere(problem: ApiProblem | null, fields: readonly string[]): FieldProblem[] {
  if (!problem) return [];
  const shown = fields.map(normal);
  return problem.errors.filter((error) => {
    const at = normal(error.field);
    return !shown.some((field) => at === field || at.startsWith(`${field}.`));
  });
}

/** `/pickup/window/0`, `pickup.window[0]` and `pickup.window.0` name the same field. */
function normal(field: string): string {
  return field
    .replace(/^#?\//, "")
    .replaceAll("/", ".")
    .replaceAll(/\[(\d+)\]/g, ".$1");
}

function fieldProblem(value: unknown): FieldProblem[] {
  if (!isRecord(value)) return [];
  const field = text(value["field"]) ?? text(value["pointer"]);
  if (field === null) return [];
  return [{ field, code: text(value["code"]) ?? "invalid", detail: text(value["detail"]) ?? "" }];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
