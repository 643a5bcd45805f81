import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { api, authorised } from "@/api/client";
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
import { agentKinds, parseMetrics, total, type AgentKind } from "./metrics";

const EVERY_MS = 5_000;
const ACTS = ["supervisor", "admin"];

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

interface Reading {
  readonly at: number;
  readonly events: number;
  readonly kinds: readonly AgentKind[];
}

/** Commands a second of each kind, between two readings. */
export function ratesOf(before: Reading | null, now: Reading): Readonly<Record<string, number>> {
  if (!before || now.at <= before.at) return {};
  const seconds = (now.at - before.at) / 1000;
  return Object.fromEntries(
    now.kinds.map(({ kind, commands }) => {
      const earlier = before.kinds.find((other) => other.kind === kind)?.commands ?? 0;
      // A process that began anew counts from 0.
      return [kind, Math.max(0, commands - earlier) / seconds];
    }),
  );
}

/** What the process says about itself: health, agents, breakers, dead letters. */
export function System() {
  useLocale();
  const last = useRef<Reading | null>(null);
  const health = useQuery({
    queryKey: ["health"],
    queryFn: async () => api.get("/health", {}),
    refetchInterval: EVERY_MS,
  });
  const readings = useQuery({
    queryKey: ["metrics"],
    refetchInterval: EVERY_MS,
    queryFn: async ({ signal }) => {
      const samples = parseMetrics(await text("/metrics", signal));
      const now: Reading = {
        at: Date.now(),
        events: total(samples, "store_events_total"),
        kinds: agentKinds(samples),
      };
      const rates = ratesOf(last.current, now);
      last.current = now;
      return { ...now, rates };
    },
  });
  return (
    <>
      <PageHead subtitle={t("system.lead")} title={t("system.title")} />
      <div className="flex flex-col gap-4">
        <Loaded lines={2} query={health}>
          {({ status, version, dependencies }) => (
            <Figures>
              <Figure
                label={t("system.status")}
                value={
                  <Badge tone={status === "healthy" ? "good" : "bad"}>
                    {tKnown("system.status", status)}
                  </Badge>
                }
              />
              <Figure
                label={t("system.database")}
                value={
                  <Badge tone={dependencies.database === "connected" ? "good" : "bad"}>
                    {dependencies.database}
                  </Badge>
                }
              />
              <Figure
                label={t("system.engine")}
                value={
                  <Badge tone={dependencies.engine === "running" ? "good" : "bad"}>
                    {dependencies.engine}
                  </Badge>
                }
              />
              <Figure
                label={t("system.events")}
                value={readings.data ? formatNumber(readings.data.events) : "–"}
              />
              <Figure label={t("system.version")} value={version} />
            </Figures>
          )}
        </Loaded>
        <div className="grid gap-4 xl:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)]">
          <Card flush title={t("system.agents")}>
            <Loaded query={readings}>
              {({ kinds, rates }) => (
                <>
                  <Table
                    caption={t("system.agents")}
                    columns={[
                      {
                        key: "kind",
                        title: t("system.agents.kind"),
                        cell: (kind) => <span className="font-medium">{kind.kind}</span>,
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
                        key: "commands",
                        title: t("system.agents.messages"),
                        align: "right",
                        cell: (kind) => formatNumber(kind.commands),
                        sort: (kind) => kind.commands,
                      },
                      {
                        key: "rate",
                        title: t("system.agents.rate"),
                        align: "right",
                        cell: (kind) => formatNumber(rates[kind.kind] ?? 0, 1),
                        sort: (kind) => rates[kind.kind] ?? 0,
                      },
                      {
                        key: "mean",
                        title: t("system.agents.mean"),
                        align: "right",
                        wideOnly: true,
                        cell: (kind) =>
                          kind.commands > 0
                            ? `${formatNumber((kind.seconds / kind.commands) * 1e6)} µs`
                            : "–",
                      },
                    ]}
                    rowKey={(kind) => kind.kind}
                    rows={kinds}
                  />
                  <p className="border-t border-line px-4 py-2 text-xs text-ink-3">{t("system.source")}</p>
                </>
              )}
            </Loaded>
          </Card>
          <div className="flex flex-col gap-4">
            <Breakers />
            <DeadLetters />
          </div>
        </div>
      </div>
    </>
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
    mutationFn: (name: string) => api.post("/api/v1/breakers/{name}/reset", { path: { name } }),
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
                    <span className="block text-sm font-medium">{breaker.name}</span>
                    <span className="text-xs text-ink-3 tabular">
                      {t("system.breaker.calls", { n: breaker.counters.calls, m: breaker.counters.failed })}
                    </span>
                  </span>
                  <span className="flex items-center gap-2">
                    <Badge dot tone={BREAKER_TONES[breaker.state] ?? "neutral"}>
                      {t(`system.breaker.${breaker.state}` as TextKey)}
                    </Badge>
                    {breaker.state !== 0 && ACTS.includes(me.role) ? (
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
                cell: (letter) => <span className="font-medium">{letter.kind}</span>,
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
                  ACTS.includes(me.role) ? (
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
