import type { DataOf } from "@/api/client";

/** A part of a replay as the API answers it. */
export type ReplayPart = DataOf<"/api/v1/agents/{id}/replay">;
export type Frame = ReplayPart["frames"][number];

/** Where the truck is at a moment of play. */
export interface Shown {
  readonly latitude: number;
  readonly longitude: number;
  readonly heading: number | null;
  readonly kmh: number | null;
  /** The instant of the trip, in milliseconds since 1970. */
  readonly at: number;
}

/** The index of the last frame that has been reached; -1 before the first. */
export function reached(frames: readonly Frame[], playMs: number): number {
  let [low, high] = [0, frames.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((frames[middle]?.play_ms ?? 0) <= playMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Where the truck is, between two frames on the straight line; where it was last, before and after all of them. */
export function shownAt(frames: readonly Frame[], playMs: number): Shown | null {
  const at = reached(frames, playMs);
  const before = frames[Math.max(0, at)];
  if (!before) return null;
  const after = frames[at + 1] ?? before;
  const span = after.play_ms - before.play_ms;
  const part = span > 0 ? Math.min(1, Math.max(0, (playMs - before.play_ms) / span)) : 0;
  const between = (a: number, b: number) => a + (b - a) * part;
  return {
    latitude: between(before.latitude, after.latitude),
    longitude: between(before.longitude, after.longitude),
    heading: before.heading ?? null,
    kmh: before.speed_kmh ?? null,
    at: between(Date.parse(before.at), Date.parse(after.at)),
  };
}

/** The instant of the trip that a moment of play is at: frames or not, its clock runs on. */
export function instantOf(from: string, playMs: number, speed: number): number {
  return Date.parse(from) + playMs * speed;
}

/** A speed as somebody types it; `null` for what is none that the API plays. */
export function readSpeed(text: string): number | null {
  const speed = Number(text.trim().replace(",", "."));
  return text.trim() === "" || !(speed >= 0.1 && speed <= 10_000) ? null : speed;
}
