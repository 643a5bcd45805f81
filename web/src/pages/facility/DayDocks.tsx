import { useEffect, useRef, type PointerEvent } from "react";
import { t } from "@/i18n";
import { formatPercent } from "@/ui/format";
import { Empty } from "@/ui/States";
import { AppointmentBlock, clockTime } from "./AppointmentBlock";
import { place, snap, step, takenShare, type Target } from "./calendar";
import type { Move } from "./DockCalendar";
import type { Appointment, FacilityDetail } from "./Docks";

interface DayProps {
  readonly appointments: readonly Appointment[];
  readonly docks: readonly string[];
  readonly facility: FacilityDetail;
  readonly onMove: Move;
  readonly start: number;
  readonly end: number;
}

const GONE = ["cancelled", "expired", "missed"];
const HOUR_MS = 3_600_000;

/** One line a dock, with the hours of the day from left to right. */
export function DayDocks({ appointments, docks, facility, onMove, start, end }: DayProps) {
  const there = appointments.filter((appointment) => !GONE.includes(appointment.status));
  const slot = facility.rules.slot_minutes;
  const region = useRef<HTMLDivElement>(null);
  // Where the day is wider than the screen, the present hour is what is looked for.
  useEffect(() => {
    const passed = (Date.now() - start) / (end - start);
    const element = region.current;
    if (element && passed >= 0 && passed < 1)
      element.scrollLeft = passed * element.scrollWidth - element.clientWidth / 2;
  }, [start, end]);
  const hours = Array.from(
    { length: Math.ceil((end - start) / HOUR_MS / 3) },
    (_, n) => start + n * 3 * HOUR_MS,
  );
  const onPoint = (event: PointerEvent, grabbedAt: number, length: number): Target | null => {
    const line = document
      .elementsFromPoint(event.clientX, event.clientY)
      .map((element) => element.closest<HTMLElement>("[data-dock]"))
      .find((element) => element !== null);
    const dock = line?.dataset["dock"];
    if (!line || dock === undefined) return null;
    const box = line.getBoundingClientRect();
    const at = start + ((event.clientX - box.left) / box.width) * (end - start) - grabbedAt * length;
    return { from: snap(facility.time_zone, at, slot), dock };
  };
  if (docks.length === 0) return <Empty icon="warehouse" title={t("docks.no.docks")} />;
  return (
    <div
      aria-label={t("docks.view.day")}
      className="overflow-x-auto rounded-lg border border-line bg-surface"
      ref={region}
      role="region"
      tabIndex={0}
    >
      <div className="min-w-3xl">
        <div aria-hidden="true" className="relative ml-28 h-6 border-b border-line">
          {hours.map((at) => (
            <span
              className="absolute top-1 text-xs text-ink-2 tabular"
              key={at}
              style={{ left: `${((at - start) / (end - start)) * 100}%` }}
            >
              {clockTime(at, facility.time_zone)}
            </span>
          ))}
        </div>
        <ul>
          {docks.map((dock) => {
            const own = there.filter((appointment) => appointment.dock === dock);
            return (
              <li className="flex items-stretch border-b border-line last:border-b-0" key={dock}>
                <div className="flex w-28 shrink-0 flex-col justify-center px-3 py-1">
                  <span className="truncate text-sm font-medium">{t("docks.dock", { name: dock })}</span>
                  <span className="text-xs text-ink-2">
                    {t("docks.used", { share: formatPercent(takenShare(own, start, end)) })}
                  </span>
                </div>
                <div className="relative h-13 flex-1 border-l border-line" data-dock={dock}>
                  {own.map((appointment) => {
                    const at = place(appointment, start, end);
                    const length = Date.parse(appointment.to) - Date.parse(appointment.from);
                    return at ? (
                      <AppointmentBlock
                        appointment={appointment}
                        className="absolute inset-y-1"
                        key={appointment.id}
                        onKey={(target, key) => step(target, key, docks, slot)}
                        onMove={onMove}
                        onPoint={(event, grabbedAt) => onPoint(event, grabbedAt, length)}
                        style={{
                          left: `${at.left * 100}%`,
                          width: `max(${at.width * 100}%, 24px)`,
                        }}
                        zone={facility.time_zone}
                      />
                    ) : null;
                  })}
                </div>
              </li>
            );
          })}
        </ul>
      </div>
      {there.length === 0 ? (
        <p className="border-t border-line px-3 py-2 text-sm text-ink-2">{t("docks.day.empty")}</p>
      ) : null}
      <p className="sr-only">{t("docks.slot", { n: slot })}</p>
    </div>
  );
}
