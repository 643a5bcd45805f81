import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { reads, shipmentChanged } from "@/api/queries";
import type { Shipment } from "@/api/types";
import { Form } from "@/app/Form";
import { useDraft, useSubmission } from "@/app/forms";
import { distanceKm, placeOf, type Point } from "@/geo/places";
import { t, tKnown } from "@/i18n";
import { Badge, Status } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/Field";
import { Facts } from "@/ui/Card";
import {
  formatMoney,
  formatNumber,
  formatWhen,
  formatWindow,
  fromLocalInput,
  minor,
  readAmount,
  toLocalInput,
} from "@/ui/format";
import { toast } from "@/ui/Toast";
import { Deadline, Distance, Money } from "@/ui/Values";
import type { DriverAgent } from "./agent";

/** Roads are longer than great circles by about this (the platform's own factor without a road graph). */
const ROAD_FACTOR = 1.3;
const KMH = 50;
const COMMISSION_PERCENT = 15n;

/** What is left a kilometre after the commission, over the trip and the way to the pickup. `null` without a price. */
export function earningsPerKm(amount: string | null, km: number): string | null {
  if (amount === null || km <= 0) return null;
  const cents = (minor(amount) * (100n - COMMISSION_PERCENT)) / 100n;
  return (Number(cents) / 100 / km).toFixed(2);
}

/** What the driver's own rate makes of a trip and the way to it, so that the rate is what is left after the commission. */
export function priceAtRate(rate: string, km: number): string {
  const cents = (minor(rate) * BigInt(Math.round(km * 10))) / 10n;
  const price = (cents * 100n) / (100n - COMMISSION_PERCENT);
  return `${price / 100n}.${String(price % 100n).padStart(2, "0")}`;
}

interface OfferProps {
  readonly shipment: Shipment;
  readonly agent: DriverAgent;
  /** Where the truck is now; its base when that is not known. */
  readonly at: Point;
}

/** One load on offer: how far it is, how far it goes, what it pays a kilometre. */
export function OfferCard({ shipment, agent, at }: OfferProps) {
  const [open, setOpen] = useState(false);
  const own = useQuery(reads.bids(shipment.id)).data?.find(
    (bid) => bid.driver_id === agent.id && bid.status === "open",
  );
  const back = shipment.offer?.kind === "return_load" ? shipment.offer : null;
  const along = shipment.offer?.kind === "part_load" ? shipment.offer : null;
  const toPickup = back?.approach_km ?? distanceKm(at, shipment.pickup) * ROAD_FACTOR;
  const km = toPickup + shipment.road_km;
  const asked = own?.price.amount ?? (agent.rate_per_km ? priceAtRate(agent.rate_per_km.amount, km) : null);
  const perKm = earningsPerKm(asked, km);
  return (
    <li className="rounded-lg border border-line bg-surface p-4">
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <p className="font-semibold">
            {t("ship.route", { from: placeOf(shipment.pickup), to: placeOf(shipment.delivery) })}
          </p>
          <p className="text-xs text-ink-2 tabular">
            {formatWindow(shipment.pickup.window.from, shipment.pickup.window.to)}
          </p>
        </div>
        {shipment.deadline ? <Deadline at={shipment.deadline} /> : null}
      </div>
      {back ? <WayBack offer={back} /> : null}
      {along ? <OnTheWay offer={along} /> : null}
      <div className="grid grid-cols-2 gap-x-3 gap-y-2 py-3 min-[420px]:grid-cols-4">
        <Small label={t("drive.offer.trip")} value={<Distance km={shipment.road_km} />} />
        <Small label={t("drive.offer.detour")} value={<Distance km={toPickup} />} />
        <Small
          label={t("ship.form.weight")}
          value={t("word.kg", { n: formatNumber(shipment.cargo.weight_kg) })}
        />
        <Small
          label={t(own ? "drive.offer.earns" : "drive.offer.earns.rate")}
          value={
            perKm
              ? t("word.perkm", { amount: formatMoney({ amount: perKm, currency: "EUR" }) })
              : t("drive.offer.earns.none")
          }
        />
      </div>
      {own ? (
        <div className="flex items-center justify-between rounded-md bg-brand-soft px-3 py-2 text-sm">
          <span className="font-medium">{t("ship.page.bid.own")}</span>
          <span className="flex items-center gap-2">
            <Money strong value={own.price} />
            <Status of="bid" value={own.status} />
          </span>
        </div>
      ) : (
        <Button look="primary" onClick={() => setOpen(true)} size="lg" wide>
          {t("drive.offer.open")}
        </Button>
      )}
      <Dialog
        onClose={() => setOpen(false)}
        open={open}
        title={t("ship.route", { from: placeOf(shipment.pickup), to: placeOf(shipment.delivery) })}
      >
        <BidForm
          agent={agent}
          onDone={() => setOpen(false)}
          shipment={shipment}
          from={back?.free_at ? Date.parse(back.free_at) : null}
          suggested={own ? null : asked}
          toPickup={toPickup}
        />
      </Dialog>
    </li>
  );
}

/** What a load on the way back costs beyond driving home empty, or saves. */
function WayBack({ offer }: { readonly offer: NonNullable<Shipment["offer"]> }) {
  const km = offer.extra_empty_km ?? 0;
  const words = {
    km: formatNumber(Math.abs(km)),
    cost: offer.extra_cost
      ? formatMoney({ ...offer.extra_cost, amount: offer.extra_cost.amount.replace("-", "") })
      : "–",
  };
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 pt-2 text-sm">
      <Badge tone="brand">{t("drive.offer.back")}</Badge>
      <span className={km < 0 ? "text-good" : "text-ink-2"}>
        {t(km < 0 ? "drive.offer.back.saves" : "drive.offer.back.costs", words)}
      </span>
      {offer.free_at ? (
        <span className="text-ink-3 tabular">
          {t("drive.offer.back.free", { at: formatWhen(offer.free_at) })}
        </span>
      ) : null}
    </div>
  );
}

/** What a part load costs beyond the stops that the truck has anyway. */
function OnTheWay({ offer }: { readonly offer: NonNullable<Shipment["offer"]> }) {
  const words = {
    km: formatNumber(Math.round(offer.extra_km ?? 0)),
    minutes: formatNumber(offer.extra_minutes ?? 0),
    cost: offer.extra_cost ? formatMoney(offer.extra_cost) : "–",
  };
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 pt-2 text-sm">
      <Badge tone="brand">{t("drive.offer.along")}</Badge>
      <span className="text-ink-2">{t("drive.offer.along.costs", words)}</span>
    </div>
  );
}

function Small({ label, value }: { readonly label: string; readonly value: React.ReactNode }) {
  return (
    <div>
      <p className="text-xs text-ink-3">{label}</p>
      <p className="text-base font-semibold tabular">{value}</p>
    </div>
  );
}

interface BidFormProps {
  readonly shipment: Shipment;
  readonly agent: DriverAgent;
  readonly toPickup: number;
  /** When the truck can set out for it, in Unix ms; at once when null. */
  readonly from: number | null;
  /** What the driver's own rate comes to. */
  readonly suggested: string | null;
  readonly onDone: () => void;
}

function BidForm({ shipment, agent, toPickup, from, suggested, onDone }: BidFormProps) {
  const queries = useQueryClient();
  const km = toPickup + shipment.road_km;
  const [earliest] = useState(() => {
    const arrival = (from ?? Date.now()) + (toPickup / KMH) * 3_600_000 + 600_000;
    const loads = Math.max(arrival, Date.parse(shipment.pickup.window.from));
    const unloads = Math.max(
      loads + (shipment.road_km / KMH) * 3_600_000,
      Date.parse(shipment.delivery.window.from),
    );
    return { loads: toLocalInput(new Date(loads)), unloads: toLocalInput(new Date(unloads)) };
  });
  const [draft, change, clear] = useDraft(`bid-${agent.id}-${shipment.id}`, {
    price: suggested ?? "",
    pickupAt: earliest.loads,
    deliveryAt: earliest.unloads,
  });
  const { price, pickupAt, deliveryAt } = draft;
  const amount = readAmount(price);
  const perKm = earningsPerKm(amount, km);
  const form = useSubmission(
    (body: { amount: string; pickup: string; delivery: string }, idempotencyKey) =>
      api.post("/api/v1/bids", {
        idempotencyKey,
        body: {
          shipment_id: shipment.id,
          agent_id: agent.id,
          price: { amount: body.amount, currency: "EUR" },
          pickup_at: fromLocalInput(body.pickup),
          delivery_at: fromLocalInput(body.delivery),
        },
      }),
    () => {
      clear();
      shipmentChanged(queries, shipment.id);
      toast.done(t("drive.offer.sent"));
      onDone();
    },
  );
  const { cargo } = shipment;
  return (
    <Form
      asksFirst
      onSubmit={() => form.submit({ amount: amount ?? price, pickup: pickupAt, delivery: deliveryAt })}
      problem={form.problem}
    >
      <Facts
        items={[
          [t("ship.form.kind"), tKnown("cargo", cargo.kind ?? "general")],
          [t("ship.form.volume"), t("word.m3", { n: formatNumber(cargo.volume_m3 ?? 0, 1) })],
          [t("ship.col.delivery"), formatWindow(shipment.delivery.window.from, shipment.delivery.window.to)],
          [
            t("ship.page.requires"),
            (cargo.requires ?? []).map((name) => tKnown("feature", name)).join(", ") || t("word.none"),
          ],
        ]}
      />
      <TextField
        autoFocus
        hint={
          perKm
            ? `${t("drive.offer.perkm")}: ${t("word.perkm", { amount: formatMoney({ amount: perKm, currency: "EUR" }) })}. ${t("drive.offer.perkm.why")}`
            : t("money.explained")
        }
        inputMode="decimal"
        label={t("drive.offer.price")}
        onValue={(next) => change({ price: next })}
        problem={form.at("price") ?? (price !== "" && amount === null ? t("ship.form.value.bad") : null)}
        required
        unit="EUR"
        value={price}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={t("drive.offer.pickup")}
          onValue={(next) => change({ pickupAt: next })}
          problem={form.at("pickup_at")}
          required
          type="datetime-local"
          value={pickupAt}
        />
        <TextField
          label={t("drive.offer.delivery")}
          onValue={(next) => change({ deliveryAt: next })}
          problem={form.at("delivery_at")}
          required
          type="datetime-local"
          value={deliveryAt}
        />
      </div>
      <Button disabled={amount === null} look="primary" pending={form.pending} size="lg" type="submit" wide>
        {t("drive.offer.bid")}
      </Button>
    </Form>
  );
}
