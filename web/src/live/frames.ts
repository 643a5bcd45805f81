/**
 * Binary position frames, little endian.
 *
 * A batch: `version u8, kind u8 = 2, count u16, sequence u32` of its first record, then `count` records of 20 bytes:
 * `latitude i32, longitude i32` in 1e-7 degrees, `speed u16` in cm/s, `heading u16` in 0.01 degrees (65535: not known),
 * `time i64` in Unix milliseconds. The n-th record's sequence is the first one's plus n. A single frame has kind 1, no
 * count, and one record.
 */

/** Where a device was. */
export interface Fix {
  /** Unix milliseconds. */
  readonly at: number;
  /** Degrees north. */
  readonly latitude: number;
  /** Degrees east. */
  readonly longitude: number;
  /** Metres a second, when known. */
  readonly speed: number | null;
  /** Degrees from north, when known. */
  readonly heading: number | null;
}

/** What the server says to a frame. */
export type FrameAnswer =
  /** Everything up to this sequence is stored. */
  | { readonly kind: "stored"; readonly sequence: number }
  /** The frame that begins with this sequence will never be taken; sending it again does not help. */
  | { readonly kind: "refused"; readonly sequence: number; readonly code: number };

const VERSION = 1;
const SINGLE = 1;
const BATCH = 2;
const STORED = 129;
const REFUSED = 130;
const UNKNOWN = 0xffff;
const RECORD_BYTES = 20;
/** At most so many records in a frame. */
export const RECORDS_MAX = 512;

/** The frame of one to 512 fixes, whose first has the given sequence. */
export function encode(sequence: number, fixes: readonly Fix[]): Uint8Array<ArrayBuffer> {
  if (fixes.length === 0 || fixes.length > RECORDS_MAX)
    throw new RangeError(`a frame of ${fixes.length} fixes`);
  const single = fixes.length === 1;
  const head = single ? 6 : 8;
  const view = new DataView(new ArrayBuffer(head + RECORD_BYTES * fixes.length));
  view.setUint8(0, VERSION);
  view.setUint8(1, single ? SINGLE : BATCH);
  if (!single) view.setUint16(2, fixes.length, true);
  view.setUint32(head - 4, sequence, true);
  fixes.forEach((fix, index) => writeRecord(view, head + RECORD_BYTES * index, fix));
  return new Uint8Array(view.buffer);
}

function writeRecord(view: DataView, at: number, fix: Fix): void {
  view.setInt32(at, Math.round(fix.latitude * 1e7), true);
  view.setInt32(at + 4, Math.round(fix.longitude * 1e7), true);
  view.setUint16(
    at + 8,
    fix.speed === null ? UNKNOWN : Math.min(UNKNOWN - 1, Math.round(fix.speed * 100)),
    true,
  );
  view.setUint16(at + 10, fix.heading === null ? UNKNOWN : Math.round(fix.heading * 100) % 36_000, true);
  view.setBigInt64(at + 12, BigInt(Math.round(fix.at)), true);
}

/** Reads the server's answer; `null` for what is none. */
export function readAnswer(bytes: Uint8Array): FrameAnswer | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 6 || view.getUint8(0) !== VERSION) return null;
  const sequence = view.getUint32(2, true);
  if (view.getUint8(1) === STORED) return { kind: "stored", sequence };
  if (view.getUint8(1) === REFUSED && bytes.length === 7)
    return { kind: "refused", sequence, code: view.getUint8(6) };
  return null;
}
