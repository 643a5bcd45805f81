import { useQueries, useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api } from "@/api/client";
import { may, type QueueEntry } from "@/api/desk";
import { reads } from "@/api/queries";
import type { Bid, Shipment } from "@/api/types";
import { useKnownMe } from "@/app/useMe";
import { t, tKnown } from "@/i18n";
import { routeOf } from "@/pages/shipments/ShipmentList";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { formatNumber, formatWindow } from "@/ui/format";
import { Empty } from "@/ui/States";
import { Table } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { Deadline, Money } from "@/ui/Values";

interface Waiting {
  readonly entry: QueueEntry;
  readonly shipment: Shipment | undefined;
  readonly best: Bid | undefined;
}

/** The shipments that the market gave to a dispatcher, with all that is needed to find a carrier by hand. */
export function HandOver({ entries }: { readonly entries: readonly QueueEntry[] }) {
  const me = useKnownMe();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const shipments = useQueries({ queries: entries.map(({ id }) => reads.shipment(id)) });
  const bids = useQueries({
    queries: entries.map(({ id }, at) => ({
      ...reads.bids(id),
      enabled: (shipments[at]?.data?.bids ?? 0) > 0,
    })),
  });
  const rows = entries.map((entry, at): Waiting => ({
    entry,
    shipment: shipments[at]?.data,
    best: bids[at]?.data?.find((bid) => bid.status === "open" || bid.status === "submitted"),
  }));
  const select = useMutation({
    mutationFn: ({ best }: Waiting) =>
      api.post("/api/v1/bids/{id}/select", {
        path: { id: best?.id ?? "" },
        idempotencyKey: `select-${best?.id ?? ""}`,
      }),
    onSuccess: () => toast.done(t("handover.selected")),
    onError: toast.failed,
    onSettled: (_, __, { entry }) => {
      void queries.invalidateQueries({ queryKey: ["queue"] });
      void queries.invalidateQueries({ queryKey: ["shipment", entry.id] });
    },
  });
  return (
    <Table
      caption={t("queue.kind.handed_over")}
      columns={[
        {
          key: "route",
          title: t("ship.col.route"),
          cell: ({ entry, shipment }) => (
            <span className="block min-w-0">
              <span className="block font-medium">{shipment ? routeOf(shipment) : "…"}</span>
              <span className="flex flex-wrap items-center gap-x-2 text-xs text-ink-3 tabular">
                {entry.reference}
                {shipment?.dispatcher_id ? (
                  <Badge tone={shipment.dispatcher_id === me.id ? "brand" : "neutral"}>
                    {t(shipment.dispatcher_id === me.id ? "handover.own" : "handover.taken")}
                  </Badge>
                ) : null}
              </span>
            </span>
          ),
        },
        {
          key: "cargo",
          title: t("ship.col.cargo"),
          wideOnly: true,
          cell: ({ shipment }) =>
            shipment ? (
              <span className="block">
                <span className="block tabular">
                  {t("word.kg", { n: formatNumber(shipment.cargo.weight_kg) })}
                </span>
                <span className="block text-xs text-ink-3">
                  {shipment.cargo.kind ? tKnown("cargo", shipment.cargo.kind) : ""}
                </span>
              </span>
            ) : (
              "…"
            ),
        },
        {
          key: "pickup",
          title: t("ship.col.pickup"),
          wideOnly: true,
          cell: ({ shipment }) =>
            shipment ? (
              <span className="whitespace-nowrap tabular">
                {formatWindow(shipment.pickup.window.from, shipment.pickup.window.to)}
              </span>
            ) : (
              "…"
            ),
        },
        {
          key: "asked",
          title: t("handover.asked"),
          align: "right",
          wideOnly: true,
          cell: ({ shipment }) =>
            shipment ? t("handover.answered", { n: shipment.offers, m: shipment.bids }) : "…",
        },
        {
          key: "due",
          title: t("queue.col.due"),
          align: "right",
          cell: ({ entry }) => (entry.due_at ? <Deadline at={entry.due_at} /> : "–"),
        },
        {
          key: "best",
          title: t("handover.best"),
          align: "right",
          cell: (row) => {
            if (!row.best) return <span className="text-ink-3">{t("handover.nobid")}</span>;
            return (
              <span className="flex items-center justify-end gap-2">
                <Money strong value={row.best.price} />
                {may(me.role, "select") ? (
                  <Button
                    onClick={() => select.mutate(row)}
                    pending={select.isPending && select.variables.entry.id === row.entry.id}
                    size="sm"
                  >
                    {t("handover.select")}
                  </Button>
                ) : null}
              </span>
            );
          },
        },
      ]}
      empty={<Empty detail={t("handover.clear.detail")} icon="check" title={t("handover.clear")} />}
      onOpen={({ entry }) => void navigate({ to: "/shipments/$id", params: { id: entry.id } })}
      rowKey={({ entry }) => entry.id}
      rowName={({ entry }) => entry.reference ?? entry.id}
      rows={rows}
    />
  );
}
