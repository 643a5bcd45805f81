import type { HistoryEvent } from "@/api/types";
import { tKnown } from "@/i18n";
import { formatMoney, formatSpan } from "@/ui/format";
import type { Moment } from "@/ui/Timeline";

type Fields = Readonly<Record<string, unknown>>;

const record = (value: unknown): Fields =>
  typeof value === "object" && value !== null ? (value as Fields) : {};
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function amount(value: unknown): string {
  const { amount: digits, currency } = record(value);
  return typeof digits === "string" && typeof currency === "string"
    ? formatMoney({ amount: digits, currency })
    : "";
}

const TONES: Readonly<Record<string, NonNullable<Moment["tone"]>>> = {
  "booking.confirmed": "brand",
  "match.failed": "bad",
  "shipment.cancelled": "bad",
  "shipment.handed_over": "bad",
  "alert.raised": "bad",
  "delay.reported": "bad",
};

/** What happened to a shipment in words, newest first. */
export function momentsOf(events: readonly HistoryEvent[]): readonly Moment[] {
  return events.map(momentOf).reverse();
}

function momentOf(event: HistoryEvent): Moment {
  const data = event.data as Fields;
  const status = String(data["to"] ?? "");
  const title = tKnown("event", event.type, {
    n: Number(data["stars"] ?? list(data["drivers"] ?? data["ranking"]).length),
    amount: amount(data["price"]),
    status: tKnown("status", status),
  });
  const detail = detailOf(event.type, data);
  const tone =
    TONES[event.type] ??
    (["delivered", "completed"].includes(status) ? "good" : status === "" ? undefined : "brand");
  return {
    key: String(event.position),
    at: event.time,
    title,
    ...(detail === null ? {} : { detail }),
    ...(tone ? { tone } : {}),
  };
}

/** What a moment's title does not say: why, which stop, what is wrong. */
function detailOf(type: string, data: Fields): string | null {
  const { kind, stop, late_by_s: late, reason = data["by"] } = data;
  if (type === "alert.raised" && typeof kind === "string") return tKnown("queue.reason", kind);
  if (typeof stop === "string") {
    const by = typeof late === "number" ? formatSpan(late * 1000) : null;
    const why = type === "route.updated" ? tKnown("drive.reroute.why", String(reason)) : null;
    return [tKnown("ship.form", stop), by, why].filter(Boolean).join(" · ");
  }
  return typeof reason === "string" && !reason.startsWith("usr_") ? tKnown("reason", reason) : null;
}
