import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "@/api/client";
import { useKnownMe } from "@/app/useMe";
import { t, tKnown, useLocale } from "@/i18n";
import { drivers, papersOf, type DriverAgent } from "@/pages/driver/agent";
import { Papers } from "@/pages/carrier/Fleet";
import { Badge, Status } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { Dialog } from "@/ui/Dialog";
import { formatNumber, formatPercent } from "@/ui/format";
import { Empty, ErrorState, Loading } from "@/ui/States";
import { Table } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { useNow } from "@/ui/Values";

const REINSTATES = ["support", "supervisor", "admin"];

export interface Scorecard {
  readonly carrier: string;
  readonly agents: readonly DriverAgent[];
  readonly online: number;
  readonly deliveries: number;
  readonly onTime: number | null;
  readonly rating: number | null;
  readonly acceptance: number | null;
  readonly suspended: number;
}

/** The mean of what is known, each counted as often as it happened. */
function weighted(
  values: readonly (readonly [value: number | null | undefined, weight: number])[],
): number | null {
  const known = values.filter(
    (pair): pair is readonly [number, number] => typeof pair[0] === "number" && pair[1] > 0,
  );
  const weight = known.reduce((sum, [, w]) => sum + w, 0);
  return weight === 0 ? null : known.reduce((sum, [value, w]) => sum + value * w, 0) / weight;
}

/** A card for each carrier from its drivers' records. */
export function scorecards(agents: readonly DriverAgent[]): readonly Scorecard[] {
  const groups = Map.groupBy(agents, (agent) => agent.organisation_id);
  return [...groups].map(([carrier, own]) => ({
    carrier,
    agents: own,
    online: own.filter((agent) => agent.online).length,
    deliveries: own.reduce((sum, agent) => sum + (agent.record?.deliveries ?? 0), 0),
    onTime: weighted(own.map((agent) => [agent.record?.on_time_rate, agent.record?.deliveries ?? 0])),
    rating: weighted(own.map((agent) => [agent.record?.rating, agent.record?.ratings ?? 0])),
    acceptance: weighted(own.map((agent) => [agent.record?.acceptance_rate, 1])),
    suspended: own.filter((agent) => agent.suspended).length,
  }));
}

const share = (value: number | null) => (value === null ? "–" : formatPercent(value));
const stars = (value: number | null) => (value === null ? "–" : formatNumber(value, 1));

export function Scorecards() {
  useLocale();
  const [open, setOpen] = useState<string | null>(null);
  const agents = useInfiniteQuery({
    queryKey: ["agents", "all"],
    initialPageParam: 1,
    queryFn: ({ pageParam, signal }) =>
      api.get("/api/v1/agents", { query: { page: pageParam, per_page: 100 }, signal }),
    getNextPageParam: ({ meta }) => {
      const { page = 1, per_page = 100, total = 0 } = meta.pagination ?? {};
      return page * per_page < total ? page + 1 : undefined;
    },
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = agents;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const cards = scorecards(drivers(agents.data?.pages.flatMap((page) => page.data) ?? []));
  const chosen = cards.find((card) => card.carrier === open);
  if (agents.isError) return <ErrorState onRetry={() => void agents.refetch()} problem={agents.error} />;
  return (
    <>
      <PageHead subtitle={t("score.lead")} title={t("score.title")} />
      <Card flush>
        {agents.data ? (
          <Table
            caption={t("score.title")}
            columns={[
              {
                key: "carrier",
                title: t("score.carrier"),
                cell: (card) => <span className="font-mono text-xs">{card.carrier}</span>,
                sort: (card) => card.carrier,
              },
              {
                key: "drivers",
                title: t("score.drivers"),
                align: "right",
                cell: (card) => card.agents.length,
                sort: (card) => card.agents.length,
              },
              {
                key: "online",
                title: t("score.online"),
                align: "right",
                wideOnly: true,
                cell: (card) => card.online,
                sort: (card) => card.online,
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
                cell: (card) => share(card.onTime),
                sort: (card) => card.onTime ?? -1,
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
                cell: (card) => share(card.acceptance),
                sort: (card) => card.acceptance ?? -1,
              },
              {
                key: "suspended",
                title: t("score.suspended"),
                align: "right",
                cell: (card) => (card.suspended > 0 ? <Badge tone="bad">{card.suspended}</Badge> : "–"),
                sort: (card) => card.suspended,
              },
            ]}
            empty={<Empty icon="truck" title={t("fleet.none")} />}
            onOpen={(card) => setOpen(card.carrier)}
            rowKey={(card) => card.carrier}
            rows={cards}
          />
        ) : (
          <Loading />
        )}
      </Card>
      <Dialog onClose={() => setOpen(null)} open={chosen !== undefined} title={t("score.drivers")} wide>
        {chosen ? <DriverCards agents={chosen.agents} /> : null}
      </Dialog>
    </>
  );
}

function DriverCards({ agents }: { readonly agents: readonly DriverAgent[] }) {
  const me = useKnownMe();
  const now = useNow(60_000);
  const queries = useQueryClient();
  const reinstate = useMutation({
    mutationFn: (id: string) => api.post("/api/v1/agents/{id}/reinstate", { path: { id } }),
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
            agent.suspended && REINSTATES.includes(me.role) ? (
              <Button onClick={() => reinstate.mutate(agent.id)} pending={reinstate.isPending} size="sm">
                {t("score.reinstate")}
              </Button>
            ) : null,
        },
      ]}
      rowKey={(agent) => agent.id}
      rows={agents}
    />
  );
}
