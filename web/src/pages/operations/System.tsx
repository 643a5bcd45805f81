import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, authorised } from "@/api/client";
import { desk, may, type AgentsNow } from "@/api/desk";
import { problemOf } from "@/api/problem";
import { reads } from "@/api/queries";
import { useKnownMe } from "@/app/useMe";
import { t, tKnown, useLocale, type TextKey } from "@/i18n";
import { Badge, type Tone } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card, Figure, Figures, PageHead } from "@/ui/Card";
import { formatNumber } from "@/ui/format";
import { Empty, Loaded } from "@/ui/States";
import { Table } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { ratesOf, type Reading } from "./rates";

const EVERY_MS = 5_000;

interface Breaker {
  readonly name: string;
  readonly state: 0 | 1 | 2;
  readonly counters: { readonly calls: number; readonly failed: number };
}

const BREAKER_TONES: readonly Tone[] = ["good", "warn", "bad"];

async function text(path: string, signal: AbortSignal): Promise<string> {
  const response = await authorised(path, { signal });
  if (!response.ok) throw await problemOf(response);
  return response.text();
}

/** Not known before the second answer. */
const rateOf = (rate: number | undefined) => (rate === undefined ? "–" : formatNumber(rate, 1));

/** The rates between the last two answers; empty before the second. */
function useRates(now: Reading | undefined): Readonly<Record<string, number>> {
  const before = useRef<Reading | null>(null);
  const [rates, setRates] = useState<Readonly<Record<string, number>>>({});
  useEffect(() => {
    if (!now || before.current?.at === now.at) return;
    setRates(ratesOf(before.current, now));
    before.current = now;
  }, [now]);
  return rates;
}

/** What the platform says about itself: health, agents and reactors, breakers, dead letters. */
export function System() {
  useLocale();
  const me = useKnownMe();
  const health = useQuery({
    queryKey: ["health"],
    queryFn: async () => api.get("/health", {}),
    refetchInterval: EVERY_MS,
  });
  const agents = useQuery({ ...desk.agents(), refetchInterval: EVERY_MS });
  const rates = useRates(agents.data);
  const known = Object.values(rates);
  const total = known.length === 0 ? undefined : known.reduce((sum, rate) => sum + rate, 0);
  const good = (isGood: boolean) => (isGood ? "good" : "bad");
  return (
    <>
      <PageHead subtitle={t("system.lead")} title={t("system.title")} />
      <div className="flex flex-col gap-4">
        <Loaded lines={2} query={health}>
          {({ status, version, dependencies }) => (
            <Figures>
              <Figure
                label={t("system.status")}
                value={<Badge tone={good(status === "healthy")}>{tKnown("system.status", status)}</Badge>}
              />
              <Figure
                label={t("system.database")}
                value={
                  <Badge tone={good(dependencies.database === "connected")}>
                    {tKnown("system.state", dependencies.database)}
                  </Badge>
                }
              />
              <Figure
                label={t("system.engine")}
                value={
                  <Badge tone={good(dependencies.engine === "running")}>
                    {tKnown("system.state", dependencies.engine)}
                  </Badge>
                }
              />
              <Figure
                label={t("system.events")}
                value={agents.data ? formatNumber(agents.data.position) : "–"}
              />
              <Figure label={t("system.throughput")} value={rateOf(total)} />
              <Figure label={t("system.version")} value={version} />
            </Figures>
          )}
        </Loaded>
        <div className="grid gap-4 xl:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)]">
          <div className="flex min-w-0 flex-col gap-4">
            <Card flush title={t("system.agents")}>
              <Loaded query={agents}>{(now) => <AgentKinds now={now} rates={rates} />}</Loaded>
            </Card>
            <Card flush title={t("system.reactors")}>
              <Loaded query={agents}>{(now) => <Reactors now={now} />}</Loaded>
            </Card>
          </div>
          <div className="flex min-w-0 flex-col gap-4">
            <Breakers />
            {may(me.role, "letters") ? <DeadLetters /> : null}
          </div>
        </div>
      </div>
    </>
  );
}

function AgentKinds({
  now,
  rates,
}: {
  readonly now: AgentsNow;
  readonly rates: Readonly<Record<string, number>>;
}) {
  return (
    <>
      <Table
        caption={t("system.agents")}
        columns={[
          {
            key: "kind",
            title: t("system.agents.kind"),
            cell: (kind) => <span className="font-medium">{tKnown("system.kind", kind.kind)}</span>,
            sort: (kind) => kind.kind,
          },
          {
            key: "awake",
            title: t("system.agents.awake"),
            align: "right",
            cell: (kind) => formatNumber(kind.awake),
            sort: (kind) => kind.awake,
          },
          {
            key: "messages",
            title: t("system.agents.messages"),
            align: "right",
            cell: (kind) => formatNumber(kind.messages),
            sort: (kind) => kind.messages,
          },
          {
            key: "rate",
            title: t("system.agents.rate"),
            align: "right",
            cell: (kind) => rateOf(rates[kind.kind]),
            sort: (kind) => rates[kind.kind] ?? 0,
          },
          {
            key: "mean",
            title: t("system.agents.mean"),
            align: "right",
            wideOnly: true,
            cell: (kind) =>
              kind.messages > 0 ? t("unit.us", { n: formatNumber(kind.mean_micros, 0) }) : "–",
            sort: (kind) => kind.mean_micros,
          },
        ]}
        rowKey={(kind) => kind.kind}
        rows={now.agents}
      />
      <p className="border-t border-line px-4 py-2 text-xs text-ink-3">
        {t("system.asleep")} {t("system.failures", { n: now.failures, m: now.refusals, k: now.waiting })}
      </p>
    </>
  );
}

function Reactors({ now }: { readonly now: AgentsNow }) {
  return (
    <Table
      caption={t("system.reactors")}
      columns={[
        {
          key: "name",
          title: t("system.reactors.name"),
          cell: (reactor) => (
            <>
              <span className="block font-medium">{tKnown("system.reactor", reactor.name)}</span>
              <span className="font-mono text-xs break-all text-ink-3">{reactor.name}</span>
            </>
          ),
          sort: (reactor) => reactor.name,
        },
        {
          key: "behind",
          title: t("system.reactors.behind"),
          align: "right",
          cell: (reactor) => (
            <Badge tone={reactor.behind === 0 ? "good" : reactor.behind < 1000 ? "neutral" : "warn"}>
              {reactor.behind === 0 ? t("system.reactors.current") : formatNumber(reactor.behind)}
            </Badge>
          ),
          sort: (reactor) => reactor.behind,
        },
        {
          key: "failures",
          title: t("system.reactors.failures"),
          align: "right",
          cell: (reactor) =>
            reactor.failures > 0 ? <Badge tone="bad">{formatNumber(reactor.failures)}</Badge> : "–",
          sort: (reactor) => reactor.failures,
        },
      ]}
      rowKey={(reactor) => reactor.name}
      rows={now.reactors}
    />
  );
}

function Breakers() {
  const me = useKnownMe();
  const queries = useQueryClient();
  const breakers = useQuery({
    queryKey: ["breakers"],
    refetchInterval: EVERY_MS,
    queryFn: async ({ signal }) =>
      JSON.parse(await text("/metrics/circuit_breakers", signal)) as readonly Breaker[],
  });
  const reset = useMutation({
    mutationFn: (name: string) =>
      api.post("/api/v1/breakers/{name}/reset", { path: { name }, idempotencyKey: crypto.randomUUID() }),
    onError: toast.failed,
    onSettled: () => queries.invalidateQueries({ queryKey: ["breakers"] }),
  });
  return (
    <Card flush title={t("system.breakers")}>
      <Loaded query={breakers}>
        {(list) =>
          list.length === 0 ? (
            <Empty icon="shield" title={t("system.breakers.none")} />
          ) : (
            <ul>
              {list.map((breaker) => (
                <li
                  className="flex items-center justify-between gap-3 border-b border-line px-4 py-2.5 last:border-0"
                  key={breaker.name}
                >
                  <span className="min-w-0">
                    <span className="block text-sm font-medium">
                      {tKnown("system.outside", breaker.name)}
                    </span>
                    <span className="text-xs text-ink-3 tabular">
                      {t("system.breaker.calls", { n: breaker.counters.calls, m: breaker.counters.failed })}
                    </span>
                  </span>
                  <span className="flex items-center gap-2">
                    <Badge dot tone={BREAKER_TONES[breaker.state] ?? "neutral"}>
                      {t(`system.breaker.${breaker.state}` as TextKey)}
                    </Badge>
                    {breaker.state !== 0 && may(me.role, "reset") && me.tenant.is_host ? (
                      <Button onClick={() => reset.mutate(breaker.name)} pending={reset.isPending} size="sm">
                        {t("system.breaker.reset")}
                      </Button>
                    ) : null}
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

function DeadLetters() {
  const me = useKnownMe();
  const queries = useQueryClient();
  const letters = useQuery({ ...reads.deadLetters(), refetchInterval: 30_000 });
  const replay = useMutation({
    mutationFn: (id: string) =>
      api.post("/api/v1/effects/dead-letters/{id}/replay", {
        path: { id },
        idempotencyKey: crypto.randomUUID(),
      }),
    onSuccess: () => toast.done(t("queue.replayed")),
    onError: toast.failed,
    onSettled: () => queries.invalidateQueries({ queryKey: ["dead-letters"] }),
  });
  return (
    <Card flush title={t("system.dead")}>
      <Loaded query={letters}>
        {(list) => (
          <Table
            caption={t("system.dead")}
            columns={[
              {
                key: "kind",
                title: t("system.dead.kind"),
                cell: (letter) => <span className="font-medium">{tKnown("call", letter.kind)}</span>,
              },
              {
                key: "error",
                title: t("system.dead.error"),
                cell: (letter) => <span className="text-ink-2">{letter.error}</span>,
              },
              {
                key: "attempts",
                title: t("system.dead.attempts"),
                align: "right",
                cell: (letter) => letter.attempts,
              },
              {
                key: "replay",
                title: "",
                align: "right",
                cell: (letter) =>
                  may(me.role, "replay") ? (
                    <Button
                      onClick={() => replay.mutate(letter.id)}
                      pending={replay.isPending && replay.variables === letter.id}
                      size="sm"
                    >
                      {t("queue.replay")}
                    </Button>
                  ) : null,
              },
            ]}
            empty={<Empty icon="check" title={t("system.dead.none")} />}
            rowKey={(letter) => letter.id}
            rows={list}
          />
        )}
      </Loaded>
    </Card>
  );
}
