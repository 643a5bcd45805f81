import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { reads } from "@/api/queries";
import { currentLocale, t } from "@/i18n";
import { Button, IconButton } from "@/ui/Button";
import { Select } from "@/ui/Field";
import { Loaded } from "@/ui/States";
import { toast } from "@/ui/Toast";
import { addDays, dateIn, dayStart, mondayOf, wireTime, type Target } from "./calendar";
import { DayDocks } from "./DayDocks";
import type { Appointment, FacilityDetail } from "./Docks";
import { WeekDays } from "./WeekDays";

export type Move = (appointment: Appointment, target: Target) => void;

/** The calendar of a day, dock by dock, or of a week, day by day. */
export function DockCalendar({ facility }: { readonly facility: FacilityDetail }) {
  const zone = facility.time_zone;
  const [date, setDate] = useState(() => dateIn(zone, Date.now()));
  const [view, setView] = useState<"day" | "week">("day");
  const first = view === "day" ? date : mondayOf(date);
  const days = view === "day" ? 1 : 7;
  const start = dayStart(zone, first);
  const end = dayStart(zone, addDays(first, days));
  const docks = useQuery(reads.docks(facility.id));
  const appointments = useQuery(reads.appointments(facility.id, wireTime(start), wireTime(end)));
  const queries = useQueryClient();
  const move = useMutation({
    mutationFn: ({ appointment, target }: { appointment: Appointment; target: Target }) =>
      api.post("/api/v1/appointments/{id}/move", {
        path: { id: appointment.id },
        body: { from: wireTime(target.from), dock: target.dock },
      }),
    onSuccess: () => toast.done(t("docks.moved")),
    onError: (problem) => toast.failed(problem),
    onSettled: () => void queries.invalidateQueries({ queryKey: ["facility", facility.id] }),
  });
  const onMove: Move = (appointment, target) => move.mutate({ appointment, target });
  const format = new Intl.DateTimeFormat(currentLocale(), { dateStyle: "full", timeZone: zone });
  const title = view === "day" ? format.format(start) : format.formatRange(start, end - 1);
  return (
    <section aria-label={t("docks.tab.calendar")} className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <IconButton icon="back" label={t("docks.before")} onClick={() => setDate(addDays(date, -days))} />
        <Button onClick={() => setDate(dateIn(zone, Date.now()))}>{t("docks.today")}</Button>
        <span className="rotate-180">
          <IconButton icon="back" label={t("docks.after")} onClick={() => setDate(addDays(date, days))} />
        </span>
        <h2
          aria-live="polite"
          className="order-last w-full min-w-0 text-sm font-semibold sm:order-none sm:w-auto sm:flex-1"
        >
          {title}
        </h2>
        <div className="w-32">
          <Select
            aria-label={t("docks.view")}
            choices={[
              { value: "day", label: t("docks.view.day") },
              { value: "week", label: t("docks.view.week") },
            ]}
            onValue={(value) => setView(value === "week" ? "week" : "day")}
            value={view}
          />
        </div>
      </div>
      <p className="text-xs text-ink-2">{t("docks.how")}</p>
      <Loaded query={docks}>
        {(known) => (
          <Loaded query={appointments}>
            {(booked) => {
              const names = known.filter((dock) => !dock.retired).map((dock) => dock.name);
              const props = { appointments: booked, docks: names, facility, onMove };
              return view === "day" ? (
                <DayDocks {...props} end={end} start={start} />
              ) : (
                <WeekDays {...props} first={first} />
              );
            }}
          </Loaded>
        )}
      </Loaded>
    </section>
  );
}
