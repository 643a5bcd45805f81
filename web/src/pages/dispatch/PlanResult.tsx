import { useMutation, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { api, type AnswerOf } from "@/api/client";
import { reads } from "@/api/queries";
import type { Plan, Shipment } from "@/api/types";
import { mapTexts, useTheme } from "@/app/mapping";
import { t, tKnown } from "@/i18n";
import { useTopic } from "@/live";
import { LiveMap, type MapLine, type MapPin } from "@/map";
import { Badge, type Tone } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card, Figure, Figures } from "@/ui/Card";
import { Confirm } from "@/ui/Confirm";
import { formatMoney, formatNumber, formatSpan } from "@/ui/format";
import { Loaded } from "@/ui/States";
import { toast } from "@/ui/Toast";
import { spotsOf } from "@/pages/operations/spots";
import { useFleet } from "@/pages/operations/useFleet";
import { partsOf, same, toursOf, type Tour } from "./tours";
import { TourList } from "./TourList";

const TONES: Record<string, Tone> = {
  waiting: "neutral",
  searching: "info",
  finished: "good",
  stopped: "warn",
  failed: "bad",
};
const RUNNING = ["waiting", "searching"];

type Outcome = AnswerOf<"post", "/api/v1/plans/{id}/commit">["data"][number];

const euros = (minor: number) => formatMoney({ amount: (minor / 100).toFixed(2), currency: "EUR" });
const kilometres = (metres: number) => t("word.km", { n: formatNumber(metres / 1000) });

/** How a plan comes on, what it is, and what somebody makes of it. */
export function PlanResult({
  id,
  shipments,
}: {
  readonly id: string;
  readonly shipments: readonly Shipment[];
}) {
  const query = useQuery({
    ...reads.plan(id),
    // The topic says when there is something new; this is for a socket that is away.
    refetchInterval: ({ state }) => (RUNNING.includes(state.data?.status ?? "waiting") ? 2_000 : false),
  });
  useTopic(`plan:${id}`, { keys: [["plan", id]] });
  return (
    <Loaded lines={5} query={query}>
      {(plan) => <Shown plan={plan} shipments={shipments} />}
    </Loaded>
  );
}

function Shown({ plan, shipments }: { readonly plan: Plan; readonly shipments: readonly Shipment[] }) {
  const theme = useTheme();
  const agents = useQuery(reads.agents({ per_page: 100 }));
  const fleet = useFleet();
  const spots = fleet.data ? spotsOf(fleet.data, [], fleet.data.readAt) : [];
  const found = useMemo(() => (plan.plan ? toursOf(plan.plan) : []), [plan.plan]);
  const [changed, setChanged] = useState<readonly Tour[] | null>(null);
  const [sure, setSure] = useState(false);
  const tours = changed ?? found;
  const isChanged = changed !== null && !same(changed, found);
  const priced = useQuery({
    ...reads.pricedTours(plan.id, tours),
    enabled: isChanged && tours.length > 0,
  });
  const stop = useMutation({
    mutationFn: () =>
      api.post("/api/v1/plans/{id}/stop", { path: { id: plan.id }, idempotencyKey: `stop-${plan.id}` }),
    onError: toast.failed,
  });
  const commit = useMutation({
    mutationFn: () =>
      api.post("/api/v1/plans/{id}/commit", {
        path: { id: plan.id },
        body: { routes: tours.map(({ vehicle, stops }) => ({ vehicle, stops: [...stops] })) },
        idempotencyKey: crypto.randomUUID(),
      }),
    onError: toast.failed,
    onSettled: () => setSure(false),
  });
  const names = new Map<string, string>([
    ...spots.flatMap(({ load }) => (load ? [[load.id, load.reference] as const] : [])),
    ...[...shipments, ...spots].map(({ id, reference }) => [id, reference] as const),
    ...(agents.data?.data ?? []).map((agent) => [agent.id, agent.reference ?? agent.id] as const),
  ]);
  // A truck's load after its present one is named nowhere.
  const nameOf = (thing: string) => names.get(thing) ?? t("plans.next_load");
  const isRunning = RUNNING.includes(plan.status);
  const shown = isChanged ? (priced.data?.plan ?? plan.plan) : plan.plan;
  const planned = tours.flatMap((tour) => tour.stops).filter((each) => each.endsWith("/delivery"));
  const tendered = planned.map((each) => partsOf(each).job).filter((job) => !plan.under_way.includes(job));
  const out = [
    ...(isChanged && priced.data
      ? priced.data.unplanned.map((job) => ({ job, why: t("plans.reason.by_hand") }))
      : (plan.plan?.unassigned ?? []).map(({ job, reason }) => ({
          job,
          why: tKnown("plans.reason", reason),
        }))),
  ];
  return (
    <Card
      aside={
        <span className="flex items-center gap-2">
          <Badge dot tone={TONES[plan.status] ?? "neutral"}>
            {tKnown("plans.status", plan.status)}
          </Badge>
          {isRunning ? (
            <Button onClick={() => stop.mutate()} pending={stop.isPending} size="sm">
              {t("plans.stop")}
            </Button>
          ) : null}
        </span>
      }
      title={t("plans.result")}
    >
      <div className="grid gap-4">
        {shown ? (
          <Figures>
            <Figure label={t("plans.trucks")} value={shown.vehicles} />
            <Figure label={t("plans.distance")} value={kilometres(shown.distance)} />
            <Figure label={t("plans.cost")} source={t("plans.cost.source")} value={euros(shown.cost)} />
            <Figure label={t("plans.left")} value={out.length} />
          </Figures>
        ) : null}
        {plan.failure ? <p className="text-sm text-bad">{plan.failure}</p> : null}
        {isChanged ? (
          <div
            className="flex flex-wrap items-center gap-3 rounded-md bg-sunken px-3 py-2 text-sm"
            role="status"
          >
            <Badge tone="warn">{t("plans.changed")}</Badge>
            {priced.data ? (
              <span className="tabular">
                {t("plans.change", {
                  cost: signed(priced.data.cost_change ?? 0, euros),
                  km: signed(priced.data.distance_change ?? 0, kilometres),
                })}
              </span>
            ) : null}
            {priced.error ? <span className="text-bad">{priced.error.message}</span> : null}
            {priced.data?.late.map(({ stop: late, late_by_s }) => (
              <span className="text-bad" key={late}>
                {t("plans.late", {
                  stop: nameOf(partsOf(late).job),
                  time: formatSpan(late_by_s * 1000),
                })}
              </span>
            ))}
            <Button look="quiet" onClick={() => setChanged(null)} size="sm">
              {t("plans.reset")}
            </Button>
          </div>
        ) : null}
        <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
          <TourList
            disabled={isRunning || commit.isPending}
            nameOf={nameOf}
            onChanged={setChanged}
            plan={shown ?? null}
            tours={tours}
            trucks={plan.places.map((place) => place.id).filter((place) => place.startsWith("drv_"))}
            underWay={plan.under_way}
          />
          <TourMap places={plan.places} theme={theme} tours={tours} nameOf={nameOf} />
        </div>
        {out.length > 0 ? (
          <section aria-label={t("plans.out")}>
            <h3 className="pb-1 text-sm font-semibold">{t("plans.out")}</h3>
            <ul className="text-sm">
              {out.map(({ job, why }) => (
                <li className="flex flex-wrap gap-x-3 border-t border-line py-1.5" key={job}>
                  <span className="font-medium tabular">{nameOf(job)}</span>
                  <span className="text-ink-2">{why}</span>
                </li>
              ))}
            </ul>
          </section>
        ) : null}
        {plan.estimated_ways ? (
          <p className="text-xs text-ink-3">{t("plans.estimated", { n: plan.estimated_ways })}</p>
        ) : null}
        <div>
          <Button
            disabled={isRunning || tendered.length === 0 || priced.isError}
            look="primary"
            onClick={() => setSure(true)}
          >
            {t("plans.tender")}
          </Button>
        </div>
        {commit.data ? <Outcomes nameOf={nameOf} outcomes={commit.data.data} /> : null}
      </div>
      <Confirm
        act={t("plans.tender")}
        look="primary"
        onClose={() => setSure(false)}
        onConfirm={() => commit.mutate()}
        open={sure}
        pending={commit.isPending}
        title={t("plans.tender.sure", { n: tendered.length })}
      >
        <p className="text-sm text-ink-2">{t("plans.tender.detail")}</p>
      </Confirm>
    </Card>
  );
}

function signed(value: number, format: (value: number) => string): string {
  return value > 0 ? `+${format(value)}` : format(value);
}

function TourMap({
  tours,
  places,
  theme,
  nameOf,
}: {
  readonly tours: readonly Tour[];
  readonly places: Plan["places"];
  readonly theme: "light" | "dark";
  readonly nameOf: (id: string) => string;
}) {
  const at = useMemo(() => {
    const known = places.flatMap(({ id, lat, lon }) =>
      typeof lat === "number" && typeof lon === "number" ? [[id, [lat, lon] as const] as const] : [],
    );
    return new Map(known);
  }, [places]);
  const lines = useMemo(
    () =>
      tours.map(({ vehicle, stops }): MapLine => ({
        id: vehicle,
        kind: "planned",
        points: [vehicle, ...stops].flatMap((place) => {
          const point = at.get(place);
          return point ? [point] : [];
        }),
      })),
    [tours, at],
  );
  const pins = tours.flatMap(({ vehicle }): MapPin[] => {
    const start = at.get(vehicle);
    return start
      ? [{ id: vehicle, kind: "stop", latitude: start[0], longitude: start[1], label: nameOf(vehicle) }]
      : [];
  });
  return (
    <div className="self-start overflow-hidden rounded-lg border border-line lg:sticky lg:top-4">
      <LiveMap
        className="h-80 w-full lg:h-[calc(100dvh-4rem)] lg:max-h-[40rem]"
        fit={places.length}
        lines={lines}
        pins={pins}
        texts={mapTexts(t("plans.result"))}
        theme={theme}
      />
    </div>
  );
}

const OUTCOMES: Record<string, Tone> = { tendered: "info", selected: "good", refused: "bad" };

function Outcomes({
  outcomes,
  nameOf,
}: {
  readonly outcomes: readonly Outcome[];
  readonly nameOf: (id: string) => string;
}) {
  return (
    <section aria-label={t("plans.outcome")} role="status">
      <h3 className="pb-1 text-sm font-semibold">{t("plans.outcome")}</h3>
      <ul className="text-sm">
        {outcomes.map(({ shipment_id, driver_id, outcome, reason }) => (
          <li
            className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line py-1.5"
            key={shipment_id}
          >
            <span className="font-medium tabular">{nameOf(shipment_id)}</span>
            <span className="text-ink-2 tabular">{nameOf(driver_id)}</span>
            <Badge tone={OUTCOMES[outcome] ?? "neutral"}>{tKnown("plans.outcome", outcome)}</Badge>
            {reason ? <span className="text-ink-2">{tKnown("reason", reason)}</span> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
