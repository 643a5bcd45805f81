import { currentLocale, t } from "@/i18n";
import type { Money as Amount } from "@/api/types";

/** An amount as the language writes it. The digits of the wire are kept: no float comes near them. */
export function formatMoney(amount: Amount, locale: string = currentLocale()): string {
  const [, sign = "", whole = "0", fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount.amount) ?? [];
  const shape = new Intl.NumberFormat(locale, {
    style: "currency",
    currency: amount.currency,
    minimumFractionDigits: fraction.length,
    maximumFractionDigits: fraction.length,
  });
  const negative = sign === "-" && /[1-9]/.test(whole + fraction);
  return shape
    .formatToParts(negative ? -1n : 1n)
    .map((part) => {
      if (part.type === "integer") return new Intl.NumberFormat(locale).format(BigInt(whole));
      if (part.type === "fraction") return fraction;
      return part.value;
    })
    .join("");
}

/** Thousands in groups, then perhaps a fraction behind the other mark; or digits and perhaps a fraction. */
const GROUPED = /^([1-9]\d{0,2}(?:([.,])\d{3}(?:\2\d{3})*))(?:(?!\2)[.,](\d+))?$/;
const PLAIN = /^(\d+)(?:[.,](\d+))?$/;

/**
 * An amount that a person typed, `1.250,5`, `1,250.50` or `1250`, as the wire writes it; `null` when it is none. One mark
 * with three digits behind it groups thousands: `1.250` is more than a thousand in both languages' forms.
 */
export function readAmount(text: string, digits = 2): string | null {
  const bare = text.replaceAll(/[\s'€$£]/g, "");
  const [, grouped, , behind] = GROUPED.exec(bare) ?? [];
  const [, whole = grouped?.replaceAll(/[.,]/g, ""), fraction = behind ?? ""] = grouped
    ? []
    : (PLAIN.exec(bare) ?? []);
  if (whole === undefined || fraction.length > digits) return null;
  const plain = whole.replace(/^0+(?=\d)/, "");
  return digits === 0 ? plain : `${plain}.${fraction.padEnd(digits, "0")}`;
}

/** The sum of amounts of one currency, exact. Amounts of another currency do not belong here and are left out. */
export function sumMoney(amounts: readonly Amount[], currency: string): Amount {
  const digits = Math.max(2, ...amounts.map((amount) => amount.amount.split(".")[1]?.length ?? 0));
  const total = amounts.reduce(
    (sum, { amount, currency: own }) => (own === currency ? sum + minor(amount, digits) : sum),
    0n,
  );
  return { amount: major(total, digits), currency };
}

/** Minor units of an amount of the wire. */
export function minor(amount: string, digits = 2): bigint {
  const [whole = "0", fraction = ""] = amount.replace("-", "").split(".");
  const units = BigInt(whole + fraction.padEnd(digits, "0").slice(0, digits));
  return amount.startsWith("-") ? -units : units;
}

function major(units: bigint, digits: number): string {
  const text = (units < 0n ? -units : units).toString().padStart(digits + 1, "0");
  return `${units < 0n ? "-" : ""}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

export function formatNumber(value: number, digits = 0, locale: string = currentLocale()): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
}

export function formatPercent(share: number, locale: string = currentLocale()): string {
  return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 }).format(share);
}

export type WhenStyle = "short" | "full" | "time" | "date";

const STYLES: Record<WhenStyle, Intl.DateTimeFormatOptions> = {
  short: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  full: { dateStyle: "full", timeStyle: "medium" },
  time: { hour: "2-digit", minute: "2-digit" },
  date: { day: "numeric", month: "short", year: "numeric" },
};

export function formatWhen(
  at: string | Date,
  style: WhenStyle = "short",
  locale: string = currentLocale(),
): string {
  return new Intl.DateTimeFormat(locale, STYLES[style]).format(typeof at === "string" ? new Date(at) : at);
}

/** A window: the day is said once when both ends share it. */
export function formatWindow(from: string, to: string, locale: string = currentLocale()): string {
  return new Intl.DateTimeFormat(locale, STYLES.short).formatRange(new Date(from), new Date(to));
}

/** From here on seconds say nothing, in seconds. */
const WHOLE_MINUTES_FROM = 600;

/** A length of time in its two largest units. */
export function formatSpan(ms: number): string {
  const exact = Math.max(0, Math.round(Math.abs(ms) / 1000));
  const seconds = exact < WHOLE_MINUTES_FROM ? exact : Math.round(exact / 60) * 60;
  const parts = [
    ["unit.d", Math.floor(seconds / 86_400)],
    ["unit.h", Math.floor(seconds / 3600) % 24],
    ["unit.min", Math.floor(seconds / 60) % 60],
    ["unit.s", seconds % 60],
  ] as const;
  const first = parts.findIndex(([, n]) => n > 0);
  if (first < 0) return t("unit.s", { n: 0 });
  return parts
    .slice(first, first + 2)
    .filter(([, n]) => n > 0)
    .map(([unit, n]) => t(unit, { n }))
    .join(" ");
}

/** For a `datetime-local` control: the instant as the device's clock shows it. */
export function toLocalInput(at: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The instant of a `datetime-local` control, as the wire writes it; empty stays empty and the server says so. */
export function fromLocalInput(text: string): string {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? "" : at.toISOString().replace(/\.\d+Z$/, "Z");
}
