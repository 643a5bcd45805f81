import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { api } from "@/api/client";
import { desk, may, type QueueEntry } from "@/api/desk";
import { useKnownMe } from "@/app/useMe";
import { t, tKnown, useLocale } from "@/i18n";
import { Badge, type Tone } from "@/ui/Badge";
import { Button, ButtonLink } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { Empty, Loaded } from "@/ui/States";
import { Pager, Table } from "@/ui/Table";
import { Tabs } from "@/ui/Tabs";
import { toast } from "@/ui/Toast";
import { Deadline, When } from "@/ui/Values";
import { HandOver } from "./HandOver";
import { SettleIssue } from "./SettleIssue";

export const KINDS = [
  "handed_over",
  "issue",
  "alert",
  "dispute",
  "payment_declined",
  "dead_letter",
  "dock_missing",
  "driver_suspended",
  "papers_ending",
] as const satisfies readonly QueueEntry["kind"][];

const TONES: Record<QueueEntry["kind"], Tone> = {
  handed_over: "bad",
  dispute: "bad",
  payment_declined: "bad",
  issue: "warn",
  alert: "warn",
  dead_letter: "warn",
  dock_missing: "warn",
  driver_suspended: "info",
  papers_ending: "info",
};
/** Kinds whose reason says more than their name. */
const SAYS_MORE: readonly QueueEntry["kind"][] = ["issue", "alert", "payment_declined", "papers_ending"];
const PER_PAGE = 25;
const EVERY_MS = 10_000;

/** What needs a person, as the server orders it: what is due first comes first. */
export function Queue() {
  useLocale();
  const search = useSearch({ from: "/shell/queue" });
  const navigate = useNavigate();
  const kind = KINDS.find((known) => known === search.kind);
  const page = Math.max(1, Math.trunc(Number(search.page ?? "1")) || 1);
  const queue = useQuery({
    ...desk.queue({ page, per_page: PER_PAGE, ...(kind ? { kind } : {}) }),
    refetchInterval: EVERY_MS,
  });
  const total = queue.data?.meta.pagination?.total;
  const current = kind ?? "all";
  return (
    <>
      <PageHead subtitle={t("queue.lead")} title={t("queue.title")} />
      <Tabs
        current={current}
        label={t("queue.filter")}
        onTab={(next) => void navigate({ to: "/queue", search: next === "all" ? {} : { kind: next } })}
        tabs={["all", ...KINDS].map((key) => ({
          key,
          title: key === "all" ? t("word.all") : tKnown("queue.kind", key),
          ...(key === current && total !== undefined ? { count: total } : {}),
        }))}
      >
        <Card flush>
          <Loaded lines={8} query={queue}>
            {({ data, meta }) => (
              <>
                {kind === "handed_over" ? <HandOver entries={data} /> : <Entries entries={data} />}
                <Pager
                  onPage={(next) =>
                    void navigate({ to: "/queue", search: { ...(kind ? { kind } : {}), page: String(next) } })
                  }
                  page={page}
                  perPage={PER_PAGE}
                  total={meta.pagination?.total ?? data.length}
                />
              </>
            )}
          </Loaded>
        </Card>
      </Tabs>
    </>
  );
}

function Entries({ entries }: { readonly entries: readonly QueueEntry[] }) {
  const navigate = useNavigate();
  const [settling, setSettling] = useState<QueueEntry | null>(null);
  return (
    <>
      <Table
        caption={t("queue.title")}
        columns={[
          {
            key: "kind",
            title: t("queue.col.what"),
            wideOnly: true,
            cell: (entry) => <Kind entry={entry} />,
          },
          {
            key: "subject",
            title: t("queue.col.subject"),
            cell: (entry) => (
              <span className="flex min-w-0 flex-col items-start gap-0.5">
                <span className="font-medium tabular">{entry.reference ?? tKnown("call", entry.reason)}</span>
                <span className="md:hidden">
                  <Kind entry={entry} />
                </span>
                {SAYS_MORE.includes(entry.kind) && entry.reference ? (
                  <span className="text-xs text-ink-2">{tKnown("queue.reason", entry.reason)}</span>
                ) : null}
              </span>
            ),
          },
          {
            key: "since",
            title: t("queue.col.since"),
            wideOnly: true,
            cell: (entry) => <When at={entry.since} />,
          },
          {
            key: "due",
            title: t("queue.col.due"),
            align: "right",
            cell: (entry) => (
              <span className="flex flex-col items-end gap-1 py-1 md:flex-row md:items-center md:justify-end md:gap-4 md:py-0">
                {entry.due_at ? <Deadline at={entry.due_at} /> : null}
                <span className="flex justify-end md:w-36">
                  <Act entry={entry} onSettle={() => setSettling(entry)} />
                </span>
              </span>
            ),
          },
        ]}
        empty={<Empty detail={t("queue.clear.detail")} icon="check" title={t("queue.clear")} />}
        onOpen={(entry) => {
          if (entry.shipment_id) void navigate({ to: "/shipments/$id", params: { id: entry.shipment_id } });
          else if (entry.kind === "driver_suspended")
            void navigate({ to: "/drivers/$id", params: { id: entry.id } });
        }}
        rowKey={(entry) => `${entry.kind}-${entry.id}`}
        rowName={(entry) => entry.reference ?? entry.id}
        rows={entries}
      />
      {settling ? <SettleIssue entry={settling} onClose={() => setSettling(null)} /> : null}
    </>
  );
}

function Kind({ entry }: { readonly entry: QueueEntry }) {
  return (
    <Badge dot tone={TONES[entry.kind]}>
      {tKnown("queue.kind", entry.kind)}
    </Badge>
  );
}

/** The one thing that most likely settles an entry. */
function Act({ entry, onSettle }: { readonly entry: QueueEntry; readonly onSettle: () => void }): ReactNode {
  const me = useKnownMe();
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: (call: () => Promise<unknown>) => call(),
    onSuccess: () => toast.done(t("queue.done")),
    onError: toast.failed,
    onSettled: () => queries.invalidateQueries({ queryKey: ["queue"] }),
  });
  const path = { id: entry.id };
  const once = { path, idempotencyKey: `${entry.kind}-${entry.id}-${entry.since}` };
  const button = (label: string, call: () => Promise<unknown>) => (
    <Button onClick={() => act.mutate(call)} pending={act.isPending} size="sm">
      {label}
    </Button>
  );
  switch (entry.kind) {
    case "issue":
      return may(me.role, "resolve") ? (
        <Button onClick={onSettle} size="sm">
          {t("queue.settle")}
        </Button>
      ) : null;
    case "alert":
      return may(me.role, "resolve")
        ? button(t("queue.settle"), () => api.post("/api/v1/alerts/{id}/close", once))
        : null;
    case "payment_declined":
      return may(me.role, "settle")
        ? button(t("queue.retry"), () =>
            api.post("/api/v1/payments/{id}/retry", { path, idempotencyKey: crypto.randomUUID() }),
          )
        : null;
    case "dead_letter":
      return may(me.role, "replay")
        ? button(t("queue.replay"), () =>
            api.post("/api/v1/effects/dead-letters/{id}/replay", {
              path,
              idempotencyKey: crypto.randomUUID(),
            }),
          )
        : null;
    case "driver_suspended":
      return may(me.role, "reinstate")
        ? button(t("score.reinstate"), () => api.post("/api/v1/agents/{id}/reinstate", once))
        : null;
    case "dispute":
      return may(me.role, "settle") ? (
        <ButtonLink search={{ status: "disputed" }} size="sm" to="/payments">
          {t("queue.dispute")}
        </ButtonLink>
      ) : null;
    case "dock_missing":
      return may(me.role, "dock") ? (
        <ButtonLink search={{ appointment: entry.id }} size="sm" to="/book">
          {t("queue.dock")}
        </ButtonLink>
      ) : null;
    case "handed_over":
      return entry.shipment_id && may(me.role, "dispatch") ? (
        <ButtonLink params={{ id: entry.shipment_id }} size="sm" to="/shipments/$id">
          {t("queue.find")}
        </ButtonLink>
      ) : null;
    case "papers_ending":
      return (
        <ButtonLink size="sm" to="/scorecards">
          {t("queue.papers")}
        </ButtonLink>
      );
  }
}
