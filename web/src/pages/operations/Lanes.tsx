import { useQueries } from "@tanstack/react-query";
import { reads } from "@/api/queries";
import type { Shipment } from "@/api/types";
import { placeOf } from "@/geo/places";
import { t, useLocale } from "@/i18n";
import { Card, PageHead } from "@/ui/Card";
import { formatMoney, formatPercent, minor } from "@/ui/format";
import { Empty, Loading } from "@/ui/States";
import { Table } from "@/ui/Table";
import { When } from "@/ui/Values";

export interface Lane {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  /** Minor units, sorted. */
  readonly prices: readonly bigint[];
  readonly perKm: number;
  readonly onTime: number | null;
  readonly last: string;
}

function median<T>(sorted: readonly T[]): T | undefined {
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

const ascending = (a: bigint | number, b: bigint | number) => (a < b ? -1 : a > b ? 1 : 0);

/** What was booked between each pair of cities. */
export function lanesOf(shipments: readonly Shipment[]): readonly Lane[] {
  const booked = shipments.filter((shipment) => shipment.booking);
  const groups = Map.groupBy(
    booked,
    (shipment) => `${placeOf(shipment.pickup)}\u0000${placeOf(shipment.delivery)}`,
  );
  return [...groups].map(([key, own]) => {
    const [from = "", to = ""] = key.split("\u0000");
    const prices = own.map((shipment) => minor(shipment.booking?.price.amount ?? "0")).sort(ascending);
    const perKm = own
      .map(
        (shipment) =>
          Number(minor(shipment.booking?.price.amount ?? "0")) / 100 / Math.max(1, shipment.road_km),
      )
      .sort(ascending);
    const judged = own.filter((shipment) => typeof shipment.proof?.on_time === "boolean");
    return {
      key,
      from,
      to,
      prices,
      perKm: median(perKm) ?? 0,
      onTime:
        judged.length === 0
          ? null
          : judged.filter((shipment) => shipment.proof?.on_time).length / judged.length,
      last:
        own
          .map((shipment) => shipment.booking?.booked_at ?? "")
          .sort()
          .at(-1) ?? "",
    };
  });
}

const PAGES = 5;

const price = (units: bigint | undefined) => {
  const text = (units ?? 0n).toString().padStart(3, "0");
  return formatMoney({ amount: `${text.slice(0, -2)}.${text.slice(-2)}`, currency: "EUR" });
};

export function Lanes() {
  useLocale();
  const pages = useQueries({
    queries: Array.from({ length: PAGES }, (_, at) =>
      reads.shipments({ page: at + 1, per_page: 100, sort: "-created_at" }),
    ),
  });
  const shipments = pages.flatMap((page) => page.data?.data ?? []);
  const lanes = [...lanesOf(shipments)].sort((a, b) => b.prices.length - a.prices.length);
  return (
    <>
      <PageHead subtitle={t("lanes.lead", { n: shipments.length })} title={t("lanes.title")} />
      <Card flush>
        {pages.every((page) => page.isPending) ? (
          <Loading />
        ) : (
          <Table
            caption={t("lanes.title")}
            columns={[
              {
                key: "from",
                title: t("lanes.from"),
                cell: (lane) => <span className="font-medium">{lane.from}</span>,
                sort: (lane) => lane.from,
              },
              {
                key: "to",
                title: t("lanes.to"),
                cell: (lane) => <span className="font-medium">{lane.to}</span>,
                sort: (lane) => lane.to,
              },
              {
                key: "count",
                title: t("lanes.count"),
                align: "right",
                cell: (lane) => lane.prices.length,
                sort: (lane) => lane.prices.length,
              },
              {
                key: "median",
                title: t("lanes.median"),
                align: "right",
                cell: (lane) => price(median(lane.prices)),
                sort: (lane) => Number(median(lane.prices) ?? 0n),
              },
              {
                key: "range",
                title: t("lanes.range"),
                align: "right",
                wideOnly: true,
                cell: (lane) => `${price(lane.prices[0])} – ${price(lane.prices.at(-1))}`,
              },
              {
                key: "perkm",
                title: t("lanes.perkm"),
                align: "right",
                wideOnly: true,
                cell: (lane) => formatMoney({ amount: lane.perKm.toFixed(2), currency: "EUR" }),
                sort: (lane) => lane.perKm,
              },
              {
                key: "ontime",
                title: t("lanes.ontime"),
                align: "right",
                wideOnly: true,
                cell: (lane) => (lane.onTime === null ? "–" : formatPercent(lane.onTime)),
                sort: (lane) => lane.onTime ?? -1,
              },
              {
                key: "last",
                title: t("lanes.last"),
                align: "right",
                wideOnly: true,
                cell: (lane) => <When at={lane.last} />,
                sort: (lane) => lane.last,
              },
            ]}
            empty={<Empty icon="navigate" title={t("lanes.none")} />}
            rowKey={(lane) => lane.key}
            rows={lanes}
          />
        )}
      </Card>
    </>
  );
}
