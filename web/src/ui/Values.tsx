import { useEffect, useState } from "react";
import { t, useLocale } from "@/i18n";
import type { Money as Amount } from "@/api/types";
import { cx } from "./cx";
import { formatMoney, formatNumber, formatSpan, formatWhen, type WhenStyle } from "./format";

export function Money({ value, strong = false }: { readonly value: Amount; readonly strong?: boolean }) {
  useLocale();
  return (
    <span className={cx("tabular whitespace-nowrap", strong && "font-semibold")}>{formatMoney(value)}</span>
  );
}

/** An instant in the device's own zone; the whole of it is shown on hovering. */
export function When({ at, style = "short" }: { readonly at: string; readonly style?: WhenStyle }) {
  useLocale();
  return (
    <time className="tabular whitespace-nowrap" dateTime={at} title={formatWhen(at, "full")}>
      {formatWhen(at, style)}
    </time>
  );
}

export function Distance({ km }: { readonly km: number }) {
  return (
    <span className="tabular whitespace-nowrap">
      {t("word.km", { n: formatNumber(km, km < 10 ? 1 : 0) })}
    </span>
  );
}

/** The present, once a second or slower. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** How long until a deadline, or how long it has passed. */
export function Deadline({ at }: { readonly at: string }) {
  const left = new Date(at).getTime() - useNow();
  const tone = left < 0 ? "text-bad" : left < 300_000 ? "text-warn" : "text-ink-2";
  return (
    <time className={cx("tabular text-sm font-medium whitespace-nowrap", tone)} dateTime={at}>
      {t(left < 0 ? "when.over" : "when.deadline", { time: formatSpan(left) })}
    </time>
  );
}
