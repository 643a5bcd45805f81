import type { HistoryEvent } from "@/api/types";
import { t, tKnown } from "@/i18n";
import { formatMoney } from "@/ui/format";
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
  const reason = data["reason"] ?? data["by"];
  const tone =
    TONES[event.type] ??
    (["delivered", "completed"].includes(status) ? "good" : status === "" ? undefined : "brand");
  return {
    key: String(event.position),
    at: event.time,
    title,
    ...(typeof reason === "string" ? { detail: tKnown("reason", reason) } : {}),
    ...(tone ? { tone } : {}),
  };
}

/** Who did something, for people: the platform's parts carry their own names. */
export function actorOf(event: HistoryEvent): string {
  return event.actor.startsWith("sys_") ? t("app.name") : event.actor;
}
