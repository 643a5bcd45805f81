import { useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "@/api/client";
import { reads, shipmentChanged } from "@/api/queries";
import type { Bid, Payment, Role, Shipment } from "@/api/types";
import { useKnownMe } from "@/app/useMe";
import { placeOf } from "@/geo/places";
import { t, tKnown, useLocale } from "@/i18n";
import { useTopic, type LiveEvent } from "@/live";
import { TripAlerts } from "@/pages/trucks/TripAlerts";
import { Badge, Status } from "@/ui/Badge";
import { Button, ButtonLink } from "@/ui/Button";
import { Card, Facts, PageHead } from "@/ui/Card";
import { Confirm } from "@/ui/Confirm";
import { formatNumber, formatWindow } from "@/ui/format";
import { Icon } from "@/ui/icons";
import { Loaded, Notice } from "@/ui/States";
import { Stepper } from "@/ui/Stepper";
import { Timeline } from "@/ui/Timeline";
import { toast } from "@/ui/Toast";
import { Distance, Money, When } from "@/ui/Values";
import { Bids } from "./Bids";
import { Dispatching } from "./Dispatching";
import { Dispute } from "./Dispute";
import { bringsPapers, ConsignmentNote } from "./ConsignmentNote";
import { Documents, Pictures } from "./Documents";
import { Issues, seesIssues } from "./Issues";
import { momentsOf } from "./moments";
import { routeOf } from "./ShipmentList";
import { SHARES, Sharing } from "./Sharing";
import { grow, Track } from "./Track";

/** The way of a shipment, for the steps at its head. */
const WAY = ["bidding", "booked", "loading", "in_transit", "delivered", "completed"] as const;
const PLACE_ON_WAY: Readonly<Record<string, number>> = {
  requested: 0,
  bidding: 0,
  selected: 0,
  booked: 1,
  en_route_pickup: 1,
  loading: 2,
  in_transit: 3,
  unloading: 3,
  delivered: 4,
  disputed: 4,
  completed: 6,
};
const CANCELS = ["shipper", "broker", "supervisor", "support", "admin"];
/** Nobody waits for it any more. */
const OVER = ["cancelled", "expired"];
const CANCELLABLE = ["requested", "bidding", "selected", "booked", "en_route_pickup"];

export function ShipmentPage() {
  useLocale();
  const { id } = useParams({ from: "/shell/shipments/$id" });
  const shipment = useQuery(reads.shipment(id));
  useTopic(`shipment:${id}`, {
    keys: [["shipment", id]],
    onEvent: (event, queries) => takeLocation(id, event, queries),
  });
  return <Loaded query={shipment}>{(found) => <Found shipment={found} />}</Loaded>;
}

/** Where the truck is and when it will come, into what shows them; whether the event was about that. */
function takeLocation(id: string, event: LiveEvent, queries: QueryClient): boolean {
  const { next, ...position } = event.data;
  const { latitude, longitude } = position;
  if (event.type !== "location.updated" || typeof latitude !== "number" || typeof longitude !== "number")
    return false;
  queries.setQueryData(
    reads.position(id).queryKey,
    (before) => ({ ...before, ...position, live: true }) as typeof before,
  );
  queries.setQueryData(reads.eta(id).queryKey, (before) => before && ({ ...before, next } as typeof before));
  grow(queries, id, { latitude, longitude });
  return true;
}

function Found({ shipment }: { readonly shipment: Shipment }) {
  const me = useKnownMe();
  const history = useQuery(reads.history(shipment.id));
  const place = PLACE_ON_WAY[shipment.status];
  return (
    <>
      <PageHead
        subtitle={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <span className="font-medium text-ink">{routeOf(shipment)}</span>
            <Distance km={shipment.road_km} />
            <Status of="status" value={shipment.status} />
          </span>
        }
        title={<span className="tabular">{shipment.reference}</span>}
      >
        {CANCELS.includes(me.role) && CANCELLABLE.includes(shipment.status) ? (
          <Cancel shipment={shipment} />
        ) : null}
      </PageHead>
      <div className="flex flex-col gap-4">
        {shipment.failure ? (
          <Notice tone="bad">{t("ship.page.failure", { reason: tKnown("reason", shipment.failure) })}</Notice>
        ) : null}
        {shipment.handed_over ? <Notice tone="warn">{t("ship.page.handed")}</Notice> : null}
        {place === undefined ? null : (
          <Stepper
            current={place}
            label={t("ship.col.status")}
            steps={WAY.map((step) => ({ key: step, title: t(`status.${step}`) }))}
          />
        )}
        <div className="grid gap-4 lg:grid-cols-[minmax(0,1.7fr)_minmax(0,1fr)]">
          <div className="flex min-w-0 flex-col gap-4">
            <Track shipment={shipment} />
            {seesBids(me.role) ? <Bids shipment={shipment} /> : null}
            {shipment.booking && seesIssues(me.role) ? <TripAlerts shipment={shipment} /> : null}
            {shipment.booking && seesIssues(me.role) ? <Issues shipment={shipment} /> : null}
          </div>
          <div className="flex min-w-0 flex-col gap-4">
            <Dispatching shipment={shipment} />
            <Stops shipment={shipment} />
            {seesBids(me.role) ? <Booked shipment={shipment} /> : null}
            {me.role === "facility" ? null : <PaymentCard shipment={shipment} />}
            {shipment.proof ? <Proof shipment={shipment} /> : null}
            {me.role === "shipper" ? <Rating shipment={shipment} /> : null}
            {shipment.booking && seesIssues(me.role) ? <Documents shipment={shipment.id} /> : null}
            {shipment.booking && bringsPapers(me.role) && !OVER.includes(shipment.status) ? (
              <ConsignmentNote shipment={shipment.id} />
            ) : null}
            {SHARES.includes(me.role) && !OVER.includes(shipment.status) ? (
              <Sharing shipment={shipment.id} />
            ) : null}
            <Card title={t("ship.page.timeline")}>
              <Loaded query={history}>{(events) => <Timeline moments={momentsOf(events)} />}</Loaded>
            </Card>
          </div>
        </div>
      </div>
    </>
  );
}

function Stops({ shipment }: { readonly shipment: Shipment }) {
  const { cargo } = shipment;
  return (
    <Card title={t("ship.page.details")}>
      <div className="flex flex-col gap-3">
        {(["pickup", "delivery"] as const).map((end) => (
          <div className="flex gap-3" key={end}>
            <Icon className="mt-0.5 shrink-0 text-ink-3" name={end === "pickup" ? "package" : "flag"} />
            <div className="min-w-0">
              <p className="text-xs text-ink-3">{t(`ship.form.${end}`)}</p>
              <p className="text-sm font-medium break-words">
                {shipment[end].address ?? placeOf(shipment[end])}
              </p>
              <p className="text-xs text-ink-2 tabular">
                {formatWindow(shipment[end].window.from, shipment[end].window.to)}
              </p>
            </div>
          </div>
        ))}
        <div className="border-t border-line pt-3">
          <Facts
            items={[
              [t("ship.form.kind"), tKnown("cargo", cargo.kind ?? "general")],
              [t("ship.form.weight"), t("word.kg", { n: formatNumber(cargo.weight_kg) })],
              [t("ship.form.volume"), t("word.m3", { n: formatNumber(cargo.volume_m3 ?? 0, 1) })],
              [
                t("ship.page.value"),
                cargo.value ? <Money key="value" value={cargo.value} /> : t("word.unknown"),
              ],
              [t("ship.page.service"), t(`service.${shipment.service_level}`)],
              [t("ship.page.tender"), t(`tender.${shipment.tender.mode}`)],
              [
                t("ship.page.requires"),
                cargo.requires && cargo.requires.length > 0
                  ? cargo.requires.map((name) => tKnown("feature", name)).join(", ")
                  : t("word.none"),
              ],
            ]}
          />
        </div>
      </div>
    </Card>
  );
}

/** Docks and books have nothing to do with who bids. */
function seesBids(role: Role): boolean {
  return role !== "facility" && role !== "finance";
}

/** Who may look at a truck's history: its carrier and driver, and staff that sees trucks. */
function seesTrips(role: Role): boolean {
  return !["shipper", "facility", "finance"].includes(role);
}

/** Hours around what was promised that belong to a trip. */
const AROUND_MS = 12 * 3_600_000;

/** The truck's history at the time of this trip. */
function tripOf(shipment: Shipment, won: Bid) {
  const at = (instant: string, ms: number) =>
    new Date(Date.parse(instant) + ms).toISOString().replace(/\.\d+Z$/, "Z");
  return {
    agent: won.driver_id,
    from: at(shipment.booking?.pickup_at ?? won.pickup_at, -AROUND_MS),
    to: at(shipment.booking?.delivery_at ?? won.delivery_at, AROUND_MS),
  };
}

/** Who carries it, as its bid said. */
function Booked({ shipment }: { readonly shipment: Shipment }) {
  const me = useKnownMe();
  const bids = useQuery({ ...reads.bids(shipment.id), enabled: Boolean(shipment.booking) });
  const won = bids.data?.find((bid) => bid.id === shipment.booking?.bid_id);
  if (!shipment.booking || !won) return null;
  return (
    <Card title={t("ship.page.booked")}>
      <Facts
        items={[
          ...(won.carrier_name ? [[t("ship.page.booked.carrier"), won.carrier_name] as const] : []),
          [t("ship.page.booked.driver"), won.driver_reference ?? t("word.unknown")],
          [t("ship.page.booked.pickup"), <When at={shipment.booking.pickup_at} key="pickup" />],
          [t("ship.page.booked.delivery"), <When at={shipment.booking.delivery_at} key="delivery" />],
        ]}
      />
      {seesTrips(me.role) ? (
        <div className="pt-3">
          <ButtonLink icon="clock" search={tripOf(shipment, won)} size="sm" to="/trips">
            {t("ship.page.history")}
          </ButtonLink>
        </div>
      ) : null}
    </Card>
  );
}

function PaymentCard({ shipment }: { readonly shipment: Shipment }) {
  const payments = useQuery(reads.paymentsOf(shipment.id));
  return (
    <Card title={t("ship.page.payment")}>
      <Loaded lines={2} query={payments}>
        {(list) => (
          <div className="flex flex-col gap-4">
            {list.length === 0 ? (
              <p className="text-sm text-ink-2">{t("ship.page.payment.none")}</p>
            ) : (
              list.map((payment) => <PaymentFacts key={payment.id} payment={payment} />)
            )}
            <Dispute shipment={shipment} />
          </div>
        )}
      </Loaded>
    </Card>
  );
}

function PaymentFacts({ payment }: { readonly payment: Payment }) {
  const zero = (amount: string) => !/[1-9]/.test(amount);
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-center justify-between">
        <span className="text-xl font-semibold tracking-tight">
          <Money value={payment.amount} />
          {payment.purpose === "detention" ? (
            <span className="ml-2 text-xs font-normal text-ink-2">{t("ship.page.payment.waiting")}</span>
          ) : null}
        </span>
        <Status of="payment" value={payment.status} />
      </div>
      <Facts
        items={[
          [t("ship.page.payment.carrier"), <Money key="carrier" value={payment.carrier_amount} />],
          [t("ship.page.payment.commission"), <Money key="commission" value={payment.commission} />],
          ...(payment.release_at && payment.status === "held"
            ? [[t("ship.page.payment.release"), <When at={payment.release_at} key="release" />] as const]
            : []),
          ...(zero(payment.refunded.amount)
            ? []
            : [
                [t("ship.page.payment.refunded"), <Money key="refunded" value={payment.refunded} />] as const,
              ]),
          ...(zero(payment.cancellation_fee.amount)
            ? []
            : [[t("ship.page.payment.fee"), <Money key="fee" value={payment.cancellation_fee} />] as const]),
          ...(payment.reason
            ? [[t("ship.page.payment.reason"), tKnown("reason", payment.reason)] as const]
            : []),
        ]}
      />
    </div>
  );
}

function Proof({ shipment }: { readonly shipment: Shipment }) {
  const me = useKnownMe();
  const { proof } = shipment;
  if (!proof) return null;
  const { signature_document_id: signature } = proof;
  const pictures = [...(signature ? [signature] : []), ...proof.photo_document_ids];
  return (
    <Card
      aside={
        typeof proof.on_time === "boolean" ? (
          <Badge tone={proof.on_time ? "good" : "warn"}>
            {t(proof.on_time ? "ship.page.proof.ontime" : "ship.page.proof.late")}
          </Badge>
        ) : undefined
      }
      title={t("ship.page.proof")}
    >
      <Facts
        items={[
          [t("ship.page.proof.recipient"), proof.recipient ?? t("word.unknown")],
          [t("ship.page.proof.at"), <When at={proof.delivered_at} key="at" />],
        ]}
      />
      {seesIssues(me.role) && pictures.length > 0 ? (
        <div className="pt-3">
          <Pictures ids={pictures} label={t("ship.page.proof.pictures")} shipment={shipment.id} />
        </div>
      ) : null}
    </Card>
  );
}

function Rating({ shipment }: { readonly shipment: Shipment }) {
  const queries = useQueryClient();
  const [stars, setStars] = useState(0);
  const rate = useMutation({
    mutationFn: () =>
      api.post("/api/v1/shipments/{id}/rating", {
        path: { id: shipment.id },
        body: { stars },
        idempotencyKey: `rating-${shipment.id}`,
      }),
    onError: toast.failed,
    onSettled: () => shipmentChanged(queries, shipment.id),
  });
  if (shipment.stars) {
    return (
      <Card title={t("ship.page.rate")}>
        <p className="text-sm text-ink-2">{t("ship.page.rate.done", { n: shipment.stars })}</p>
      </Card>
    );
  }
  if (!["delivered", "completed"].includes(shipment.status)) return null;
  return (
    <Card title={t("ship.page.rate")}>
      <fieldset>
        <legend className="text-xs text-ink-3">{t("ship.page.rate.hint")}</legend>
        <div className="flex items-center justify-between pt-2">
          <div className="flex">
            {[1, 2, 3, 4, 5].map((n) => (
              <label
                className="cursor-pointer rounded-sm p-1.5 has-focus-visible:outline-2 has-focus-visible:outline-[var(--focus)]"
                key={n}
              >
                <input
                  aria-label={t("ship.page.rate.stars", { n })}
                  checked={stars === n}
                  className="sr-only"
                  name="stars"
                  onChange={() => setStars(n)}
                  type="radio"
                />
                <Icon
                  className={n <= stars ? "fill-term-reliability text-term-reliability" : "text-line-strong"}
                  name="star"
                  size={24}
                />
              </label>
            ))}
          </div>
          <Button
            disabled={stars === 0}
            look="primary"
            onClick={() => rate.mutate()}
            pending={rate.isPending}
          >
            {t("ship.page.rate.submit")}
          </Button>
        </div>
      </fieldset>
    </Card>
  );
}

function Cancel({ shipment }: { readonly shipment: Shipment }) {
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const cancel = useMutation({
    mutationFn: () =>
      api.post("/api/v1/shipments/{id}/cancel", {
        path: { id: shipment.id },
        idempotencyKey: `cancel-${shipment.id}`,
      }),
    onSuccess: () => toast.done(t("ship.page.cancel.done", { reference: shipment.reference })),
    onError: toast.failed,
    onSettled: () => {
      setOpen(false);
      shipmentChanged(queries, shipment.id);
    },
  });
  return (
    <>
      <Button look="danger" onClick={() => setOpen(true)}>
        {t("ship.page.cancel")}
      </Button>
      <Confirm
        act={t("ship.page.cancel")}
        keep={t("ship.page.cancel.keep")}
        onClose={() => setOpen(false)}
        onConfirm={() => cancel.mutate()}
        open={open}
        pending={cancel.isPending}
        title={t("ship.page.cancel.sure", { reference: shipment.reference })}
      >
        <p className="text-sm text-ink-2">
          {t(shipment.booking ? "ship.page.cancel.fee" : "ship.page.cancel.free")}
        </p>
      </Confirm>
    </>
  );
}
