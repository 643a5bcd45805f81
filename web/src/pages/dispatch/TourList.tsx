import { useState } from "react";
import type { Plan } from "@/api/types";
import { t } from "@/i18n";
import { IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Select } from "@/ui/Field";
import { Icon } from "@/ui/icons";
import { When } from "@/ui/Values";
import { dropBefore, giveTo, moveWithin, partsOf, type Tour } from "./tours";

type Body = NonNullable<Plan["plan"]>;

/** When each stop is served, in Unix seconds. */
function timesOf(plan: Body | null): ReadonlyMap<string, number> {
  const spans = plan?.timetables.flatMap((timetable) => timetable.spans) ?? [];
  return new Map(spans.flatMap((span) => (span.stop ? [[span.stop, span.from] as const] : [])));
}

/** The tours, whose stops are moved by dragging or by their buttons. */
export function TourList({
  tours,
  plan,
  trucks,
  underWay,
  nameOf,
  onChanged,
  disabled,
}: {
  readonly tours: readonly Tour[];
  readonly plan: Body | null;
  /** All that may drive, with and without a tour. */
  readonly trucks: readonly string[];
  readonly underWay: readonly string[];
  readonly nameOf: (id: string) => string;
  readonly onChanged: (tours: readonly Tour[]) => void;
  readonly disabled: boolean;
}) {
  const [dragged, setDragged] = useState<string | null>(null);
  const [over, setOver] = useState<string | null>(null);
  const times = timesOf(plan);
  const hasChoice = (tour: Tour) => tour.stops.some((stop) => !underWay.includes(partsOf(stop).job));
  const drop = (vehicle: string, before: string | null) => {
    if (dragged !== null && dragged !== before) onChanged(dropBefore(tours, dragged, vehicle, before));
    setDragged(null);
    setOver(null);
  };
  return (
    <div className="grid content-start gap-3">
      {tours.length === 0 ? <p className="text-sm text-ink-3">{t("plans.tour.empty")}</p> : null}
      {[...tours.filter(hasChoice), ...tours.filter((tour) => !hasChoice(tour))].map((tour) => (
        <section
          aria-label={t("plans.tour", { truck: nameOf(tour.vehicle) })}
          className="rounded-lg border border-line"
          key={tour.vehicle}
          onDragOver={(event) => event.preventDefault()}
          onDrop={() => drop(tour.vehicle, null)}
        >
          <h3 className="flex items-center gap-2 border-b border-line px-3 py-2 text-sm font-semibold tabular">
            <Icon name="truck" size={16} />
            {nameOf(tour.vehicle)}
          </h3>
          <ol>
            {tour.stops.map((stop, at) => {
              const { job, half } = partsOf(stop);
              const isFixed = underWay.includes(job);
              const from = times.get(stop);
              const others = trucks.filter((other) => other !== tour.vehicle);
              return (
                <li
                  className={cx(
                    "flex flex-wrap items-center gap-x-2 border-b border-line px-3 py-1.5 text-sm last:border-0",
                    over === stop && "bg-brand-soft",
                    dragged === stop && "opacity-50",
                  )}
                  draggable={!disabled && !isFixed}
                  key={stop}
                  onDragEnd={() => {
                    setDragged(null);
                    setOver(null);
                  }}
                  onDragEnter={() => setOver(stop)}
                  onDragStart={() => setDragged(stop)}
                  onDrop={(event) => {
                    event.stopPropagation();
                    drop(tour.vehicle, stop);
                  }}
                >
                  <span className="w-24 shrink-0 text-xs text-ink-3 tabular">
                    {from === undefined ? "–" : <When at={new Date(from * 1000).toISOString()} />}
                  </span>
                  <span className="mr-auto min-w-0">
                    {t(half === "pickup" ? "plans.load" : "plans.unload", { shipment: nameOf(job) })}
                    {isFixed ? (
                      <span className="block text-xs text-ink-3">{t("plans.under_way")}</span>
                    ) : null}
                  </span>
                  {isFixed ? null : (
                    <span className="flex items-center">
                      <IconButton
                        disabled={disabled || at === 0}
                        icon="chevronUp"
                        label={t("plans.up")}
                        onClick={() => onChanged(replaced(tours, moveWithin(tour, stop, at - 1)))}
                      />
                      <IconButton
                        disabled={disabled || at === tour.stops.length - 1}
                        icon="chevronDown"
                        label={t("plans.down")}
                        onClick={() => onChanged(replaced(tours, moveWithin(tour, stop, at + 1)))}
                      />
                      {half === "pickup" && others.length > 0 ? (
                        <span className="w-36">
                          <Select
                            aria-label={t("plans.give")}
                            choices={[
                              { value: "", label: t("plans.give.choose") },
                              ...others.map((value) => ({ value, label: nameOf(value) })),
                            ]}
                            disabled={disabled}
                            onValue={(vehicle) => {
                              if (vehicle !== "") onChanged(giveTo(tours, job, vehicle));
                            }}
                            value=""
                          />
                        </span>
                      ) : null}
                    </span>
                  )}
                </li>
              );
            })}
          </ol>
        </section>
      ))}
    </div>
  );
}

function replaced(tours: readonly Tour[], tour: Tour): readonly Tour[] {
  return tours.map((other) => (other.vehicle === tour.vehicle ? tour : other));
}
