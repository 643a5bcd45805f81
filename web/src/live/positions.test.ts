import { beforeEach, describe, expect, it } from "vitest";
import { FakeEnvironment } from "./fakes";
import { memoryFixStore } from "./fixStore";
import { encode, readAnswer, type Fix, type Numbered } from "./frames";
import { PositionOutbox } from "./positions";

const fix = (at: number): Fix => ({ at, latitude: 45.4642, longitude: 9.19, speed: 20, heading: 180 });

describe("frames", () => {
  it("of one fix have the documented 26 bytes", () => {
    const bytes = encode([{ sequence: 7, fix: fix(1_772_352_000_000) }]);
    const view = new DataView(bytes.buffer);
    expect([bytes.length, ...bytes.slice(0, 6)]).toEqual([26, 1, 1, 7, 0, 0, 0]);
    expect([view.getInt32(6, true), view.getInt32(10, true)]).toEqual([454_642_000, 91_900_000]);
    expect([view.getUint16(14, true), view.getUint16(16, true)]).toEqual([2000, 18_000]);
    expect(view.getBigInt64(18, true)).toBe(1_772_352_000_000n);
  });

  it("of several have the documented header and 24 bytes each, with a sequence of their own", () => {
    const bytes = encode([
      { sequence: 7, fix: fix(1) },
      { sequence: 9, fix: { ...fix(2), speed: null, heading: null } },
    ]);
    expect([bytes.length, ...bytes.slice(0, 8)]).toEqual([52, 1, 2, 2, 0, 7, 0, 0, 0]);
    expect([...bytes.slice(28, 32)]).toEqual([9, 0, 0, 0]);
    expect([...bytes.slice(40, 44)]).toEqual([255, 255, 255, 255]);
  });

  it("keep a known speed and heading apart from an unknown one", () => {
    const bytes = encode([{ sequence: 0, fix: { ...fix(1), speed: 9000, heading: 359.999 } }]);
    const view = new DataView(bytes.buffer);
    expect([view.getUint16(14, true), view.getUint16(16, true)]).toEqual([65_534, 0]);
  });

  it("are answered", () => {
    expect(readAnswer(new Uint8Array([1, 129, 1, 2, 0, 0]))).toEqual({ kind: "stored", sequence: 513 });
    const refused = new Uint8Array([1, 130, 8, 0, 0, 0, 4]);
    expect(readAnswer(refused)).toEqual({ kind: "refused", sequence: 8, code: 4 });
    expect([readAnswer(new Uint8Array([1])), readAnswer(new Uint8Array([2, 129, 0, 0, 0, 0]))]).toEqual([
      null,
      null,
    ]);
  });
});

/** A wire that a test cuts and answers on. */
class FakeWire {
  state = "live";
  sent: Uint8Array[] = [];
  #hear: (bytes: Uint8Array) => void = () => undefined;
  #changed: () => void = () => undefined;

  sendFrame(frame: Uint8Array): boolean {
    if (this.state === "live") this.sent.push(frame);
    return this.state === "live";
  }

  onFrame(call: (bytes: Uint8Array) => void): () => void {
    this.#hear = call;
    return () => undefined;
  }

  watch(call: () => void): () => void {
    this.#changed = call;
    return () => undefined;
  }

  become(state: string): void {
    this.state = state;
    this.#changed();
  }

  stored(sequence: number): void {
    this.#hear(new Uint8Array([1, 129, sequence, 0, 0, 0]));
  }

  refused(sequence: number): void {
    this.#hear(new Uint8Array([1, 130, sequence, 0, 0, 0, 10]));
  }

  /** First sequence and number of fixes of each frame. */
  get frames(): [number, number][] {
    return this.sent.map((bytes) => {
      const single = bytes[1] === 1;
      return single ? [bytes[2] ?? -1, 1] : [bytes[4] ?? -1, bytes[2] ?? -1];
    });
  }
}

describe("the outbox", () => {
  let wire: FakeWire;
  let kept: Numbered[];
  let time: FakeEnvironment;
  const open = () => PositionOutbox.open(memoryFixStore(kept), wire, (ms, call) => time.after(ms, call));

  beforeEach(() => {
    wire = new FakeWire();
    kept = [];
    time = new FakeEnvironment();
  });

  it("sends what waits in order, one frame at a time, and forgets what is stored", async () => {
    const outbox = await open();
    for (const at of [1, 2, 3]) await outbox.put(fix(at));
    expect(wire.frames).toEqual([[0, 1]]);
    wire.stored(0);
    expect(wire.frames).toEqual([
      [0, 1],
      [1, 2],
    ]);
    wire.stored(2);
    expect([outbox.waiting, kept.length]).toEqual([0, 0]);
  });

  it("keeps everything while there is no connection, also over a restart", async () => {
    wire.state = "offline";
    const before = await open();
    for (const at of [1, 2, 3]) await before.put(fix(at));
    before.close();
    const after = await open();
    expect([after.waiting, wire.sent.length]).toEqual([3, 0]);
    wire.become("live");
    expect(wire.frames).toEqual([[0, 3]]);
    wire.stored(2);
    await after.put(fix(4));
    expect(wire.frames.at(-1)).toEqual([3, 1]);
  });

  it("sends again what was under way when the wire was cut", async () => {
    const outbox = await open();
    await outbox.put(fix(1));
    wire.become("waiting");
    await outbox.put(fix(2));
    wire.become("live");
    expect(wire.frames).toEqual([
      [0, 1],
      [0, 2],
    ]);
    wire.stored(0);
    expect(outbox.waiting).toBe(2);
    wire.stored(1);
    expect(outbox.waiting).toBe(0);
  });

  it("sends again what is not answered", async () => {
    const outbox = await open();
    await outbox.put(fix(1));
    time.pass(10_000);
    expect(wire.frames).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  it("drops only the fix that the server will never take", async () => {
    wire.state = "offline";
    const outbox = await open();
    for (const at of [1, 2, 3, 4]) await outbox.put(fix(at));
    wire.become("live");
    wire.refused(0);
    expect(wire.frames.at(-1)).toEqual([0, 2]);
    wire.refused(0);
    wire.refused(0);
    expect(outbox.waiting).toBe(3);
    expect(wire.frames.at(-1)).toEqual([1, 1]);
    wire.stored(1);
    expect(wire.frames.at(-1)).toEqual([2, 2]);
    wire.stored(3);
    expect([outbox.waiting, kept.length]).toEqual([0, 0]);
  });
});
