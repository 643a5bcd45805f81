import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { explain, explainField } from "@/api/explain";
import { reads } from "@/api/queries";
import { placeOf } from "@/geo/places";
import { useTopic } from "@/live/useTopic";
import { currentLocale, t, tKnown, useLocale } from "@/i18n";
import { Button, IconButton } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { SelectField } from "@/ui/Field";
import { Empty, Loaded, Notice } from "@/ui/States";
import { useNow } from "@/ui/Values";
import { clockTime } from "./AppointmentBlock";
import { addDays, dateIn, dayStart, wireTime } from "./calendar";
import type { Appointment, FacilityDetail } from "./Docks";
import { VEHICLES } from "./DockList";
import { OwnAppointments, useBooking, type Slot, type Wish } from "./OwnAppointments";

const WORKS = ["unloading", "loading"] as const;
const LENGTHS = [30, 45, 60, 90, 120, 180, 240];
const MINUTE_MS = 60_000;

/** A carrier looks for a free slot; a dispatcher for one that an appointment without a place is moved to. */
export function BookDock() {
  useLocale();
  const { appointment } = useSearch({ from: "/shell/book" });
  return (
    <>
      <PageHead
        subtitle={t(appointment === undefined ? "book.lead" : "book.place.lead")}
        title={t("book.title")}
      />
      {appointment === undefined ? <AnySite /> : <PlaceFor id={appointment} />}
    </>
  );
}

function PlaceFor({ id }: { readonly id: string }) {
  const appointment = useQuery(reads.appointment(id));
  return (
    <Loaded query={appointment}>{(data) => <AtFacility id={data.facility_id} placeless={data} />}</Loaded>
  );
}

function AnySite() {
  const facilities = useQuery(reads.facilities());
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <Loaded query={facilities}>
      {({ data }) => {
        const first = data.find((facility) => facility.id === chosen) ?? data[0];
        if (!first) return <Empty detail={t("book.none.detail")} icon="warehouse" title={t("book.none")} />;
        return (
          <div className="flex flex-col gap-4">
            <div className="max-w-xs">
              <SelectField
                choices={data.map(({ id, reference, position }) => ({
                  value: id,
                  label: `${reference} · ${placeOf(position)}`,
                }))}
                label={t("docks.facility")}
                onValue={setChosen}
                value={first.id}
              />
            </div>
            <AtFacility id={first.id} key={first.id} />
          </div>
        );
      }}
    </Loaded>
  );
}

interface SiteProps {
  /** The one appointment that a place is looked for. */
  readonly placeless?: Appointment;
}

function AtFacility({ id, ...rest }: SiteProps & { readonly id: string }) {
  const facility = useQuery(reads.facility(id));
  useTopic(`facility:${id}:slots`, { keys: [["facility", id]] });
  return <Loaded query={facility}>{(data) => <Booking facility={data} {...rest} />}</Loaded>;
}

/** What an appointment needs of another place; of its truck it says nothing, so that any must fit. */
function wishOf({ work, from, to }: Appointment): Wish {
  return {
    work: WORKS.find((known) => known === work) ?? "unloading",
    vehicle: "semi_truck",
    minutes: (Date.parse(to) - Date.parse(from)) / MINUTE_MS,
  };
}

function Booking({ facility, placeless }: SiteProps & { readonly facility: FacilityDetail }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [wish, setWish] = useState<Wish>(
    placeless
      ? wishOf(placeless)
      : { work: "unloading", vehicle: "semi_truck", minutes: facility.rules.usual_minutes },
  );
  const [moving, setMoving] = useState<string | null>(placeless?.id ?? null);
  const leave = () => {
    setMoving(null);
    if (!placeless) return;
    void queries.invalidateQueries({ queryKey: ["queue"] });
    void navigate({ to: "/queue", search: { kind: "dock_missing" } });
  };
  const booking = useBooking(facility.id, leave);
  const take = (slot: Slot) => {
    if (moving === null) booking.hold(slot, wish);
    else booking.move(moving, slot);
  };
  const lengths = [...new Set([...LENGTHS, facility.rules.usual_minutes])].sort((a, b) => a - b);
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[1fr_24rem]">
      <Card title={t("book.slots")}>
        <div className="grid gap-4 pb-4 sm:grid-cols-3">
          <SelectField
            choices={WORKS.map((value) => ({ value, label: t(`dockwork.${value}`) }))}
            label={t("docks.col.work")}
            onValue={(value) => setWish({ ...wish, work: value === "loading" ? "loading" : "unloading" })}
            value={wish.work}
          />
          <SelectField
            choices={VEHICLES.map((value) => ({ value, label: t(`dockvehicle.${value}`) }))}
            label={t("book.vehicle")}
            onValue={(value) =>
              setWish({ ...wish, vehicle: VEHICLES.find((known) => known === value) ?? "van" })
            }
            value={wish.vehicle}
          />
          <SelectField
            choices={lengths.map((n) => ({ value: String(n), label: t("unit.min", { n }) }))}
            label={t("book.length")}
            onValue={(value) => setWish({ ...wish, minutes: Number(value) })}
            value={String(wish.minutes)}
          />
        </div>
        {moving === null ? null : (
          <p className="flex flex-wrap items-center gap-2 pb-3 text-sm font-medium">
            {t("book.moving")}
            <Button onClick={leave} size="sm">
              {t("do.cancel")}
            </Button>
          </p>
        )}
        {booking.problem ? (
          <div className="pb-3">
            <Notice tone="bad">
              {booking.problem.errors.map((error) => explainField(error)).join(" ") ||
                explain(booking.problem)}
            </Notice>
          </div>
        ) : null}
        <Slots facility={facility} onTake={take} pending={booking.pending} wish={wish} />
      </Card>
      {placeless ? null : (
        <OwnAppointments booking={booking} facility={facility} moving={moving} onMove={setMoving} />
      )}
    </div>
  );
}

/** The free slots of a day by the facility's clock. */
function Slots({
  facility,
  wish,
  pending,
  onTake,
}: {
  readonly facility: FacilityDetail;
  readonly wish: Wish;
  readonly pending: boolean;
  readonly onTake: (slot: Slot) => void;
}) {
  const zone = facility.time_zone;
  const [date, setDate] = useState(() => dateIn(zone, Date.now()));
  // A new minute is a new question, so that slots that have passed go.
  const now = Math.floor(useNow(MINUTE_MS) / MINUTE_MS) * MINUTE_MS;
  const [start, end] = [dayStart(zone, date), dayStart(zone, addDays(date, 1))];
  const from = Math.max(start, now);
  const slots = useQuery(
    // What begins before midnight may end after it.
    reads.availability(facility.id, {
      from: wireTime(from),
      to: wireTime(Math.max(end, from) + wish.minutes * MINUTE_MS),
      ...wish,
    }),
  );
  const format = new Intl.DateTimeFormat(currentLocale(), { dateStyle: "full", timeZone: zone });
  return (
    <section aria-label={t("book.slots")}>
      <div className="flex flex-wrap items-center gap-2 pb-3">
        <IconButton
          disabled={date <= dateIn(zone, now)}
          icon="back"
          label={t("docks.before")}
          onClick={() => setDate(addDays(date, -1))}
        />
        <h3 aria-live="polite" className="text-sm font-semibold">
          {format.format(start)}
        </h3>
        <span className="rotate-180">
          <IconButton icon="back" label={t("docks.after")} onClick={() => setDate(addDays(date, 1))} />
        </span>
      </div>
      <Loaded query={slots}>
        {(found) => {
          const free = found.filter((slot) => Date.parse(slot.from) < end);
          return free.length === 0 ? (
            <Empty detail={t("book.full.detail")} icon="warehouse" title={t("book.full")} />
          ) : (
            <ul className="grid grid-cols-[repeat(auto-fill,minmax(5.5rem,1fr))] gap-2">
              {free.map((slot) => (
                <li key={slot.from}>
                  <Button disabled={pending} onClick={() => onTake(slot)} wide>
                    <span className="tabular">{clockTime(Date.parse(slot.from), zone)}</span>
                  </Button>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
      <p className="pt-3 text-xs text-ink-2">
        {t("book.how", {
          zone,
          n: facility.rules.hold_minutes,
          state: tKnown("facilitystate", facility.state),
        })}
      </p>
    </section>
  );
}
