import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "@/api/client";
import { reads } from "@/api/queries";
import { useKnownMe } from "@/app/useMe";
import { t, tKnown, useLocale, type TextKey } from "@/i18n";
import { routeOf } from "@/pages/shipments/ShipmentList";
import { Badge, type Tone } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { Select } from "@/ui/Field";
import { Empty, Loaded } from "@/ui/States";
import { Table } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { Deadline, When } from "@/ui/Values";

const KINDS = [
  "handed_over",
  "disputed",
  "payment_failed",
  "payment_disputed",
  "dead_letter",
  "selected",
] as const;
type Kind = (typeof KINDS)[number];

interface Item {
  readonly key: string;
  readonly kind: Kind;
  readonly title: string;
  readonly detail: string;
  readonly reason: string;
  readonly since: string | null;
  readonly due: string | null;
  readonly shipment: string | null;
  readonly letter: string | null;
}

const TONES: Record<Kind, Tone> = {
  handed_over: "bad",
  disputed: "bad",
  payment_failed: "bad",
  payment_disputed: "warn",
  dead_letter: "warn",
  selected: "info",
};

const SEES_LETTERS = ["supervisor", "support", "finance", "auditor", "admin"];
const REPLAYS = ["supervisor", "admin"];

/** What needs a person, earliest deadline first, then the oldest. */
function inOrder(items: readonly Item[]): readonly Item[] {
  const due = (item: Item) => item.due ?? "9999";
  return [...items].sort(
    (a, b) => due(a).localeCompare(due(b)) || (a.since ?? "").localeCompare(b.since ?? ""),
  );
}

function useItems() {
  const me = useKnownMe();
  const shipments = useQuery({
    ...reads.shipments({ per_page: 100, sort: "-created_at" }),
    refetchInterval: 10_000,
  });
  const disputed = useQuery({
    ...reads.shipments({ per_page: 100, status: "disputed" }),
    refetchInterval: 30_000,
  });
  const failedPayments = useQuery({
    ...reads.payments({ per_page: 100, status: "failed" }),
    refetchInterval: 30_000,
  });
  const disputedPayments = useQuery({
    ...reads.payments({ per_page: 100, status: "disputed" }),
    refetchInterval: 30_000,
  });
  const letters = useQuery({
    ...reads.deadLetters(),
    enabled: SEES_LETTERS.includes(me.role),
    refetchInterval: 30_000,
  });

  const open = ["requested", "bidding", "selected", "expired"];
  const handed = (shipments.data?.data ?? []).filter(
    (shipment) => shipment.handed_over && open.includes(shipment.status),
  );
  const selected = (shipments.data?.data ?? []).filter(
    (shipment) => shipment.selection && !shipment.handed_over,
  );
  const ofShipment =
    (kind: Kind) =>
    (shipment: (typeof handed)[number]): Item => ({
      key: `${kind}-${shipment.id}`,
      kind,
      title: shipment.reference,
      detail: routeOf(shipment),
      reason: shipment.failure ? tKnown("reason", shipment.failure) : tKnown("status", shipment.status),
      since: shipment.created_at,
      due: kind === "selected" ? (shipment.selection?.confirm_by ?? null) : shipment.pickup.window.to,
      shipment: shipment.id,
      letter: null,
    });
  const ofPayment =
    (kind: Kind) =>
    (payment: NonNullable<typeof failedPayments.data>["data"][number]): Item => ({
      key: `${kind}-${payment.id}`,
      kind,
      title: `${payment.amount.amount} ${payment.amount.currency}`,
      detail: tKnown("payment", payment.status),
      reason: payment.reason ? tKnown("reason", payment.reason) : "",
      since: payment.updated_at,
      due: payment.release_at ?? null,
      shipment: payment.shipment_id,
      letter: null,
    });
  const ofLetter = (letter: NonNullable<typeof letters.data>[number]): Item => ({
    key: letter.id,
    kind: "dead_letter",
    title: letter.kind,
    detail: t("table.rows", { n: letter.attempts }),
    reason: letter.error,
    since: null,
    due: null,
    shipment: null,
    letter: letter.id,
  });
  const items = inOrder([
    ...handed.map(ofShipment("handed_over")),
    ...selected.map(ofShipment("selected")),
    ...(disputed.data?.data ?? []).map(ofShipment("disputed")),
    ...(failedPayments.data?.data ?? []).map(ofPayment("payment_failed")),
    ...(disputedPayments.data?.data ?? []).map(ofPayment("payment_disputed")),
    ...(letters.data ?? []).map(ofLetter),
  ]);
  return { shipments, items };
}

export function Queue() {
  useLocale();
  const me = useKnownMe();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [kind, setKind] = useState("");
  const { shipments, items } = useItems();
  const shown = kind === "" ? items : items.filter((item) => item.kind === kind);
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
    <>
      <PageHead subtitle={t("queue.lead")} title={t("queue.title")}>
        <div className="w-56">
          <Select
            aria-label={t("queue.filter")}
            choices={[
              { value: "", label: `${t("word.all")} (${items.length})` },
              ...KINDS.map((value) => ({
                value,
                label: `${t(`queue.kind.${value}`)} (${items.filter((item) => item.kind === value).length})`,
              })),
            ]}
            onValue={setKind}
            value={kind}
          />
        </div>
      </PageHead>
      <Card flush>
        <Loaded lines={6} query={shipments}>
          {({ data }) => (
            <>
              <Table
                caption={t("queue.title")}
                columns={[
                  {
                    key: "kind",
                    title: t("queue.col.what"),
                    cell: (item) => (
                      <Badge dot tone={TONES[item.kind]}>
                        {t(`queue.kind.${item.kind}` as TextKey)}
                      </Badge>
                    ),
                    sort: (item) => item.kind,
                  },
                  {
                    key: "subject",
                    title: t("queue.col.subject"),
                    cell: (item) => (
                      <span>
                        <span className="font-medium tabular">{item.title}</span>
                        <span className="block text-xs text-ink-2">{item.detail}</span>
                      </span>
                    ),
                    sort: (item) => item.title,
                  },
                  {
                    key: "reason",
                    title: t("queue.col.reason"),
                    wideOnly: true,
                    cell: (item) => <span className="line-clamp-2 text-ink-2">{item.reason}</span>,
                  },
                  {
                    key: "since",
                    title: t("queue.col.since"),
                    wideOnly: true,
                    cell: (item) => (item.since ? <When at={item.since} /> : "–"),
                    sort: (item) => item.since ?? "",
                  },
                  {
                    key: "due",
                    title: t("queue.col.due"),
                    align: "right",
                    cell: (item) => (item.due ? <Deadline at={item.due} /> : "–"),
                    sort: (item) => item.due ?? "9999",
                  },
                  {
                    key: "act",
                    title: "",
                    align: "right",
                    cell: (item) =>
                      item.letter && REPLAYS.includes(me.role) ? (
                        <Button
                          onClick={() => item.letter && replay.mutate(item.letter)}
                          pending={replay.isPending && replay.variables === item.letter}
                          size="sm"
                        >
                          {t("queue.replay")}
                        </Button>
                      ) : null,
                  },
                ]}
                empty={<Empty detail={t("queue.clear.detail")} icon="check" title={t("queue.clear")} />}
                onOpen={(item) => {
                  if (item.shipment) void navigate({ to: "/shipments/$id", params: { id: item.shipment } });
                }}
                rowKey={(item) => item.key}
                rowName={(item) => item.title}
                rows={shown}
              />
              <p className="border-t border-line px-4 py-2 text-xs text-ink-3">
                {t("queue.scope", { n: data.length })}
              </p>
            </>
          )}
        </Loaded>
      </Card>
    </>
  );
}
