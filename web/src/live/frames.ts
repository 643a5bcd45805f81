/**
 * Binary position frames, little endian.
 *
 * A record has 24 bytes: `sequence u32, latitude i32, longitude i32` in 1e-7 degrees, `speed u16` in cm/s, `heading u16`
 * in 0.01 degrees (65535: not known), `time i64` in Unix milliseconds. A single frame (kind 1) is `version u8, kind u8`
 * and one record; a batch (kind 2) is `version u8, kind u8, count u16` and its records.
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
const RECORD_BYTES = 24;
/** At most so many records in a frame. */
export const RECORDS_MAX = 512;

/** A fix with its place in the device's count. */
export interface Numbered {
  readonly sequence: number;
  readonly fix: Fix;
}

/** The frame of one to 512 fixes. */
export function encode(items: readonly Numbered[]): Uint8Array<ArrayBuffer> {
  if (items.length === 0 || items.length > RECORDS_MAX)
    throw new RangeError(`a frame of ${items.length} fixes`);
  const head = items.length === 1 ? 2 : 4;
  const view = new DataView(new ArrayBuffer(head + RECORD_BYTES * items.length));
  view.setUint8(0, VERSION);
  view.setUint8(1, items.length === 1 ? SINGLE : BATCH);
  if (items.length > 1) view.setUint16(2, items.length, true);
  items.forEach((item, index) => writeRecord(view, head + RECORD_BYTES * index, item));
  return new Uint8Array(view.buffer);
}

function writeRecord(view: DataView, at: number, { sequence, fix }: Numbered): void {
  view.setUint32(at, sequence, true);
  view.setInt32(at + 4, Math.round(fix.latitude * 1e7), true);
  view.setInt32(at + 8, Math.round(fix.longitude * 1e7), true);
  view.setUint16(
    at + 12,
    fix.speed === null ? UNKNOWN : Math.min(UNKNOWN - 1, Math.round(fix.speed * 100)),
    true,
  );
  view.setUint16(at + 14, fix.heading === null ? UNKNOWN : Math.round(fix.heading * 100) % 36_000, true);
  view.setBigInt64(at + 16, BigInt(Math.round(fix.at)), true);
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
