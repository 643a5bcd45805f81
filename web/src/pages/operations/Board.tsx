import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { reads } from "@/api/queries";
import type { Shipment } from "@/api/types";
import { t, useLocale } from "@/i18n";
import { routeOf } from "@/pages/shipments/ShipmentList";
import { Badge, Status } from "@/ui/Badge";
import { Card, PageHead } from "@/ui/Card";
import { formatNumber, formatWindow } from "@/ui/format";
import { Empty, Loaded, Loading } from "@/ui/States";
import { Table } from "@/ui/Table";
import { Tabs } from "@/ui/Tabs";
import { Money, When } from "@/ui/Values";
import { BulkActions } from "./BulkActions";

const FleetView = lazy(() => import("./FleetView").then((module) => ({ default: module.FleetView })));

const COLUMNS = [
  { key: "market", states: ["requested", "bidding", "selected"] },
  { key: "booked", states: ["booked", "en_route_pickup"] },
  { key: "trip", states: ["loading", "in_transit", "unloading"] },
  { key: "done", states: ["delivered", "completed"] },
  { key: "out", states: ["disputed", "cancelled", "expired"] },
] as const;

/** All shipments by where they stand: as a table, as columns, on a map. */
export function Board() {
  useLocale();
  const { view = "kanban" } = useSearch({ from: "/shell/board" });
  const navigate = useNavigate();
  const list = useQuery({
    ...reads.shipments({ per_page: 100, sort: "-created_at" }),
    refetchInterval: 10_000,
  });
  return (
    <>
      <PageHead
        subtitle={
          list.data
            ? t("board.scope", { n: list.data.data.length, m: list.data.meta.pagination?.total ?? 0 })
            : ""
        }
        title={t("board.title")}
      />
      <Tabs
        current={["table", "map"].includes(view) ? view : "kanban"}
        label={t("board.views")}
        onTab={(next) => void navigate({ to: "/board", search: { view: next } })}
        tabs={(["kanban", "table", "map"] as const).map((key) => ({ key, title: t(`board.${key}`) }))}
      >
        <Loaded lines={8} query={list}>
          {({ data }) => {
            if (view === "table") return <BoardTable shipments={data} />;
            if (view === "map") return <BoardMap />;
            return <Kanban shipments={data} />;
          }}
        </Loaded>
      </Tabs>
    </>
  );
}

function BoardMap() {
  const [selected, setSelected] = useState<string | null>(null);
  return (
    <Suspense fallback={<Loading lines={8} />}>
      <FleetView onSelect={setSelected} selected={selected} />
    </Suspense>
  );
}

function Kanban({ shipments }: { readonly shipments: readonly Shipment[] }) {
  return (
    <div className="grid auto-cols-[minmax(180px,1fr)] grid-flow-col gap-3 overflow-x-auto pb-2">
      {COLUMNS.map(({ key, states }) => {
        const own = shipments.filter((shipment) => (states as readonly string[]).includes(shipment.status));
        return (
          <section aria-label={t(`board.column.${key}`)} className="flex min-w-0 flex-col gap-2" key={key}>
            <h2 className="flex items-center justify-between text-sm font-semibold">
              {t(`board.column.${key}`)}
              <span className="text-xs font-medium text-ink-3 tabular">{own.length}</span>
            </h2>
            {own.length === 0 ? (
              <p className="rounded-md border border-dashed border-line px-3 py-6 text-center text-xs text-ink-3">
                {t("board.column.empty")}
              </p>
            ) : null}
            <ul className="flex flex-col gap-2">
              {own.map((shipment) => (
                <li key={shipment.id}>
                  <Link
                    className="block rounded-md border border-line bg-surface px-3 py-2 hover:border-line-strong"
                    params={{ id: shipment.id }}
                    to="/shipments/$id"
                  >
                    <span className="flex items-center justify-between gap-2">
                      <span className="truncate text-sm font-medium">{routeOf(shipment)}</span>
                    </span>
                    <span className="flex items-center justify-between gap-2 pt-1 text-xs text-ink-3 tabular">
                      {shipment.reference}
                      {shipment.booking ? (
                        <Money value={shipment.booking.price} />
                      ) : (
                        <span>{t("table.bids", { n: shipment.bids })}</span>
                      )}
                    </span>
                    <span className="flex flex-wrap items-center justify-between gap-x-2 gap-y-1 pt-1.5">
                      <span className="flex flex-wrap gap-1">
                        <Status of="status" value={shipment.status} />
                        {shipment.handed_over ? <Badge tone="bad">{t("board.handed")}</Badge> : null}
                      </span>
                      <span className="text-xs text-ink-2">
                        <When at={shipment.pickup.window.from} />
                      </span>
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}

function BoardTable({ shipments }: { readonly shipments: readonly Shipment[] }) {
  const navigate = useNavigate();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const chosen = shipments.filter((shipment) => selected.has(shipment.id));
  return (
    <Card
      aside={chosen.length > 0 ? <BulkActions chosen={chosen} onDone={setSelected} /> : undefined}
      flush
      title={chosen.length > 0 ? t("table.selected", { n: chosen.length }) : t("board.table")}
    >
      <Table
        caption={t("board.title")}
        columns={[
          {
            key: "reference",
            title: t("ship.col.reference"),
            cell: (shipment) => (
              <span className="font-medium whitespace-nowrap tabular">{shipment.reference}</span>
            ),
            sort: (shipment) => shipment.reference,
          },
          { key: "route", title: t("ship.col.route"), cell: routeOf, sort: routeOf },
          {
            key: "status",
            title: t("ship.col.status"),
            cell: (shipment) => <Status of="status" value={shipment.status} />,
            sort: (shipment) =>
              COLUMNS.findIndex(({ states }) => (states as readonly string[]).includes(shipment.status)),
          },
          {
            key: "pickup",
            title: t("ship.col.pickup"),
            wideOnly: true,
            cell: (shipment) => (
              <span className="whitespace-nowrap tabular">
                {formatWindow(shipment.pickup.window.from, shipment.pickup.window.to)}
              </span>
            ),
            sort: (shipment) => shipment.pickup.window.from,
          },
          {
            key: "cargo",
            title: t("ship.col.cargo"),
            align: "right",
            wideOnly: true,
            cell: (shipment) => t("word.kg", { n: formatNumber(shipment.cargo.weight_kg) }),
            sort: (shipment) => shipment.cargo.weight_kg,
          },
          {
            key: "bids",
            title: t("ship.col.bids"),
            align: "right",
            wideOnly: true,
            cell: (shipment) => shipment.bids,
            sort: (shipment) => shipment.bids,
          },
          {
            key: "price",
            title: t("ship.col.price"),
            align: "right",
            wideOnly: true,
            cell: (shipment) => (shipment.booking ? <Money value={shipment.booking.price} /> : "–"),
            sort: (shipment) => Number(shipment.booking?.price.amount ?? 0),
          },
        ]}
        empty={<Empty title={t("ship.empty")} />}
        onOpen={(shipment) => void navigate({ to: "/shipments/$id", params: { id: shipment.id } })}
        onSelected={setSelected}
        rowKey={(shipment) => shipment.id}
        rowName={(shipment) => shipment.reference}
        rows={shipments}
        selected={selected}
      />
    </Card>
  );
}
