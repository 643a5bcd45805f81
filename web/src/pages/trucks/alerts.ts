import type { Alert } from "@/api/types";
import { t } from "@/i18n";
import type { Tone } from "@/ui/Badge";
import { formatNumber, formatSpan } from "@/ui/format";

export const ALERT_KINDS = [
  "long_stop",
  "stuck",
  "off_route",
  "opposite_direction",
  "overspeed",
  "eta_slip",
  "silence",
  "impossible_jump",
  "mocked_position",
] as const;
export const ALERT_STATES = ["open", "acknowledged", "cleared", "closed"] as const;

export const STATE_TONES: Readonly<Record<string, Tone>> = {
  open: "bad",
  acknowledged: "warn",
  cleared: "good",
  closed: "neutral",
};

const IN_MINUTES = ["long_stop", "stuck", "silence", "eta_slip"];

/** The figure that an alert was raised at, with its unit: minutes, km or km/h by its kind. */
export function figureOf({ kind, figure }: Pick<Alert, "kind" | "figure">): string {
  if (IN_MINUTES.includes(kind)) return formatSpan(figure * 60_000);
  if (kind === "overspeed") return t("fleetmap.kmh", { n: formatNumber(figure) });
  return t("word.km", { n: formatNumber(figure, 1) });
}

/** Nobody needs to see to it any more. */
export function isOver({ state }: Pick<Alert, "state">): boolean {
  return state === "cleared" || state === "closed";
}
