import type { Environment, Socket } from "./environment";

/** A server's end of a wire that a test holds. */
export class FakeSocket implements Socket {
  binaryType = "blob";
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number }) => void) | null = null;
  readonly sent: unknown[] = [];
  isClosed = false;

  send(data: string | ArrayBuffer | Uint8Array): void {
    this.sent.push(typeof data === "string" ? JSON.parse(data) : data);
  }

  close(): void {
    this.isClosed = true;
  }

  /** The server says something. */
  say(message: object | ArrayBuffer): void {
    this.onmessage?.({ data: message instanceof ArrayBuffer ? message : JSON.stringify(message) });
  }

  event(topic: string, id: string, type = "x"): void {
    const data = { type, subject: "s", time: "2026-01-01T00:00:00Z", data: { id } };
    this.say({ type: "event", topic, id, data });
  }
}

/** Time that is turned by hand, and wires that are cut by hand. */
export class FakeEnvironment implements Environment {
  readonly sockets: FakeSocket[] = [];
  online = true;
  #now = 0;
  #timers: { readonly at: number; readonly call: () => void }[] = [];
  #changed: (() => void)[] = [];

  open(): Socket {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + ms, call };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  random(): number {
    return 1;
  }

  isOnline(): boolean {
    return this.online;
  }

  onChange(call: () => void): () => void {
    this.#changed.push(call);
    return () => {
      this.#changed = this.#changed.filter((other) => other !== call);
    };
  }

  /** The device's network comes or goes. */
  network(online: boolean): void {
    this.online = online;
    for (const call of this.#changed) call();
  }

  /** Lets time pass; what falls due runs in order. */
  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const [due] = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (!due) break;
      this.#now = due.at;
      this.#timers = this.#timers.filter((other) => other !== due);
      due.call();
    }
    this.#now = until;
  }

  get last(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("no socket was opened");
    return socket;
  }
}
