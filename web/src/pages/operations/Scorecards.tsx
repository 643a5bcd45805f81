import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { api } from "@/api/client";
import { desk, may } from "@/api/desk";
import { reads } from "@/api/queries";
import { useKnownMe } from "@/app/useMe";
import { t, tKnown, useLocale } from "@/i18n";
import { Papers } from "@/pages/carrier/Fleet";
import { drivers, papersOf, type DriverAgent } from "@/pages/driver/agent";
import { Badge, Status } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { Dialog } from "@/ui/Dialog";
import { formatNumber, formatPercent } from "@/ui/format";
import { Empty, Loaded } from "@/ui/States";
import { Pager, Table } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { useNow, When } from "@/ui/Values";
import { useOrganisations } from "./useOrganisations";

const PER_PAGE = 50;

const share = (value: number | null | undefined) => (typeof value === "number" ? formatPercent(value) : "–");
const stars = (value: number | null | undefined) =>
  typeof value === "number" ? formatNumber(value, 1) : "–";

/** The carriers' records, those with the most deliveries first. */
export function Scorecards() {
  useLocale();
  const search = useSearch({ from: "/shell/scorecards" });
  const navigate = useNavigate();
  const page = Math.max(1, Math.trunc(Number(search.page ?? "1")) || 1);
  const cards = useQuery(desk.scorecards({ page, per_page: PER_PAGE }));
  const nameOf = useOrganisations((cards.data?.data ?? []).map((card) => card.organisation_id));
  const open = (carrier: string | null) =>
    void navigate({
      to: "/scorecards",
      search: { ...(search.page ? { page: search.page } : {}), ...(carrier ? { carrier } : {}) },
    });
  return (
    <>
      <PageHead subtitle={t("score.lead")} title={t("score.title")} />
      <Card flush>
        <Loaded lines={8} query={cards}>
          {({ data, meta }) => (
            <>
              <Table
                caption={t("score.title")}
                columns={[
                  {
                    key: "carrier",
                    title: t("score.carrier"),
                    cell: (card) => (
                      <span className="block max-w-[40vw] truncate font-medium md:max-w-72">
                        {nameOf(card.organisation_id)}
                      </span>
                    ),
                    sort: (card) => nameOf(card.organisation_id),
                  },
                  {
                    key: "drivers",
                    title: t("score.drivers.online"),
                    align: "right",
                    cell: (card) => t("score.drivers.of", { n: card.drivers_online, m: card.drivers }),
                    sort: (card) => card.drivers,
                  },
                  {
                    key: "deliveries",
                    title: t("score.deliveries"),
                    align: "right",
                    cell: (card) => formatNumber(card.deliveries),
                    sort: (card) => card.deliveries,
                  },
                  {
                    key: "ontime",
                    title: t("score.ontime"),
                    align: "right",
                    cell: (card) => share(card.on_time_rate),
                    sort: (card) => card.on_time_rate ?? -1,
                  },
                  {
                    key: "rating",
                    title: t("score.rating"),
                    align: "right",
                    wideOnly: true,
                    cell: (card) => stars(card.rating),
                    sort: (card) => card.rating ?? -1,
                  },
                  {
                    key: "acceptance",
                    title: t("score.acceptance"),
                    align: "right",
                    wideOnly: true,
                    cell: (card) => share(card.acceptance_rate),
                    sort: (card) => card.acceptance_rate ?? -1,
                  },
                  {
                    key: "cancelled",
                    title: t("score.cancelled"),
                    align: "right",
                    wideOnly: true,
                    cell: (card) => (card.cancelled > 0 ? formatNumber(card.cancelled) : "–"),
                    sort: (card) => card.cancelled,
                  },
                  {
                    key: "papers",
                    title: t("score.papers"),
                    align: "right",
                    wideOnly: true,
                    cell: (card) =>
                      card.papers_valid_until ? <When at={card.papers_valid_until} style="date" /> : "–",
                    sort: (card) => card.papers_valid_until ?? "9999",
                  },
                  {
                    key: "suspended",
                    title: t("score.suspended"),
                    align: "right",
                    wideOnly: true,
                    cell: (card) =>
                      card.drivers_suspended > 0 ? <Badge tone="bad">{card.drivers_suspended}</Badge> : "–",
                    sort: (card) => card.drivers_suspended,
                  },
                ]}
                empty={<Empty detail={t("score.none.detail")} icon="truck" title={t("score.none")} />}
                onOpen={(card) => open(card.organisation_id)}
                rowKey={(card) => card.organisation_id}
                rowName={(card) => nameOf(card.organisation_id)}
                rows={data}
              />
              <Pager
                onPage={(next) => void navigate({ to: "/scorecards", search: { page: String(next) } })}
                page={page}
                perPage={PER_PAGE}
                total={meta.pagination?.total ?? data.length}
              />
            </>
          )}
        </Loaded>
      </Card>
      <Dialog
        onClose={() => open(null)}
        open={search.carrier !== undefined}
        title={
          search.carrier === undefined
            ? t("score.drivers")
            : t("score.drivers.named", { name: nameOf(search.carrier) })
        }
        wide
      >
        {search.carrier === undefined ? null : <DriversOf carrier={search.carrier} />}
      </Dialog>
    </>
  );
}

/** The drivers of one carrier. */
function DriversOf({ carrier }: { readonly carrier: string }) {
  const agents = useQuery(reads.agentsOf(carrier));
  return <Loaded query={agents}>{(own) => <DriverCards agents={drivers(own)} />}</Loaded>;
}

function DriverCards({ agents }: { readonly agents: readonly DriverAgent[] }) {
  const me = useKnownMe();
  const now = useNow(60_000);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const reinstate = useMutation({
    mutationFn: (id: string) =>
      api.post("/api/v1/agents/{id}/reinstate", { path: { id }, idempotencyKey: crypto.randomUUID() }),
    onSuccess: () => toast.done(t("score.reinstated")),
    onError: toast.failed,
    onSettled: () => queries.invalidateQueries({ queryKey: ["agents"] }),
  });
  return (
    <Table
      caption={t("score.drivers")}
      columns={[
        {
          key: "reference",
          title: t("fleet.driver"),
          cell: (agent) => <span className="font-medium tabular">{agent.reference}</span>,
        },
        {
          key: "status",
          title: t("fleet.status"),
          cell: (agent) =>
            agent.suspended ? (
              <Badge tone="bad">{tKnown("reason", agent.suspended)}</Badge>
            ) : (
              <Status of="driver" value={agent.status ?? "offline"} />
            ),
        },
        {
          key: "vehicle",
          title: t("fleet.vehicle"),
          wideOnly: true,
          cell: (agent) => t(`vehicle.${agent.vehicle.type}`),
        },
        {
          key: "papers",
          title: t("fleet.papers"),
          wideOnly: true,
          cell: (agent) => <Papers papers={papersOf(agent, now)} />,
        },
        {
          key: "ontime",
          title: t("fleet.ontime"),
          align: "right",
          cell: (agent) => share(agent.record?.on_time_rate ?? null),
        },
        {
          key: "rating",
          title: t("fleet.rating"),
          align: "right",
          cell: (agent) => stars(agent.record?.rating ?? null),
        },
        {
          key: "act",
          title: "",
          align: "right",
          cell: (agent) =>
            agent.suspended && may(me.role, "reinstate") ? (
              <Button onClick={() => reinstate.mutate(agent.id)} pending={reinstate.isPending} size="sm">
                {t("score.reinstate")}
              </Button>
            ) : null,
        },
      ]}
      onOpen={(agent) => void navigate({ to: "/drivers/$id", params: { id: agent.id } })}
      rowKey={(agent) => agent.id}
      rowName={(agent) => agent.reference ?? agent.id}
      rows={agents}
    />
  );
}
