import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { ApiProblem } from "@/api/problem";
import { reads } from "@/api/queries";
import { useSubmission } from "@/app/forms";
import { currentLocale, t, tKnown } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Empty, Loaded } from "@/ui/States";
import { toast } from "@/ui/Toast";
import { Deadline, useNow } from "@/ui/Values";
import { wireTime } from "./calendar";
import type { Appointment, FacilityDetail } from "./Docks";
import type { VEHICLES } from "./DockList";
import { APPOINTMENT_TONES } from "./YardNow";

export interface Slot {
  readonly from: string;
}

/** What a truck wants of a dock. */
export interface Wish {
  readonly work: "loading" | "unloading";
  readonly vehicle: (typeof VEHICLES)[number];
  readonly minutes: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const AHEAD = ["held", "scheduled", "displaced"];
/** How long what ended stays in sight. */
const ENDED = ["expired", "missed"];

export interface BookingActs {
  readonly pending: boolean;
  readonly problem: ApiProblem | null;
  readonly hold: (slot: Slot, wish: Wish) => void;
  readonly move: (appointment: string, slot: Slot) => void;
  readonly act: (appointment: string, step: "confirm" | "cancel") => void;
}

/** What a carrier can do with slots; after each, the facility is read anew. */
export function useBooking(facility: string, onMoved: () => void): BookingActs {
  const queries = useQueryClient();
  const settled = () => void queries.invalidateQueries({ queryKey: ["facility", facility] });
  const hold = useSubmission(
    ({ from, vehicle, ...wish }: Wish & { from: string }, idempotencyKey) =>
      api
        .post("/api/v1/facilities/{id}/appointments", {
          path: { id: facility },
          body: { ...wish, from, vehicle: { class: vehicle }, hold: true },
          idempotencyKey,
        })
        .finally(settled),
    () => toast.done(t("book.held")),
  );
  const move = useSubmission(
    ({ id, from }: { id: string; from: string }, idempotencyKey) =>
      api
        .post("/api/v1/appointments/{id}/move", { path: { id }, body: { from }, idempotencyKey })
        .finally(settled),
    () => {
      toast.done(t("docks.moved"));
      onMoved();
    },
  );
  const act = useSubmission(
    ({ id, step }: { id: string; step: "confirm" | "cancel" }, idempotencyKey) =>
      api.post(`/api/v1/appointments/{id}/${step}`, { path: { id }, idempotencyKey }).finally(settled),
    () => toast.done(t("docks.settings.saved")),
  );
  return {
    pending: hold.pending || move.pending || act.pending,
    problem: hold.problem ?? move.problem ?? act.problem,
    hold: ({ from }, wish) => hold.submit({ ...wish, from }),
    move: (id, { from }) => move.submit({ id, from }),
    act: (id, step) => act.submit({ id, step }),
  };
}

/** A carrier's own appointments at a facility, those that are only held with the time that they have left. */
export function OwnAppointments({
  booking,
  facility,
  moving,
  onMove,
}: {
  readonly booking: BookingActs;
  readonly facility: FacilityDetail;
  readonly moving: string | null;
  readonly onMove: (appointment: string) => void;
}) {
  // On a grid, so that the question, and with it what is kept of its answer, stays the same for a while.
  const now = Math.floor(useNow(HOUR_MS) / HOUR_MS) * HOUR_MS;
  const window = [wireTime(now - 12 * HOUR_MS), wireTime(now + 60 * DAY_MS)] as const;
  const own = useQuery({ ...reads.appointments(facility.id, ...window), refetchInterval: 30_000 });
  return (
    <Card flush title={t("book.own")}>
      <Loaded query={own}>
        {(rows) => {
          const shown = rows.filter((row) => row.status !== "cancelled");
          if (shown.length === 0) return <Empty icon="truck" title={t("book.own.none")} />;
          return (
            <ul>
              {shown.map((row) => (
                <Line
                  booking={booking}
                  isMoving={moving === row.id}
                  key={row.id}
                  onMove={() => onMove(row.id)}
                  row={row}
                  zone={facility.time_zone}
                />
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Card>
  );
}

function Line({
  booking,
  isMoving,
  onMove,
  row,
  zone,
}: {
  readonly booking: BookingActs;
  readonly isMoving: boolean;
  readonly onMove: () => void;
  readonly row: Appointment;
  readonly zone: string;
}) {
  const style = {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  } as const;
  const format = new Intl.DateTimeFormat(currentLocale(), { ...style, timeZone: zone });
  const held = row.status === "held";
  return (
    <li
      className="flex flex-col gap-2 border-b border-line p-4 last:border-b-0"
      aria-current={isMoving || undefined}
    >
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
        <span className="font-medium tabular">{format.format(Date.parse(row.from))}</span>
        <span>{tKnown("dockwork", row.work)}</span>
        {row.dock ? <span className="text-ink-2">{t("docks.dock", { name: row.dock })}</span> : null}
        <Badge dot tone={APPOINTMENT_TONES[row.status] ?? (ENDED.includes(row.status) ? "bad" : "neutral")}>
          {tKnown("appointment", row.status)}
        </Badge>
        {held && row.hold_until ? <Deadline at={row.hold_until} /> : null}
      </p>
      {AHEAD.includes(row.status) ? (
        <div className="flex flex-wrap gap-2">
          {held ? (
            <Button
              disabled={booking.pending}
              look="primary"
              onClick={() => booking.act(row.id, "confirm")}
              size="sm"
            >
              {t("do.confirm")}
            </Button>
          ) : null}
          <Button disabled={booking.pending || isMoving} onClick={onMove} size="sm">
            {t("book.move")}
          </Button>
          <Button disabled={booking.pending} onClick={() => booking.act(row.id, "cancel")} size="sm">
            {t("book.giveup")}
          </Button>
        </div>
      ) : null}
    </li>
  );
}
