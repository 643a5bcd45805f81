import { backoff } from "./backoff";
import type { Environment, Socket } from "./environment";
import {
  CLOSE_UNAUTHENTICATED,
  RATE_LIMITED,
  isLater,
  read,
  type ClientMessage,
  type LiveEvent,
  type ServerMessage,
} from "./protocol";

/** How a connection stands; what people are shown follows from it. */
export type LiveState =
  /** Nobody listens. */
  | "idle"
  /** The first attempt, or one after a wait. */
  | "connecting"
  /** Everything arrives. */
  | "live"
  /** The server does not answer; it is tried again. */
  | "waiting"
  /** The device has no network. */
  | "offline"
  /** There is no session any more; `resume` after the next sign-in. */
  | "signed-out";

/** Who follows a topic. */
export interface Follower {
  /** Something happened. Each event of the log comes once, in its order. */
  onEvent(event: LiveEvent): void;
  /** From here on events arrive; what is on the page was read before and may be stale: read it again. */
  onReset(): void;
  /** The server ended it: the topic does not exist or may not be read (any more). */
  onEnd?(code: string): void;
}

/** Gives an access token; with `fresh` a new one, since the last was refused. `null`: there is no session. */
export type TokenSource = (fresh: boolean) => Promise<string | null>;

/** Silence after which the connection is tried: `auth` again is answered, and renews the credential too. */
const SILENCE_MS = 25_000;
/** How long an answer to that may take, and how long a connection may take to become live. */
const ANSWER_MS = 10_000;
/** A connection that lived so long was a good one: the next wait is short again. */
const GOOD_MS = 10_000;
/** A connection that nobody needs is kept so long: the next page probably does. */
const LINGER_MS = 5_000;

interface Topic {
  readonly followers: Set<Follower>;
  /** The last id seen; it resumes the subscription after a reconnect. */
  last: string | null;
  /** What the subscription on this socket was asked to go on after; `null`: from its beginning on. */
  asked: string | null;
  /** The server has confirmed the subscription on this socket. */
  confirmed: boolean;
}

/**
 * One WebSocket for a whole page: topics with their resume tokens, a credential that is renewed, reconnection.
 *
 * After a reconnect each topic goes on after the last id that was seen, so nothing is lost or doubled; where the server
 * can no longer do that, followers are told to read everything again.
 */
export class LiveConnection {
  readonly #topics = new Map<string, Topic>();
  readonly #watchers = new Set<() => void>();
  readonly #binary = new Set<(bytes: Uint8Array) => void>();
  #state: LiveState = "idle";
  #socket: Socket | null = null;
  #authenticated = false;
  #attempt = 0;
  #freshToken = false;
  #holds = 0;
  #cancelTimer: () => void = () => {};
  #cancelGood: () => void = () => {};
  #cancelEnd: () => void = () => {};
  #forgetChanges: (() => void) | null = null;

  constructor(
    private readonly url: string,
    private readonly token: TokenSource,
    private readonly environment: Environment,
  ) {}

  get state(): LiveState {
    return this.#state;
  }

  /** Calls at each change of the state; the answer stops that. */
  watch(call: () => void): () => void {
    this.#watchers.add(call);
    return () => this.#watchers.delete(call);
  }

  /** Follows a topic; the answer stops that. */
  follow(name: string, follower: Follower): () => void {
    const known = this.#topics.get(name);
    const topic = known ?? { followers: new Set(), last: null, asked: null, confirmed: false };
    topic.followers.add(follower);
    if (!known) {
      this.#topics.set(name, topic);
      if (this.#authenticated) this.#subscribe(name, topic);
    } else if (topic.confirmed) {
      follower.onReset();
    }
    this.#begin();
    return () => this.#unfollow(name, topic, follower);
  }

  /** Keeps the connection open without a topic, for frames; the answer lets it go. */
  hold(): () => void {
    this.#holds += 1;
    this.#begin();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds -= 1;
      this.#endIfUnused();
    };
  }

  /** Sends a binary frame; whether there was a connection to send it on. */
  sendFrame(frame: Uint8Array<ArrayBuffer>): boolean {
    if (!this.#authenticated || !this.#socket) return false;
    this.#socket.send(frame);
    return true;
  }

  /** Calls with each binary frame of the server; the answer stops that. */
  onFrame(call: (bytes: Uint8Array) => void): () => void {
    this.#binary.add(call);
    return () => this.#binary.delete(call);
  }

  /** After a sign-in: there is a session again. */
  resume(): void {
    if (this.#state === "signed-out") {
      this.#attempt = 0;
      this.#connect();
    }
  }

  /** After a sign-out: what the last user saw must not resume for the next. */
  signOut(): void {
    for (const topic of this.#topics.values()) topic.last = null;
    this.#drop();
    if (this.#state !== "idle") this.#become("signed-out");
  }

  #unfollow(name: string, topic: Topic, follower: Follower): void {
    topic.followers.delete(follower);
    if (topic.followers.size > 0 || this.#topics.get(name) !== topic) return;
    this.#topics.delete(name);
    if (this.#authenticated) this.#say({ type: "unsubscribe", topic: name });
    this.#endIfUnused();
  }

  #begin(): void {
    this.#cancelEnd();
    if (this.#state !== "idle") return;
    this.#forgetChanges = this.environment.onChange(() => this.#surroundingsChanged());
    this.#connect();
  }

  #endIfUnused(): void {
    if (this.#topics.size > 0 || this.#holds > 0) return;
    this.#cancelEnd();
    this.#cancelEnd = this.environment.after(LINGER_MS, () => this.#end());
  }

  #end(): void {
    this.#forgetChanges?.();
    this.#forgetChanges = null;
    this.#drop();
    this.#attempt = 0;
    this.#become("idle");
  }

  #become(state: LiveState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const call of [...this.#watchers]) call();
  }

  #timer(ms: number, call: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.environment.after(ms, call);
  }

  #connect(): void {
    if (!this.environment.isOnline()) {
      this.#drop();
      return this.#become("offline");
    }
    this.#become(this.#attempt === 0 ? "connecting" : "waiting");
    const socket = this.environment.open(this.url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => void this.#authenticate(socket);
    socket.onmessage = ({ data }) => {
      if (this.#socket === socket) this.#hear(data);
    };
    socket.onclose = ({ code }) => {
      if (this.#socket === socket) this.#lost(code);
    };
    this.#socket = socket;
    this.#timer(ANSWER_MS, () => this.#lost(0));
  }

  async #authenticate(socket: Socket): Promise<void> {
    const token = await this.token(this.#freshToken).catch(() => undefined);
    if (this.#socket !== socket) return;
    // Without an answer about the session it is not known to be over: the next attempt asks again.
    if (token === undefined) return this.#lost(0);
    if (token === null) {
      this.#drop();
      return this.#become("signed-out");
    }
    this.#freshToken = false;
    this.#say({ type: "auth", token });
  }

  /** Ends the socket without a word to the followers. */
  #drop(): void {
    this.#cancelTimer();
    this.#cancelGood();
    this.#authenticated = false;
    for (const topic of this.#topics.values()) topic.confirmed = false;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #lost(code: number): void {
    this.#drop();
    if (code === CLOSE_UNAUTHENTICATED) this.#freshToken = true;
    this.#attempt += 1;
    if (!this.environment.isOnline()) return this.#become("offline");
    this.#become("waiting");
    this.#timer(
      backoff(this.#attempt, () => this.environment.random()),
      () => this.#connect(),
    );
  }

  #surroundingsChanged(): void {
    if (!this.environment.isOnline()) {
      if (this.#state === "signed-out") return;
      this.#drop();
      return this.#become("offline");
    }
    if (this.#state === "offline" || this.#state === "waiting") {
      this.#drop();
      this.#connect();
    } else if (this.#state === "live") {
      void this.#probe();
    }
  }

  #hear(data: unknown): void {
    if (this.#authenticated) this.#timer(SILENCE_MS, () => void this.#probe());
    if (data instanceof ArrayBuffer) {
      for (const call of [...this.#binary]) call(new Uint8Array(data));
      return;
    }
    const message = typeof data === "string" ? read(data) : null;
    if (message) this.#handle(message);
  }

  /** Asks for a sign of life, and renews the credential in passing. */
  async #probe(): Promise<void> {
    const socket = this.#socket;
    const token = await this.token(false).catch(() => undefined);
    if (this.#socket !== socket || !socket) return;
    if (token === null) {
      this.#drop();
      return this.#become("signed-out");
    }
    this.#timer(ANSWER_MS, () => this.#lost(0));
    if (token !== undefined) this.#say({ type: "auth", token });
  }

  #handle(message: ServerMessage): void {
    switch (message.type) {
      case "authenticated":
        return this.#authenticatedNow();
      case "subscribed":
        return this.#subscribed(message.topic, message.id);
      case "event":
        return this.#event(message.topic, message.id, message.data);
      case "unsubscribed":
        if (message.code !== undefined) this.#ended(message.topic, message.code);
        return;
      case "error":
        if (message.topic !== undefined) this.#declined(message.topic, message.code);
    }
  }

  #authenticatedNow(): void {
    this.#timer(SILENCE_MS, () => void this.#probe());
    if (this.#authenticated) return;
    this.#authenticated = true;
    this.#cancelGood = this.environment.after(GOOD_MS, () => {
      this.#attempt = 0;
    });
    for (const [name, topic] of this.#topics) this.#subscribe(name, topic);
    this.#become("live");
  }

  #subscribe(name: string, topic: Topic): void {
    topic.asked = topic.last;
    const after = topic.last === null ? {} : { after: topic.last };
    this.#say({ type: "subscribe", topic: name, ...after });
  }

  #subscribed(name: string, id: string): void {
    const topic = this.#topics.get(name);
    if (!topic) return;
    topic.confirmed = true;
    if (topic.asked !== null) return;
    topic.last = id;
    for (const follower of [...topic.followers]) follower.onReset();
  }

  #event(name: string, id: string, event: LiveEvent): void {
    const topic = this.#topics.get(name);
    if (!topic) return;
    // What is not of the log (a position) carries the id before it, so an equal id is news.
    if (topic.last === null || isLater(id, topic.last)) topic.last = id;
    for (const follower of [...topic.followers]) follower.onEvent(event);
  }

  #declined(name: string, code: string): void {
    const topic = this.#topics.get(name);
    if (topic && code.startsWith("resume.")) {
      topic.last = null;
      this.#subscribe(name, topic);
    } else if (code === RATE_LIMITED) {
      // Nothing is wrong with the topic: all are asked for again after a wait.
      this.#lost(0);
    } else if (code !== "topic.not_subscribed") {
      this.#ended(name, code);
    }
  }

  #ended(name: string, code: string): void {
    const topic = this.#topics.get(name);
    if (!topic) return;
    this.#topics.delete(name);
    for (const follower of [...topic.followers]) follower.onEnd?.(code);
    this.#endIfUnused();
  }

  #say(message: ClientMessage): void {
    this.#socket?.send(JSON.stringify(message));
  }
}
