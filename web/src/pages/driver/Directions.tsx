import { useQuery } from "@tanstack/react-query";
import { reads, type RouteQuestion } from "@/api/queries";
import { useDraft } from "@/app/forms";
import type { Point } from "@/geo/places";
import { t, useLocale } from "@/i18n";
import { KEPT } from "@/offline/keptReads";
import { sourceOf } from "@/pages/shipments/way";
import { Button } from "@/ui/Button";
import { formatSpan } from "@/ui/format";
import { Empty, Loaded } from "@/ui/States";
import { Distance } from "@/ui/Values";

/** The vehicle of a road graph that a truck of this payload is: which weight and height limits it meets. */
export function roadVehicle(capacityKg: number): NonNullable<RouteQuestion["vehicle"]> {
  if (capacityKg <= 1_500) return "van";
  return capacityKg <= 8_000 ? "truck12" : "truck40";
}

interface DirectionsProps {
  /** One list of turns is kept for each name. */
  readonly name: string;
  readonly from: Point;
  readonly to: Point;
  readonly capacityKg: number;
}

/** The turns to the next stop, read when they are asked for: from where the truck is then. */
export function Directions({ name, from, to, capacityKg }: DirectionsProps) {
  const locale = useLocale();
  const [draft, change] = useDraft<{ readonly from: Point | null }>(`directions-${name}`, { from: null });
  const here = () => change({ from: { latitude: from.latitude, longitude: from.longitude } });
  if (!draft.from) {
    return (
      <div className="pt-2">
        <Button onClick={here} wide>
          {t("drive.turns.show")}
        </Button>
      </div>
    );
  }
  return (
    <Turns
      onAgain={here}
      question={{
        from: draft.from,
        to: { latitude: to.latitude, longitude: to.longitude },
        vehicle: roadVehicle(capacityKg),
        language: locale,
      }}
    />
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
