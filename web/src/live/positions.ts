import { encode, readAnswer, RECORDS_MAX, type Fix, type Numbered } from "./frames";

/** Where fixes wait, so that they outlive the page. */
export interface FixStore {
  /** Everything that waits, in order of its sequence. */
  all(): Promise<Numbered[]>;
  /** Adds one at the end. */
  add(item: Numbered): Promise<void>;
  /** Removes everything up to a sequence, included. */
  removeTo(sequence: number): Promise<void>;
}

/** The connection as the outbox needs it. */
export interface FrameWire {
  readonly state: string;
  sendFrame(frame: Uint8Array<ArrayBuffer>): boolean;
  onFrame(call: (bytes: Uint8Array) => void): () => void;
  watch(call: () => void): () => void;
}

/** An answer that takes longer is not waited for: the frame goes again. */
const ANSWER_MS = 10_000;
/** Two days at one fix in five seconds. The oldest go first when a device is away for longer. */
const WAITING_MAX = 34_560;

/**
 * A driver's positions on their way: each waits, in order and also over a restart, until the server has stored it. One
 * frame is under way at a time. A frame that is refused is cut in half until the bad fix is alone, which is dropped.
 */
export class PositionOutbox {
  #waiting: Numbered[] = [];
  #next = 0;
  #underWay: readonly Numbered[] = [];
  #largest = RECORDS_MAX;
  #cancelTimer: () => void = () => {};
  readonly #watchers = new Set<() => void>();
  readonly #ends: (() => void)[] = [];

  private constructor(
    private readonly store: FixStore,
    private readonly wire: FrameWire,
    private readonly after: (ms: number, call: () => void) => () => void,
  ) {}

  /** Opens it with what waited when the page was last closed. */
  static async open(
    store: FixStore,
    wire: FrameWire,
    after: (ms: number, call: () => void) => () => void,
  ): Promise<PositionOutbox> {
    const outbox = new PositionOutbox(store, wire, after);
    outbox.#waiting = await store.all();
    outbox.#next = ((outbox.#waiting.at(-1)?.sequence ?? -1) + 1) >>> 0;
    outbox.#ends.push(wire.onFrame((bytes) => outbox.#hear(bytes)));
    outbox.#ends.push(
      wire.watch(() => {
        if (wire.state !== "live") outbox.#giveUp();
        outbox.#send();
      }),
    );
    outbox.#send();
    return outbox;
  }

  /** How many fixes are not stored by the server yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Calls when `waiting` changes; the answer stops that. */
  watch(call: () => void): () => void {
    this.#watchers.add(call);
    return () => this.#watchers.delete(call);
  }

  /** Takes a fix. It is sent now or when there is a connection. */
  async put(fix: Fix): Promise<void> {
    const item = { sequence: this.#next, fix };
    this.#next = (this.#next + 1) >>> 0;
    this.#waiting.push(item);
    const oldest = this.#waiting[0];
    if (oldest && this.#waiting.length > WAITING_MAX) this.#removeTo(oldest.sequence);
    await this.store.add(item);
    this.#changed();
    this.#send();
  }

  /** Listens and sends no more; what waits stays in the store. */
  close(): void {
    this.#giveUp();
    for (const end of this.#ends) end();
  }

  #send(): void {
    if (this.#underWay.length > 0 || this.#waiting.length === 0) return;
    const frame = this.#waiting.slice(0, this.#largest);
    if (!this.wire.sendFrame(encode(frame))) return;
    this.#underWay = frame;
    this.#cancelTimer = this.after(ANSWER_MS, () => {
      this.#giveUp();
      this.#send();
    });
  }

  #giveUp(): void {
    this.#cancelTimer();
    this.#underWay = [];
  }

  #hear(bytes: Uint8Array): void {
    const answer = readAnswer(bytes);
    const first = this.#underWay[0];
    const last = this.#underWay.at(-1);
    if (!answer || !first || !last) return;
    const about = answer.kind === "stored" ? last.sequence : first.sequence;
    // An answer to a frame that was given up before: its successor will be answered too.
    if (answer.sequence !== about) return;
    const count = this.#underWay.length;
    this.#giveUp();
    if (answer.kind === "stored") {
      this.#largest = Math.min(RECORDS_MAX, this.#largest * 2);
      this.#removeTo(last.sequence);
    } else if (count > 1) {
      this.#largest = Math.ceil(count / 2);
    } else {
      this.#removeTo(first.sequence);
    }
    this.#changed();
    this.#send();
  }

  #removeTo(sequence: number): void {
    const last = this.#waiting.findIndex((item) => item.sequence === sequence);
    this.#waiting = this.#waiting.slice(last + 1);
    // A fix that stays in the store is sent again after a restart and stored once: (driver, time) is its key there.
    void this.store.removeTo(sequence).catch(() => undefined);
  }

  #changed(): void {
    for (const call of [...this.#watchers]) call();
  }
}
