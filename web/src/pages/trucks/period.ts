/** A span of time as the wire writes it. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

const HOUR_MS = 3_600_000;

/** Spans that people ask for, in hours back from now. */
export const PERIODS = { day: 24, week: 7 * 24, month: 30 * 24 } as const;
export type PeriodName = keyof typeof PERIODS;

const whole = (ms: number) => new Date(Math.floor(ms / 60_000) * 60_000).toISOString().replace(".000", "");

/** The last so many hours, until the end of this minute: an address that is read twice means the same. */
export function lastHours(hours: number, now: number): Period {
  return { from: whole(now - hours * HOUR_MS), to: whole(now + 60_000) };
}

/** An address's span, when it is one; `null` when it is none or runs backwards. */
export function periodOf(from: string | undefined, to: string | undefined): Period | null {
  const [begin, end] = [Date.parse(from ?? ""), Date.parse(to ?? "")];
  return Number.isNaN(begin) || Number.isNaN(end) || begin > end || from === undefined || to === undefined
    ? null
    : { from, to };
}
