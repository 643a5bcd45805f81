import { useQuery, useQueryClient } from "@tanstack/react-query";
import { reads, type RouteQuestion } from "@/api/queries";
import type { HistoryEvent } from "@/api/types";
import { useDraft } from "@/app/forms";
import type { Point } from "@/geo/places";
import { t, tKnown, useLocale } from "@/i18n";
import { KEPT } from "@/offline/keptReads";
import { sourceOf } from "@/pages/shipments/way";
import { Button } from "@/ui/Button";
import { formatNumber, formatSpan, formatWhen } from "@/ui/format";
import { Icon } from "@/ui/icons";
import { Empty, Loaded } from "@/ui/States";
import { Distance } from "@/ui/Values";

/** The vehicle of a road graph that a truck of this payload is: which weight and height limits it meets. */
export function roadVehicle(capacityKg: number): NonNullable<RouteQuestion["vehicle"]> {
  if (capacityKg <= 1_500) return "van";
  return capacityKg <= 8_000 ? "truck12" : "truck40";
}

/** A way that the platform has changed under way, as the shipment's history tells it. */
export interface Rerouted {
  /** Of its event: a later one is more. */
  readonly position: number;
  readonly reason: string;
  readonly before: Measure;
  readonly after: Measure;
  readonly eta: string;
}

interface Measure {
  readonly distance_m: number;
  readonly duration_s: number;
}

/** The last change of the way to a stop. */
export function lastRerouted(events: readonly HistoryEvent[], stop: string): Rerouted | null {
  const last = events.findLast(({ type, data }) => type === "route.updated" && data["stop"] === stop);
  return last ? { ...(last.data as unknown as Omit<Rerouted, "position">), position: last.position } : null;
}

interface DirectionsProps {
  /** One list of turns is kept for each name. */
  readonly name: string;
  readonly from: Point;
  readonly to: Point;
  readonly capacityKg: number;
  /** The last change of the way to this stop. */
  readonly rerouted: Rerouted | null;
}

/** The turns to the next stop, read when they are asked for: from where the truck is then. */
export function Directions({ name, from, to, capacityKg, rerouted }: DirectionsProps) {
  const locale = useLocale();
  const queries = useQueryClient();
  const [draft, change] = useDraft<{ readonly from: Point | null; readonly seen: number }>(
    `directions-${name}`,
    { from: null, seen: 0 },
  );
  const seen = rerouted?.position ?? 0;
  const here = () => {
    change({ from: { latitude: from.latitude, longitude: from.longitude }, seen });
    // Also where it stands as before: the roads may be others.
    void queries.invalidateQueries({ queryKey: ["route"] });
  };
  return (
    <>
      {rerouted && rerouted.position > draft.seen ? (
        <OtherWay onLeave={() => change({ seen })} onShow={here} rerouted={rerouted} />
      ) : null}
      {draft.from ? (
        <Turns
          onAgain={here}
          question={{
            from: draft.from,
            to: { latitude: to.latitude, longitude: to.longitude },
            vehicle: roadVehicle(capacityKg),
            language: locale,
          }}
        />
      ) : (
        <div className="pt-2">
          <Button onClick={here} wide>
            {t("drive.turns.show")}
          </Button>
        </div>
      )}
    </>
  );
}

interface OtherWayProps {
  readonly rerouted: Rerouted;
  readonly onShow: () => void;
  readonly onLeave: () => void;
}

/** That the way is another now, why, and what it means; until the driver has taken note of it. */
function OtherWay({ rerouted: { reason, before, after, eta }, onShow, onLeave }: OtherWayProps) {
  const measure = ({ distance_m, duration_s }: Measure) => ({
    km: formatNumber(distance_m / 1000),
    time: formatSpan(duration_s * 1000),
  });
  return (
    <section
      aria-live="assertive"
      className="mt-3 flex flex-col gap-2 rounded-md border-2 border-warn bg-warn-soft p-3"
    >
      <p className="flex items-center gap-2 font-semibold text-warn">
        <Icon className="shrink-0" name="navigate" size={18} />
        {t("drive.reroute")}
      </p>
      <p className="text-sm">{tKnown("drive.reroute.why", reason)}</p>
      <p className="text-sm text-ink-2 tabular">
        {t("drive.reroute.left", measure(after))} {t("drive.reroute.before", measure(before))}{" "}
        {t("drive.reroute.eta", { at: formatWhen(eta, "time") })}
      </p>
      <div className="grid grid-cols-2 gap-2">
        <Button look="primary" onClick={onShow} wide>
          {t("drive.reroute.show")}
        </Button>
        <Button onClick={onLeave} wide>
          {t("drive.reroute.seen")}
        </Button>
      </div>
    </section>
  );
}

function Turns({ question, onAgain }: { readonly question: RouteQuestion; readonly onAgain: () => void }) {
  const routes = useQuery({ ...reads.route(question), ...KEPT });
  return (
    <section aria-label={t("drive.turns")} className="mt-3 rounded-md border border-line bg-surface">
      <Loaded lines={3} query={routes}>
        {({ routes: [best], ...rest }) =>
          best === undefined ? (
            <Empty detail={t("drive.turns.none.detail")} icon="navigate" title={t("drive.turns.none")} />
          ) : (
            <>
              <header className="flex items-center justify-between gap-3 border-b border-line px-3 py-2 text-sm">
                <span className="font-medium">
                  <Distance km={best.distance_m / 1000} /> · {formatSpan(best.duration_s * 1000)}
                </span>
                <Button look="quiet" onClick={onAgain} size="sm">
                  {t("drive.turns.again")}
                </Button>
              </header>
              {best.steps.length === 0 ? (
                <p className="px-3 py-3 text-sm text-ink-2">{t("drive.turns.estimate")}</p>
              ) : (
                <ol className="max-h-80 overflow-y-auto" tabIndex={0}>
                  {best.steps.map((step, index) => (
                    <li
                      className="flex items-baseline justify-between gap-3 border-b border-line/70 px-3 py-2 text-sm last:border-0"
                      key={index}
                    >
                      <span className="min-w-0 break-words">{step.text}</span>
                      {step.distance_m > 0 ? <Distance km={step.distance_m / 1000} /> : null}
                    </li>
                  ))}
                </ol>
              )}
              <p className="border-t border-line px-3 py-1.5 text-xs text-ink-3">{sourceOf(rest)}</p>
            </>
          )
        }
      </Loaded>
    </section>
  );
}
