import { ApiProblem } from "@/api/problem";
import type { TripStatus } from "@/api/types";

/** A picture that goes with a step. */
export interface Picture {
  readonly kind: "cargo_photo" | "delivery_photo" | "signature";
  readonly blob: Blob;
}

/** A step of a trip as it was taken on the device. */
export interface Step {
  /** Made on the device: the server acts on it once, however often it arrives. */
  readonly id: string;
  readonly shipment: string;
  readonly status: TripStatus;
  readonly recipient: string | null;
  readonly pictures: readonly Picture[];
}

export interface QueuedStep extends Step {
  readonly sequence: number;
}

/** Where steps wait, so that they outlive the page. */
export interface StepStore {
  all(): Promise<QueuedStep[]>;
  add(step: QueuedStep): Promise<void>;
  remove(sequence: number): Promise<void>;
}

export interface Refused {
  readonly step: Step;
  readonly problem: ApiProblem;
}

/** Between two attempts while the server does not answer. */
const AGAIN_MS = 5_000;

/**
 * A driver's steps on their way: in the order they were taken, each until the server has answered. A refusal takes the
 * later steps of the same shipment with it: they rested on the one that was refused.
 */
export class StepQueue {
  #waiting: readonly QueuedStep[] = [];
  #refused: readonly Refused[] = [];
  #sending: Promise<void> | null = null;
  #next = 0;
  #cancel: () => void = () => {};
  readonly #watchers = new Set<() => void>();

  private constructor(
    private readonly store: StepStore,
    private readonly send: (step: Step) => Promise<void>,
    private readonly after: (ms: number, call: () => void) => () => void,
  ) {}

  static async open(
    store: StepStore,
    send: (step: Step) => Promise<void>,
    after: (ms: number, call: () => void) => () => void,
  ): Promise<StepQueue> {
    const queue = new StepQueue(store, send, after);
    queue.#waiting = (await store.all()).sort((a, b) => a.sequence - b.sequence);
    queue.#next = (queue.#waiting.at(-1)?.sequence ?? -1) + 1;
    void queue.flush();
    return queue;
  }

  get waiting(): readonly QueuedStep[] {
    return this.#waiting;
  }

  get refused(): readonly Refused[] {
    return this.#refused;
  }

  watch(call: () => void): () => void {
    this.#watchers.add(call);
    return () => this.#watchers.delete(call);
  }

  /** Takes a step; it is kept on the device before this answers. The same step is taken once. */
  async put(step: Step): Promise<void> {
    const known = this.#waiting.some(
      (other) => other.shipment === step.shipment && other.status === step.status,
    );
    if (known) return;
    const queued = { ...step, sequence: this.#next++ };
    this.#become([...this.#waiting, queued]);
    await this.store.add(queued);
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
    for (let step = this.#waiting[0]; step; step = this.#waiting[0]) {
      if (!(await this.#sendOne(step))) break;
    }
    if (this.#waiting.length > 0) this.#cancel = this.after(AGAIN_MS, () => void this.flush());
  }

  /** Whether the next may go. */
  async #sendOne(step: QueuedStep): Promise<boolean> {
    try {
      await this.send(step);
      await this.#drop([step]);
      return true;
    } catch (error) {
      const problem = error instanceof ApiProblem ? error : new ApiProblem(0, "step.unsent", "");
      // Without a session it waits for the next sign-in, like for a network.
      if (problem.isPassing || problem.status === 401) return false;
      this.#refused = [...this.#refused, { step, problem }];
      await this.#drop(this.#waiting.filter((other) => other.shipment === step.shipment));
      return true;
    }
  }

  async #drop(steps: readonly QueuedStep[]): Promise<void> {
    this.#become(this.#waiting.filter((step) => !steps.includes(step)));
    // What stays in the store after a failure here is sent again after a restart, with the same id.
    await Promise.allSettled(steps.map((step) => this.store.remove(step.sequence)));
  }

  #become(waiting: readonly QueuedStep[]): void {
    this.#waiting = waiting;
    this.#changed();
  }

  #changed(): void {
    for (const call of [...this.#watchers]) call();
  }
}
