import type { ReactNode } from "react";
import { tKnown } from "@/i18n";
import { cx } from "./cx";

export type Tone = "neutral" | "good" | "warn" | "bad" | "info" | "brand";

const TONES: Record<Tone, string> = {
  neutral: "bg-sunken text-ink-2",
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  info: "bg-info-soft text-info",
  brand: "bg-brand-soft text-brand-text",
};

export function Badge({
  tone = "neutral",
  dot = false,
  children,
}: {
  readonly tone?: Tone;
  readonly dot?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <span
      className={cx(
        "inline-flex h-5.5 items-center gap-1.5 rounded-sm px-1.5 text-xs font-medium whitespace-nowrap",
        TONES[tone],
      )}
    >
      {dot ? <span aria-hidden="true" className="size-1.5 rounded-full bg-current" /> : null}
      {children}
    </span>
  );
}

const SHIPMENT_TONES: Readonly<Record<string, Tone>> = {
  requested: "info",
  bidding: "info",
  selected: "warn",
  booked: "brand",
  en_route_pickup: "brand",
  loading: "brand",
  in_transit: "brand",
  unloading: "brand",
  delivered: "good",
  completed: "good",
  cancelled: "neutral",
  expired: "neutral",
  disputed: "bad",
};
const PAYMENT_TONES: Readonly<Record<string, Tone>> = {
  pending: "warn",
  held: "info",
  released: "good",
  refunded: "neutral",
  disputed: "bad",
  failed: "bad",
};
const DRIVER_TONES: Readonly<Record<string, Tone>> = {
  available: "good",
  committed: "brand",
  suspended: "bad",
};
const BID_TONES: Readonly<Record<string, Tone>> = {
  open: "info",
  submitted: "info",
  selected: "warn",
  booked: "good",
  confirmed: "good",
};

const FAMILIES = {
  status: SHIPMENT_TONES,
  payment: PAYMENT_TONES,
  driver: DRIVER_TONES,
  bid: BID_TONES,
} as const;

/** Where something stands: a word and a colour, never a colour alone. */
export function Status({ of, value }: { readonly of: keyof typeof FAMILIES; readonly value: string }) {
  return (
    <Badge dot tone={FAMILIES[of][value] ?? "neutral"}>
      {tKnown(of, value)}
    </Badge>
  );
}
