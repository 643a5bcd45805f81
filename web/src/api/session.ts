import { ApiProblem, problemOf } from "./problem";

/** What a login or a refresh gives. */
interface Tokens {
  readonly access_token: string;
  readonly expires_in: number;
}

export type SessionState =
  /** Nobody has signed in on this page. */
  | "none"
  /** A session that was here is being taken up again. */
  | "starting"
  | "open"
  /** It was open and is over: what was typed is still there, and a dialog asks for the password again. */
  | "expired";

export type Fetch = (path: string, init: RequestInit) => Promise<Response>;

/** Whether a cookie may be there; it is no secret. Kept, so that a first visit does not ask for a session. */
export interface Memory {
  get(): boolean;
  set(known: boolean): void;
}

/** Asks for, and uses, a refresh token in a cookie that no script can read. */
const COOKIE = { session: "cookie" } as const;

/** A token is renewed this long before it ends. */
const EARLY_MS = 30_000;

/**
 * The session of a page. The access token exists in this object only; the refresh token in an httpOnly cookie, which no
 * script can read.
 */
export class Session {
  #state: SessionState = "none";
  #access: { token: string; until: number } | null = null;
  #refreshing: Promise<boolean> | null = null;
  readonly #watchers = new Set<() => void>();

  constructor(
    private readonly send: Fetch,
    private readonly memory: Memory,
    private readonly now: () => number = Date.now,
  ) {}

  get state(): SessionState {
    return this.#state;
  }

  watch(call: () => void): () => void {
    this.#watchers.add(call);
    return () => this.#watchers.delete(call);
  }

  /**
   * Takes up the session of an earlier page, if there was one. Without an answer it stays open: a network that is away
   * says nothing about the session, and the first call that gets through will.
   */
  async start(): Promise<void> {
    if (!this.memory.get()) return;
    this.#become("starting");
    const open = await this.#renew().catch(() => true);
    this.#become(open ? "open" : "none");
  }

  /** Signs in by e-mail or phone. Refused: `ApiProblem`. */
  async signIn(login: string, password: string): Promise<void> {
    const by = login.includes("@") ? { email: login.trim() } : { phone: login.replaceAll(/[\s()-]/g, "") };
    this.#accept(await this.#post("/api/v1/auth/login", { ...by, password, ...COOKIE }));
  }

  /** Another page of this browser has ended it, and keeps what is remembered of it. */
  close(): void {
    this.#access = null;
    this.#become("none");
  }

  /** Ends it here at once, and on the server if that answers. */
  async signOut(): Promise<void> {
    const access = this.#access?.token;
    this.#forget();
    this.#become("none");
    if (access === undefined) return;
    const headers = { "content-type": "application/json", authorization: `Bearer ${access}` };
    await this.send("/api/v1/auth/logout", { method: "POST", headers, body: JSON.stringify(COOKIE) }).catch(
      () => undefined,
    );
  }

  /**
   * A token that is good now; `null` without a session. `fresh`: the last one was refused. However many ask at once,
   * one refresh goes out: each refresh token is good once, and a second use would end the session.
   */
  async token(fresh = false): Promise<string | null> {
    if (!fresh && this.#access && this.#access.until > this.now() + EARLY_MS) return this.#access.token;
    if (this.#state !== "open" && this.#state !== "starting") return null;
    return (await this.#renew()) ? (this.#access?.token ?? null) : null;
  }

  /** The server says that the session is over. */
  expire(): void {
    if (this.#state !== "open") return;
    this.#forget();
    this.#become("expired");
  }

  #renew(): Promise<boolean> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /** `false`: the session is over. A network that is away throws: that says nothing about the session. */
  async #refresh(): Promise<boolean> {
    const ask = async () => this.#accept(await this.#post("/api/v1/auth/refresh", COOKIE));
    // Another tab exchanged the cookie between our reading and the server's: it is there now.
    const again = (error: unknown) => {
      if (error instanceof ApiProblem && error.code === "session.exchanged") return ask();
      throw error;
    };
    try {
      await ask().catch(again);
      return true;
    } catch (error) {
      if (error instanceof ApiProblem && error.isPassing) throw error;
      this.expire();
      this.#forget();
      return false;
    }
  }

  async #post(path: string, body: object): Promise<Tokens> {
    const headers = { "content-type": "application/json" };
    const init: RequestInit = {
      method: "POST",
      headers,
      body: JSON.stringify(body),
      credentials: "same-origin",
    };
    const response = await this.send(path, init).catch(() => {
      throw new ApiProblem(0, "network.unreachable", "");
    });
    if (!response.ok) throw await problemOf(response);
    return ((await response.json()) as { data: Tokens }).data;
  }

  #accept(tokens: Tokens): void {
    this.#access = { token: tokens.access_token, until: this.now() + tokens.expires_in * 1000 };
    this.memory.set(true);
    this.#become("open");
  }

  #forget(): void {
    this.#access = null;
    this.memory.set(false);
  }

  #become(state: SessionState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const call of [...this.#watchers]) call();
  }
}
