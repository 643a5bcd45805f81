import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "@/api/client";
import { reads } from "@/api/queries";
import { Form } from "@/app/Form";
import { useSubmission } from "@/app/forms";
import { t, useLocale } from "@/i18n";
import { drivers, papersOf, type DriverAgent, type PaperState } from "@/pages/driver/agent";
import { TruckForm } from "@/pages/driver/TruckForm";
import { Badge, Status } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/Field";
import { formatNumber, formatPercent, formatWhen } from "@/ui/format";
import { routeOf } from "@/pages/shipments/ShipmentList";
import { Empty, Loaded } from "@/ui/States";
import { Table } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { useNow, When } from "@/ui/Values";

/** A carrier's trucks, their papers and where they stand. */
export function Fleet() {
  useLocale();
  const queries = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const agents = useQuery({ ...reads.agents({ per_page: 100 }), refetchInterval: 15_000 });
  const presence = useMutation({
    mutationFn: ({ ids, online }: { ids: readonly string[]; online: boolean }) =>
      Promise.all(
        ids.map((id) =>
          online
            ? api.post("/api/v1/agents/{id}/online", { path: { id } })
            : api.post("/api/v1/agents/{id}/offline", { path: { id } }),
        ),
      ),
    onError: toast.failed,
    onSettled: () => queries.invalidateQueries({ queryKey: ["agents"] }),
  });
  const done = () => {
    setAdding(false);
    toast.done(t("fleet.added"));
    void queries.invalidateQueries({ queryKey: ["agents"] });
  };
  return (
    <>
      <PageHead title={t("fleet.title")}>
        {selected.size > 0 ? (
          <>
            <span className="self-center text-sm text-ink-2">
              {t("table.selected", { n: selected.size })}
            </span>
            <Button
              onClick={() => presence.mutate({ ids: [...selected], online: true })}
              pending={presence.isPending}
            >
              {t("fleet.bring.online")}
            </Button>
            <Button
              onClick={() => presence.mutate({ ids: [...selected], online: false })}
              pending={presence.isPending}
            >
              {t("fleet.take.offline")}
            </Button>
          </>
        ) : null}
        <Button icon="plus" look="primary" onClick={() => setAdding(true)}>
          {t("fleet.add")}
        </Button>
      </PageHead>
      <div className="flex flex-col gap-4">
        <Card flush>
          <Loaded query={agents}>
            {({ data }) => (
              <FleetTable
                agents={drivers(data)}
                onAdd={() => setAdding(true)}
                onSelected={setSelected}
                selected={selected}
              />
            )}
          </Loaded>
        </Card>
        <Trips agents={drivers(agents.data?.data ?? [])} />
        <CompanyPapers />
      </div>
      <Dialog onClose={() => setAdding(false)} open={adding} title={t("fleet.add")}>
        <TruckForm onDone={done} />
      </Dialog>
    </>
  );
}

interface FleetTableProps {
  readonly agents: readonly DriverAgent[];
  readonly selected: ReadonlySet<string>;
  readonly onSelected: (selected: ReadonlySet<string>) => void;
  readonly onAdd: () => void;
}

function FleetTable({ agents, selected, onSelected, onAdd }: FleetTableProps) {
  const now = useNow(60_000);
  const name = useDriverNames();
  return (
    <Table
      caption={t("fleet.title")}
      columns={[
        {
          key: "reference",
          title: t("fleet.driver"),
          cell: (agent) => (
            <span className="block max-w-[46vw] min-w-0 py-1 md:max-w-56">
              <span className="block truncate font-medium">{name(agent) ?? agent.reference}</span>
              <span className="block truncate text-xs text-ink-2 tabular">
                {name(agent) ? agent.reference : t("fleet.driver.none")}
              </span>
              {papersOf(agent, now)[0]?.state === "ok" ? null : (
                <span className="block pt-1 md:hidden">
                  <Papers papers={papersOf(agent, now)} />
                </span>
              )}
            </span>
          ),
          sort: (agent) => agent.reference ?? "",
        },
        {
          key: "status",
          title: t("fleet.status"),
          cell: (agent) => <Status of="driver" value={agent.status ?? "offline"} />,
          sort: (agent) => agent.status ?? "",
        },
        {
          key: "vehicle",
          title: t("fleet.vehicle"),
          wideOnly: true,
          cell: (agent) => `${t(`vehicle.${agent.vehicle.type}`)} · ${agent.vehicle.year}`,
          sort: (agent) => agent.vehicle.type,
        },
        {
          key: "capacity",
          title: t("fleet.capacity"),
          align: "right",
          wideOnly: true,
          cell: (agent) => t("word.kg", { n: formatNumber(agent.vehicle.capacity_kg) }),
          sort: (agent) => agent.vehicle.capacity_kg,
        },
        {
          key: "papers",
          title: t("fleet.papers"),
          wideOnly: true,
          cell: (agent) => <Papers papers={papersOf(agent, now)} />,
          sort: (agent) => papersOf(agent, now)[0]?.until ?? "",
        },
        {
          key: "trip",
          title: t("fleet.trip"),
          wideOnly: true,
          cell: (agent) =>
            agent.shipment_id ? (
              <Link
                className="font-medium text-brand-text underline underline-offset-2"
                params={{ id: agent.shipment_id }}
                to="/shipments/$id"
              >
                {t("do.open")}
              </Link>
            ) : (
              <span className="text-ink-3">{"–"}</span>
            ),
        },
        {
          key: "ontime",
          title: t("fleet.ontime"),
          align: "right",
          wideOnly: true,
          cell: (agent) =>
            typeof agent.record?.on_time_rate === "number" ? formatPercent(agent.record.on_time_rate) : "–",
          sort: (agent) => agent.record?.on_time_rate ?? -1,
        },
        {
          key: "rating",
          title: t("fleet.rating"),
          align: "right",
          wideOnly: true,
          cell: (agent) =>
            typeof agent.record?.rating === "number" ? formatNumber(agent.record.rating, 1) : "–",
          sort: (agent) => agent.record?.rating ?? -1,
        },
      ]}
      empty={
        <Empty detail={t("fleet.none.detail")} icon="truck" title={t("fleet.none")}>
          <Button look="primary" onClick={onAdd}>
            {t("fleet.add")}
          </Button>
        </Empty>
      }
      onSelected={onSelected}
      rowKey={(agent) => agent.id}
      rowName={(agent) => agent.reference ?? agent.id}
      rows={agents}
      selected={selected}
    />
  );
}

/** Where the trucks that are under way stand. */
function Trips({ agents }: { readonly agents: readonly DriverAgent[] }) {
  const active = agents.filter((agent) => agent.shipment_id);
  if (active.length === 0) return null;
  return (
    <Card flush title={t("fleet.trips", { n: active.length })}>
      <ul className="divide-y divide-line">
        {active.map((agent) => (
          <TripRow agent={agent} key={agent.id} shipment={agent.shipment_id ?? ""} />
        ))}
      </ul>
    </Card>
  );
}

function TripRow({ agent, shipment }: { readonly agent: DriverAgent; readonly shipment: string }) {
  const trip = useQuery({ ...reads.shipment(shipment), refetchInterval: 30_000 });
  const name = useDriverNames();
  return (
    <li>
      <Link
        className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4 py-3 text-sm hover:bg-ground"
        params={{ id: shipment }}
        to="/shipments/$id"
      >
        <span className="min-w-0">
          <span className="block font-medium">
            {trip.data ? routeOf(trip.data) : <span className="tabular">{agent.reference}</span>}
          </span>
          <span className="block truncate text-xs text-ink-2 tabular">
            {[trip.data?.reference, agent.reference, name(agent)].filter(Boolean).join(" · ")}
          </span>
        </span>
        {trip.data ? (
          <span className="flex flex-wrap items-center gap-3">
            {trip.data.booking ? (
              <span className="text-xs text-ink-2">
                {t("ship.page.track.eta.promised")} <When at={trip.data.booking.delivery_at} />
              </span>
            ) : null}
            <Status of="status" value={trip.data.status} />
          </span>
        ) : null}
      </Link>
    </li>
  );
}

/** What the people who drive are called; nothing for a truck that the carrier acts for. */
function useDriverNames(): (agent: DriverAgent) => string | null {
  const users = useQuery({ ...reads.users({ role: "driver", per_page: 100 }), staleTime: 60_000 });
  return (agent) => users.data?.data.find((user) => user.id === agent.user_id)?.name ?? null;
}

/** The paper that ends first, when that is soon; else that all is well. */
export function Papers({ papers }: { readonly papers: readonly PaperState[] }) {
  const first = papers.find((paper) => paper.state !== "ok");
  if (!first) return <Badge tone="good">{t("fleet.papers.ok")}</Badge>;
  return (
    <Badge tone={first.state === "over" ? "bad" : "warn"}>
      {t(first.state === "over" ? "fleet.papers.over" : "fleet.papers.soon", {
        paper: t(`fleet.paper.${first.paper}`),
        date: formatWhen(`${first.until}T12:00:00Z`, "date"),
      })}
    </Badge>
  );
}

interface CarrierAgent {
  readonly id: string;
  readonly kind: string;
  readonly licence_number?: string | null;
  readonly licence_valid_until: string;
  readonly insurance_valid_until: string;
}

function CompanyPapers() {
  const agents = useQuery(reads.ownAgents());
  const own = agents.data?.find((agent): agent is typeof agent & CarrierAgent => agent.kind === "carrier");
  if (!agents.data) return null;
  return <PapersForm key={own?.id ?? "new"} own={own ?? null} />;
}

function PapersForm({ own }: { readonly own: CarrierAgent | null }) {
  const queries = useQueryClient();
  const [number, setNumber] = useState(own?.licence_number ?? "");
  const [licence, setLicence] = useState(own?.licence_valid_until ?? "");
  const [insurance, setInsurance] = useState(own?.insurance_valid_until ?? "");
  const form = useSubmission(
    async (
      body: { licence_number?: string; licence_valid_until: string; insurance_valid_until: string },
      idempotencyKey,
    ) => {
      if (own) await api.patch("/api/v1/agents/{id}", { path: { id: own.id }, body });
      else await api.post("/api/v1/agents", { body: { kind: "carrier", ...body }, idempotencyKey });
    },
    () => {
      toast.done(t("me.saved"));
      void queries.invalidateQueries({ queryKey: ["agents"] });
    },
  );
  return (
    <Card title={t("fleet.profile")}>
      <Form
        onSubmit={() =>
          form.submit({
            ...(number.trim() ? { licence_number: number.trim() } : {}),
            licence_valid_until: licence,
            insurance_valid_until: insurance,
          })
        }
        problem={form.problem}
      >
        {own ? null : <p className="text-sm text-ink-2">{t("fleet.profile.none")}</p>}
        <div className="grid gap-4 sm:grid-cols-4">
          <TextField
            label={t("fleet.profile.number")}
            maxLength={60}
            onValue={setNumber}
            optional
            problem={form.at("licence_number")}
            value={number}
          />
          <TextField
            label={t("fleet.profile.licence")}
            onValue={setLicence}
            problem={form.at("licence_valid_until")}
            type="date"
            value={licence}
          />
          <TextField
            label={t("drive.insurance")}
            onValue={setInsurance}
            problem={form.at("insurance_valid_until")}
            type="date"
            value={insurance}
          />
          <div className="pt-6.5">
            <Button pending={form.pending} type="submit">
              {t("do.save")}
            </Button>
          </div>
        </div>
      </Form>
    </Card>
  );
}
