import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { reads } from "@/api/queries";
import { t, tKnown, type TextKey } from "@/i18n";
import { Badge, type Tone } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card, Figure, Figures } from "@/ui/Card";
import { formatPercent, formatWhen } from "@/ui/format";
import { Empty, Loaded } from "@/ui/States";
import { Table } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { useNow, When } from "@/ui/Values";
import { wireTime } from "./calendar";
import { CheckIn } from "./CheckIn";
import type { Appointment, FacilityDetail } from "./Docks";

const HOUR_MS = 3_600_000;
const SLOT_MS = 900_000;
const HERE = ["held", "scheduled", "displaced", "waiting", "called", "in_progress"];

export const APPOINTMENT_TONES: Readonly<Record<string, Tone>> = {
  held: "neutral",
  scheduled: "info",
  displaced: "bad",
  waiting: "warn",
  called: "brand",
  in_progress: "brand",
  completed: "good",
};

/** Who is here, who comes next, and how full the docks are. */
export function YardNow({ facility }: { readonly facility: FacilityDetail }) {
  // Events say what changes; how full the next hours are also changes with the clock.
  const yard = useQuery({ ...reads.yard(facility.id), refetchInterval: 60_000 });
  // On a grid, so that the question, and with it what is kept of its answer, stays the same for a while.
  const now = Math.floor(useNow(SLOT_MS) / SLOT_MS) * SLOT_MS;
  const window = [wireTime(now - 12 * HOUR_MS), wireTime(now + 24 * HOUR_MS)] as const;
  const arrivals = useQuery({ ...reads.appointments(facility.id, ...window), refetchInterval: 60_000 });
  return (
    <Loaded query={yard}>
      {(data) => (
        <div className="flex flex-col gap-4">
          <Figures>
            <Figure
              label={t("docks.occupied")}
              source={t("docks.occupied.source")}
              value={`${data.docks.filter((dock) => dock.occupied_by).length} / ${data.docks.filter(({ dock }) => !dock.retired).length}`}
            />
            <Figure label={t("docks.waiting")} value={String(data.queue.length)} />
            <Figure
              label={t("docks.booked")}
              source={t("docks.booked.source")}
              value={formatPercent(data.booked_permille / 1000)}
            />
            <Figure
              label={t("docks.displaced")}
              source={t("docks.displaced.source")}
              value={String(data.displaced.length)}
            />
          </Figures>
          <Card flush title={t("docks.arrivals")}>
            <Loaded query={arrivals}>
              {(rows) => (
                <Arrivals
                  facility={facility.id}
                  places={new Map(data.queue.map((truck) => [truck.appointment_id, truck.place]))}
                  rows={rows.filter((row) => HERE.includes(row.status))}
                />
              )}
            </Loaded>
          </Card>
          <Card title={t("docks.use")}>
            <ul className="flex flex-col gap-2">
              {data.docks
                .filter(({ dock }) => !dock.retired)
                .map(({ dock, occupied_by, booked_permille }) => (
                  <li className="grid grid-cols-[7rem_1fr_auto] items-center gap-3 text-sm" key={dock.name}>
                    <span className="truncate font-medium">{t("docks.dock", { name: dock.name })}</span>
                    <span className="h-2 overflow-hidden rounded-full bg-sunken">
                      <span className="block h-full bg-brand" style={{ width: `${booked_permille / 10}%` }} />
                    </span>
                    <span className="flex items-center gap-2 tabular">
                      {formatPercent(booked_permille / 1000)}
                      <Badge tone={occupied_by ? "brand" : "good"}>
                        {t(occupied_by ? "docks.taken" : "docks.free")}
                      </Badge>
                    </span>
                  </li>
                ))}
            </ul>
            <p className="pt-3 text-xs text-ink-2">{t("docks.use.source")}</p>
          </Card>
        </div>
      )}
    </Loaded>
  );
}

/** What can be done next with an appointment. */
const STEPS: Readonly<Record<string, TextKey>> = {
  scheduled: "docks.do.checkin",
  displaced: "docks.do.checkin",
  called: "docks.do.start",
  in_progress: "docks.do.finish",
};

function Arrivals({
  facility,
  places,
  rows,
}: {
  readonly facility: string;
  readonly places: ReadonlyMap<string, number>;
  readonly rows: readonly Appointment[];
}) {
  const queries = useQueryClient();
  const [atGate, setAtGate] = useState<Appointment | null>(null);
  const act = useMutation({
    mutationFn: ({ id, status }: Appointment) => {
      const call = { path: { id }, idempotencyKey: `${status}-${id}` };
      return status === "called"
        ? api.post("/api/v1/appointments/{id}/start", call)
        : api.post("/api/v1/appointments/{id}/finish", call);
    },
    onError: (problem) => toast.failed(problem),
    onSettled: () => void queries.invalidateQueries({ queryKey: ["facility", facility] }),
  });
  const table = (
    <Table
      caption={t("docks.arrivals")}
      columns={[
        {
          key: "when",
          title: t("docks.col.when"),
          cell: (row) => (
            <>
              <When at={row.from} />
              <span className="block text-xs md:hidden">
                <Arrival row={row} />
              </span>
            </>
          ),
          sort: (row) => row.from,
        },
        {
          key: "status",
          title: t("ship.col.status"),
          cell: (row) => (
            <Badge dot tone={APPOINTMENT_TONES[row.status] ?? "neutral"}>
              {tKnown("appointment", row.status)}
              {places.has(row.id) ? ` ${places.get(row.id) ?? ""}` : ""}
            </Badge>
          ),
          sort: (row) => row.status,
        },
        { key: "dock", title: t("docks.col.dock"), cell: (row) => row.dock ?? "–" },
        {
          key: "work",
          title: t("docks.col.work"),
          wideOnly: true,
          cell: (row) => tKnown("dockwork", row.work),
        },
        {
          key: "eta",
          title: t("docks.col.eta"),
          wideOnly: true,
          cell: (row) => <Arrival row={row} />,
        },
        {
          key: "do",
          title: "",
          align: "right",
          cell: (row) => {
            const step = STEPS[row.status];
            return step ? (
              <Button
                onClick={() => (step === "docks.do.checkin" ? setAtGate(row) : act.mutate(row))}
                pending={act.isPending && act.variables.id === row.id}
                size="sm"
              >
                {t(step)}
              </Button>
            ) : null;
          },
        },
      ]}
      empty={<Empty icon="truck" title={t("docks.arrivals.none")} />}
      rowKey={(row) => row.id}
      rows={rows}
    />
  );
  return (
    <>
      {table}
      {atGate ? <CheckIn appointment={atGate} facility={facility} onClose={() => setAtGate(null)} /> : null}
    </>
  );
}

/** When the truck came, or when it is thought to come. */
function Arrival({ row }: { readonly row: Appointment }) {
  if (row.arrived_at) {
    return (
      <span>
        {t("docks.arrived")} <When at={row.arrived_at} style="time" />
      </span>
    );
  }
  if (row.expected) {
    const { eta, earliest, latest } = row.expected;
    const range = { from: formatWhen(earliest, "time"), to: formatWhen(latest, "time") };
    return (
      <span>
        <When at={eta} style="time" />
        <span className="block text-xs text-ink-2">{t("docks.eta.range", range)}</span>
      </span>
    );
  }
  return row.eta ? (
    <When at={row.eta} style="time" />
  ) : (
    <span className="text-ink-2">{t("docks.eta.none")}</span>
  );
}
