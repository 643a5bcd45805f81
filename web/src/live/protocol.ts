/** The messages of the WebSocket at `/api/v1/ws`, both ways, and its close codes. */

/** What happened, on which stream and when: `data` of an event. */
export interface LiveEvent {
  /** Dotted, such as `bid.submitted`. */
  readonly type: string;
  /** The stream, such as `shp_...`. */
  readonly subject: string;
  /** RFC 3339. */
  readonly time: string;
  /** The particulars. */
  readonly data: Readonly<Record<string, unknown>>;
}

export type ClientMessage =
  | { readonly type: "auth"; readonly token: string }
  | { readonly type: "subscribe"; readonly topic: string; readonly after?: string }
  | { readonly type: "unsubscribe"; readonly topic: string };

export type ServerMessage =
  | { readonly type: "authenticated"; readonly user_id: string }
  | { readonly type: "subscribed"; readonly topic: string; readonly id: string }
  | { readonly type: "unsubscribed"; readonly topic: string; readonly code?: string }
  | { readonly type: "event"; readonly topic: string; readonly id: string; readonly data: LiveEvent }
  | { readonly type: "error"; readonly code: string; readonly detail: string; readonly topic?: string };

/** The credential was not, or is no longer, valid. */
export const CLOSE_UNAUTHENTICATED = 4401;

/** The error of a message that came on top of too many. */
export const RATE_LIMITED = "rate_limited";

const TYPES: ReadonlySet<unknown> = new Set([
  "authenticated",
  "subscribed",
  "unsubscribed",
  "event",
  "error",
]);

/** Reads a message; `null` for what is none of those known, which a newer server may send. */
export function read(text: string): ServerMessage | null {
  try {
    const message = JSON.parse(text) as ServerMessage | null;
    return TYPES.has(message?.type) ? message : null;
  } catch {
    return null;
  }
}

/** Whether an id of the log is later than another; ids are decimal numbers of any length. */
export function isLater(id: string, than: string): boolean {
  return id.length === than.length ? id > than : id.length > than.length;
}
