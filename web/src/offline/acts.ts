import { ApiProblem } from "@/api/problem";
import type { IssueKind, TripStatus } from "@/api/types";

/** A picture that goes with an act. */
export interface Picture {
  readonly kind: "cargo_photo" | "delivery_photo" | "signature" | "issue_photo";
  readonly blob: Blob;
}

/** What both kinds of act are made of. */
interface Done {
  /** Made on the device: the server acts on it once, however often it arrives. */
  readonly id: string;
  readonly shipment: string;
  readonly pictures: readonly Picture[];
}

/** A step of a trip as it was taken on the device. */
export interface Step extends Done {
  readonly status: TripStatus;
  readonly recipient: string | null;
}

/** Something that went wrong on the way, as it was reported on the device. */
export interface Report extends Done {
  readonly kind: IssueKind;
  readonly description: string;
  readonly delayMinutes: number | null;
}

export type Act = Step | Report;

export type QueuedAct = Act & { readonly sequence: number };

export function isStep<A extends Act>(act: A): act is A & Step {
  return "status" in act;
}

/** Where acts wait, so that they outlive the page. */
export interface ActStore {
  all(): Promise<QueuedAct[]>;
  put(act: QueuedAct): Promise<void>;
  remove(sequence: number): Promise<void>;
}

export interface Refused {
  readonly act: Act;
  readonly problem: ApiProblem;
}

/** Between two attempts while the server does not answer. */
const AGAIN_MS = 5_000;

/**
 * What a driver did, on its way: in the order it was done, each until the server has answered. A refused step takes the
 * later steps of the same shipment with it: they rested on the one that was refused. Reports rest on nothing.
 */
export class ActQueue {
  #waiting: readonly QueuedAct[] = [];
  #refused: readonly Refused[] = [];
  #sending: Promise<void> | null = null;
  #next = 0;
  #cancel: () => void = () => {};
  readonly #watchers = new Set<() => void>();

  private constructor(
    private readonly store: ActStore,
    private readonly send: (act: Act) => Promise<void>,
    private readonly after: (ms: number, call: () => void) => () => void,
  ) {}

  static async open(
    store: ActStore,
    send: (act: Act) => Promise<void>,
    after: (ms: number, call: () => void) => () => void,
  ): Promise<ActQueue> {
    const queue = new ActQueue(store, send, after);
    queue.#waiting = (await store.all()).sort((a, b) => a.sequence - b.sequence);
    queue.#next = (queue.#waiting.at(-1)?.sequence ?? -1) + 1;
    void queue.flush();
    return queue;
  }

  get waiting(): readonly QueuedAct[] {
    return this.#waiting;
  }

  get refused(): readonly Refused[] {
    return this.#refused;
  }

  watch(call: () => void): () => void {
    this.#watchers.add(call);
    return () => this.#watchers.delete(call);
  }

  /** Takes an act; it is kept on the device before this answers. The same step is taken once. */
  async put(act: Act): Promise<void> {
    const known = this.#waiting.some(
      (other) =>
        isStep(act) && isStep(other) && other.shipment === act.shipment && other.status === act.status,
    );
    if (known) return;
    const queued = { ...act, sequence: this.#next++ };
    this.#become([...this.#waiting, queued]);
    await this.store.put(queued);
    void this.flush();
  }

  /** The person has read why. */
  dismiss(): void {
    this.#refused = [];
    this.#changed();
  }

  /** Sends what waits, now; when the network is back there is no need to wait for the next attempt. */
  flush(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  close(): void {
    this.#cancel();
  }

  async #sendAll(): Promise<void> {
    this.#cancel();
    for (let act = this.#waiting[0]; act; act = this.#waiting[0]) {
      if (!(await this.#sendOne(act))) break;
    }
    if (this.#waiting.length > 0) this.#cancel = this.after(AGAIN_MS, () => void this.flush());
  }

  /** Whether the next may go. */
  async #sendOne(act: QueuedAct): Promise<boolean> {
    try {
      await this.send(act);
      await this.#drop([act]);
      return true;
    } catch (error) {
      const problem = error instanceof ApiProblem ? error : new ApiProblem(0, "act.unsent", "");
      // Without a session it waits for the next sign-in, like for a network.
      if (problem.isPassing || problem.status === 401) return false;
      this.#refused = [...this.#refused, { act, problem }];
      const falls = (other: QueuedAct) =>
        other === act || (isStep(act) && isStep(other) && other.shipment === act.shipment);
      await this.#drop(this.#waiting.filter(falls));
      return true;
    }
  }

  async #drop(acts: readonly QueuedAct[]): Promise<void> {
    this.#become(this.#waiting.filter((act) => !acts.includes(act)));
    // What stays in the store after a failure here is sent again after a restart, with the same id.
    await Promise.allSettled(acts.map((act) => this.store.remove(act.sequence)));
  }

  #become(waiting: readonly QueuedAct[]): void {
    this.#waiting = waiting;
    this.#changed();
  }

  #changed(): void {
    for (const call of [...this.#watchers]) call();
  }
}
