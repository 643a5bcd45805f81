/** The open spans of a day as people write them: `08:00-12:00, 14:00-18:00`; nothing when it is closed. */

export interface OpenSpan {
  readonly from: string;
  readonly to: string;
}

export function spansText(spans: readonly OpenSpan[]): string {
  return spans.map(({ from, to }) => `${from}-${to}`).join(", ");
}

/** The spans of a text; null when it is none. The server checks their order. */
export function readSpans(text: string): OpenSpan[] | null {
  const parts = text
    .split(/[,;]/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const spans = parts.map((part) => {
    const times = /^(\d{1,2})[:.]?(\d{2})?\s*[-–]\s*(\d{1,2})[:.]?(\d{2})?$/.exec(part);
    if (!times) return null;
    const clock = (hour = "", minute = "00") => `${hour.padStart(2, "0")}:${minute}`;
    return { from: clock(times[1], times[2]), to: clock(times[3], times[4]) };
  });
  return spans.every((span) => span !== null) ? spans : null;
}
