/** A dock calendar's arithmetic: days by the facility's own clock, where a block stands, and where it may be moved. */

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;

/** How far a zone's clock is ahead of UTC at an instant, in ms. */
function offsetMs(zone: string, at: number): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  const shown = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
  return shown - Math.floor(at / 1000) * 1000;
}

/** The date that the zone's calendar shows, as `2026-03-29`. */
export function dateIn(zone: string, at: number): string {
  return new Date(at + offsetMs(zone, at)).toISOString().slice(0, 10);
}

/** The instant at which a date begins in a zone. */
export function dayStart(zone: string, date: string): number {
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // The offset is looked up where midnight probably is, and again where that says it is.
  const first = midnight - offsetMs(zone, midnight);
  return midnight - offsetMs(zone, first);
}

/** A date so many days later. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MINUTES * MINUTE_MS)
    .toISOString()
    .slice(0, 10);
}

/** The Monday of a date's week. */
export function mondayOf(date: string): string {
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
  return addDays(date, -((weekday + 6) % 7));
}

/** The same time of the local clock so many days later. */
export function sameTimeOn(zone: string, at: number, days: number): number {
  const date = dateIn(zone, at);
  const ofDay = at + offsetMs(zone, at) - Date.parse(`${date}T00:00:00Z`);
  const moved = Date.parse(`${addDays(date, days)}T00:00:00Z`) + ofDay;
  const first = moved - offsetMs(zone, moved);
  return moved - offsetMs(zone, first);
}

export interface Span {
  readonly from: string;
  readonly to: string;
}

/** Where a block stands within a day: shares of its width, cut at its edges; null when it lies outside. */
export function place(span: Span, start: number, end: number): { left: number; width: number } | null {
  const from = Math.max(Date.parse(span.from), start);
  const to = Math.min(Date.parse(span.to), end);
  if (to <= from) return null;
  return { left: (from - start) / (end - start), width: (to - from) / (end - start) };
}

/** The nearest instant on the grid of slots, which is the local clock's. */
export function snap(zone: string, at: number, slotMinutes: number): number {
  const [step, offset] = [slotMinutes * MINUTE_MS, offsetMs(zone, at)];
  return Math.round((at + offset) / step) * step - offset;
}

/** How much of a dock's day is taken, 0 to 1. */
export function takenShare(spans: readonly Span[], start: number, end: number): number {
  return spans.reduce((sum, span) => sum + (place(span, start, end)?.width ?? 0), 0);
}

/** As the wire writes it. */
export function wireTime(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

/** Where somebody is about to move an appointment to. */
export interface Target {
  readonly from: number;
  readonly dock: string;
}

/** What an arrow key does to a target; null when the key means nothing here. */
export function step(
  target: Target,
  key: string,
  docks: readonly string[],
  slotMinutes: number,
): Target | null {
  const at = docks.indexOf(target.dock);
  switch (key) {
    case "ArrowLeft":
      return { ...target, from: target.from - slotMinutes * MINUTE_MS };
    case "ArrowRight":
      return { ...target, from: target.from + slotMinutes * MINUTE_MS };
    case "ArrowUp":
      return { ...target, dock: docks[Math.max(0, at - 1)] ?? target.dock };
    case "ArrowDown":
      return { ...target, dock: docks[Math.min(docks.length - 1, at + 1)] ?? target.dock };
    default:
      return null;
  }
}

/** The instant at which a zone's clock shows `2026-03-29T08:00`; null for what is no date and time. */
export function instantOf(zone: string, shown: string): number | null {
  const asUtc = Date.parse(`${shown}Z`);
  if (Number.isNaN(asUtc)) return null;
  const first = asUtc - offsetMs(zone, asUtc);
  return asUtc - offsetMs(zone, first);
}

/** What a zone's clock shows at an instant, as `2026-03-29T08:00`. */
export function shownIn(zone: string, at: number): string {
  return new Date(at + offsetMs(zone, at)).toISOString().slice(0, 16);
}
