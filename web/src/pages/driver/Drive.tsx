import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { reads, shipmentChanged } from "@/api/queries";
import type { Shipment } from "@/api/types";
import { useOnline } from "@/app/useOnline";
import { placeOf, type Point } from "@/geo/places";
import { t, tKnown, useLocale } from "@/i18n";
import { useTopic } from "@/live";
import { KEPT } from "@/offline/keptReads";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Switch } from "@/ui/Field";
import { Icon } from "@/ui/icons";
import { formatWindow } from "@/ui/format";
import { Empty, Loaded, Notice } from "@/ui/States";
import { toast } from "@/ui/Toast";
import { Deadline } from "@/ui/Values";
import { carried, drivers, type DriverAgent } from "./agent";
import { OfferCard } from "./OfferCard";
import { Trip } from "./Trip";
import { TruckForm } from "./TruckForm";
import { usePositions, useWakeLock, type Positions } from "./usePositions";
import { useActs } from "./useActs";

/** The driver's page, made for a phone in a cab. */
export function Drive() {
  useLocale();
  const queries = useQueryClient();
  const agents = useQuery({ ...reads.ownAgents(), ...KEPT });
  return (
    <div className="mx-auto flex max-w-xl flex-col gap-4">
      <h1 className="sr-only">{t("drive.title")}</h1>
      <Loaded query={agents}>
        {(own) => {
          const agent = drivers(own)[0];
          if (agent) return <Cab agent={agent} />;
          return (
            <Card title={t("drive.setup")}>
              <p className="pb-4 text-sm text-ink-2">{t("drive.setup.lead")}</p>
              <TruckForm onDone={() => void queries.invalidateQueries({ queryKey: ["agents"] })} />
            </Card>
          );
        }}
      </Loaded>
    </div>
  );
}

function Cab({ agent }: { readonly agent: DriverAgent }) {
  const online = agent.online === true;
  const onTrip = Boolean(agent.shipment_id);
  const queue = useActs(agent.id);
  const positions = usePositions(agent.id, online || onTrip);
  useWakeLock(onTrip);
  useTopic(`driver:${agent.id}`, {
    keys: [["agents"], ["agent", agent.id], ["shipments"], ...carried(agent).map((id) => ["shipment", id])],
  });
  return (
    <>
      <Presence agent={agent} online={online} />
      {agent.suspended ? (
        <Notice tone="bad">{t("drive.suspended", { reason: tKnown("reason", agent.suspended) })}</Notice>
      ) : null}
      <Chosen agent={agent} />
      {carried(agent).map((id) => (
        <Trip agent={agent} at={positions.at} id={id} key={id} queue={queue} />
      ))}
      {agent.next_shipment_id ? <NextTrip id={agent.next_shipment_id} /> : null}
      {onTrip ? (
        <OffersBack agent={agent} at={positions.at ?? agent.base} />
      ) : (
        <Offers agent={agent} at={positions.at ?? agent.base} online={online} />
      )}
      <PositionNote positions={positions} />
    </>
  );
}

function Presence({ agent, online }: { readonly agent: DriverAgent; readonly online: boolean }) {
  const queries = useQueryClient();
  const network = useOnline();
  const change = useMutation({
    mutationFn: (next: boolean) =>
      next
        ? api.post("/api/v1/agents/{id}/online", { path: { id: agent.id } })
        : api.post("/api/v1/agents/{id}/offline", { path: { id: agent.id } }),
    onError: toast.failed,
    onSettled: () => queries.invalidateQueries({ queryKey: ["agents"] }),
  });
  return (
    <section className="flex items-center justify-between gap-4 rounded-lg border border-line bg-surface p-4">
      <div className="min-w-0">
        <p className="text-lg font-semibold">{t(online ? "drive.online" : "drive.offline")}</p>
        <p className="text-sm text-ink-2">{t(online ? "drive.online.hint" : "drive.offline.hint")}</p>
        <p className="text-xs text-ink-3 tabular">{agent.reference}</p>
      </div>
      <Switch
        label={t("drive.online")}
        on={online}
        onSwitch={(next) => change.mutate(next)}
        pending={change.isPending || !network}
      />
    </section>
  );
}

/** A selected bid waits 30 s for its driver. */
function Chosen({ agent }: { readonly agent: DriverAgent }) {
  const chosen = useQuery({
    ...reads.shipments({ status: "selected", per_page: 20 }),
    refetchInterval: 5_000,
  });
  const own = (chosen.data?.data ?? []).filter((shipment) => shipment.selection?.driver_id === agent.id);
  return own.map((shipment) => <ChosenCard key={shipment.id} shipment={shipment} />);
}

function ChosenCard({ shipment }: { readonly shipment: Shipment }) {
  const queries = useQueryClient();
  const bid = shipment.selection?.bid_id ?? "";
  const answer = useMutation({
    mutationFn: (yes: boolean) => {
      const options = { path: { id: bid }, idempotencyKey: `${yes ? "confirm" : "withdraw"}-${bid}` };
      return yes
        ? api.post("/api/v1/bids/{id}/confirm", options)
        : api.post("/api/v1/bids/{id}/withdraw", options);
    },
    onSuccess: (_, yes) => {
      if (yes) toast.done(t("drive.confirm.done"));
    },
    onError: toast.failed,
    onSettled: () => {
      shipmentChanged(queries, shipment.id);
      void queries.invalidateQueries({ queryKey: ["agents"] });
    },
  });
  return (
    <section
      aria-live="assertive"
      className="flex flex-col gap-3 rounded-lg border-2 border-brand bg-brand-soft p-4"
    >
      <div className="flex items-center justify-between gap-3">
        <p className="text-lg font-semibold">{t("drive.confirm.title")}</p>
        <Deadline at={shipment.selection?.confirm_by ?? ""} />
      </div>
      <p className="text-sm">
        {t("drive.confirm.lead", {
          reference: shipment.reference,
          route: t("ship.route", { from: placeOf(shipment.pickup), to: placeOf(shipment.delivery) }),
        })}
      </p>
      <Button look="primary" onClick={() => answer.mutate(true)} pending={answer.isPending} size="lg" wide>
        {t("drive.confirm.yes")}
      </Button>
      <Button look="quiet" onClick={() => answer.mutate(false)} pending={answer.isPending} wide>
        {t("drive.confirm.no")}
      </Button>
    </section>
  );
}

function Offers({
  agent,
  online,
  at,
}: {
  readonly agent: DriverAgent;
  readonly online: boolean;
  readonly at: Point;
}) {
  const offers = useQuery({ ...reads.offers(agent.id), ...KEPT, refetchInterval: 15_000 });
  return (
    <section aria-label={t("drive.offers")} className="flex flex-col gap-3">
      <h2 className="text-base font-semibold">{t("drive.offers")}</h2>
      <Loaded query={offers}>
        {(list) =>
          list.length === 0 ? (
            <div className="rounded-lg border border-line bg-surface">
              <Empty
                detail={t(online ? "drive.offers.none.detail" : "drive.offers.offline")}
                icon="truck"
                title={t("drive.offers.none")}
              />
            </div>
          ) : (
            <ul className="flex flex-col gap-3">
              {list.map((shipment) => (
                <OfferCard agent={agent} at={at} key={shipment.id} shipment={shipment} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

/** What is booked to follow the present trip. */
function NextTrip({ id }: { readonly id: string }) {
  const shipment = useQuery(reads.shipment(id)).data;
  if (!shipment) return null;
  const route = t("ship.route", { from: placeOf(shipment.pickup), to: placeOf(shipment.delivery) });
  return (
    <section className="rounded-lg border border-line bg-surface p-4">
      <p className="font-semibold">{t("drive.next", { route })}</p>
      <p className="text-sm text-ink-2 tabular">
        {formatWindow(shipment.pickup.window.from, shipment.pickup.window.to)}
      </p>
    </section>
  );
}

/** On a trip: the loads that begin near its end or lie on the way. Nothing while there are none. */
function OffersBack({ agent, at }: { readonly agent: DriverAgent; readonly at: Point }) {
  const offers = useQuery({ ...reads.offers(agent.id), refetchInterval: 15_000 }).data ?? [];
  const back = offers.filter((shipment) => (shipment.offer?.kind ?? "load") !== "load");
  if (back.length === 0) return null;
  return (
    <section aria-label={t("drive.offers.back")} className="flex flex-col gap-3">
      <div>
        <h2 className="text-base font-semibold">{t("drive.offers.back")}</h2>
        <p className="text-sm text-ink-2">{t("drive.offers.back.detail")}</p>
      </div>
      <ul className="flex flex-col gap-3">
        {back.map((shipment) => (
          <OfferCard agent={agent} at={at} key={shipment.id} shipment={shipment} />
        ))}
      </ul>
    </section>
  );
}

function PositionNote({ positions }: { readonly positions: Positions }) {
  const words = {
    on: t("drive.position.on", { n: positions.periodMs / 1000 }),
    off: t("drive.position.off"),
    denied: t("drive.position.denied"),
    away: t("drive.position.away"),
  };
  return (
    <section className="flex flex-col gap-2 rounded-lg border border-line bg-surface p-4 text-sm">
      <p className={`flex items-center gap-2 ${positions.state === "denied" ? "text-bad" : "text-ink-2"}`}>
        <Icon className="shrink-0" name="navigate" size={16} />
        {words[positions.state]}
      </p>
      {positions.waiting > 0 ? (
        <p className="text-warn">{t("drive.position.waiting", { n: positions.waiting })}</p>
      ) : null}
      <details>
        <summary className="text-sm font-medium text-ink-2">{t("drive.background.title")}</summary>
        <ul className="flex list-disc flex-col gap-1 pt-1.5 pl-4 text-sm text-ink-2">
          <li>{t("drive.background.open")}</li>
          <li>{t("drive.background.screen")}</li>
          <li>{t("drive.background.pace")}</li>
          <li>{t("drive.background.kept")}</li>
        </ul>
      </details>
    </section>
  );
}
