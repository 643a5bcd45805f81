import type { PointerEvent } from "react";
import { currentLocale, t } from "@/i18n";
import { AppointmentBlock } from "./AppointmentBlock";
import { addDays, dateIn, dayStart, sameTimeOn, step, type Target } from "./calendar";
import type { Move } from "./DockCalendar";
import type { Appointment, FacilityDetail } from "./Docks";

interface WeekProps {
  readonly appointments: readonly Appointment[];
  readonly docks: readonly string[];
  readonly facility: FacilityDetail;
  readonly onMove: Move;
  readonly first: string;
}

const GONE = ["cancelled", "expired", "missed"];

/** One column a day: an appointment keeps its time when it is dragged to another day. */
export function WeekDays({ appointments, docks, facility, onMove, first }: WeekProps) {
  const zone = facility.time_zone;
  const days = Array.from({ length: 7 }, (_, n) => addDays(first, n));
  const format = new Intl.DateTimeFormat(currentLocale(), {
    weekday: "short",
    day: "numeric",
    month: "short",
    timeZone: zone,
  });
  const shift = (target: Target, n: number): Target => ({
    ...target,
    from: sameTimeOn(zone, target.from, n),
  });
  const onKey = (target: Target, key: string): Target | null => {
    if (key === "ArrowLeft") return shift(target, -1);
    if (key === "ArrowRight") return shift(target, 1);
    return step(target, key, docks, facility.rules.slot_minutes);
  };
  const onPoint = (event: PointerEvent, appointment: Appointment): Target | null => {
    const column = document
      .elementsFromPoint(event.clientX, event.clientY)
      .map((element) => element.closest<HTMLElement>("[data-day]"))
      .find((element) => element !== null);
    const day = column?.dataset["day"];
    if (day === undefined) return null;
    const from = Date.parse(appointment.from);
    const n = Math.round((Date.parse(day) - Date.parse(dateIn(zone, from))) / 86_400_000);
    return shift({ from, dock: appointment.dock ?? docks[0] ?? "" }, n);
  };
  return (
    <div
      aria-label={t("docks.view.week")}
      className="overflow-x-auto rounded-lg border border-line bg-surface"
      role="region"
      tabIndex={0}
    >
      <ul className="grid min-w-3xl grid-cols-7">
        {days.map((day) => {
          const [from, to] = [dayStart(zone, day), dayStart(zone, addDays(day, 1))];
          const own = appointments.filter((appointment) => {
            const at = Date.parse(appointment.from);
            return !GONE.includes(appointment.status) && from <= at && at < to;
          });
          return (
            <li className="min-h-40 border-r border-line p-2 last:border-r-0" data-day={day} key={day}>
              <p className="pb-2 text-xs font-semibold">
                {format.format(from)}
                <span className="ml-1 font-normal text-ink-2 tabular">{own.length}</span>
              </p>
              <div className="flex flex-col gap-1">
                {own.map((appointment) => (
                  <AppointmentBlock
                    appointment={appointment}
                    className="w-full py-0.5"
                    key={appointment.id}
                    onKey={onKey}
                    onMove={onMove}
                    onPoint={(event) => onPoint(event, appointment)}
                    zone={zone}
                  />
                ))}
              </div>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
