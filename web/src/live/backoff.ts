/** The first wait, before jitter. */
const FIRST_MS = 500;
/** The longest wait. */
const MOST_MS = 30_000;

/**
 * How long to wait before the n-th attempt, from 1: twice as long each time, between half of it and the whole, so that
 * a server that comes back is not met by everybody at once.
 */
export function backoff(attempt: number, random: () => number): number {
  const most = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 16));
  return Math.round(most / 2 + (most / 2) * random());
}
