import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { reads } from "@/api/queries";
import type { Payment } from "@/api/types";
import { useKnownMe } from "@/app/useMe";
import { download, writeCsv } from "@/csv/csv";
import { t, useLocale } from "@/i18n";
import { Status } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card, Figure, Figures, PageHead } from "@/ui/Card";
import { Chart } from "@/ui/Chart";
import { formatMoney, formatNumber, formatPercent, formatWhen, minor, sumMoney } from "@/ui/format";
import { Empty, Loaded } from "@/ui/States";
import { Table } from "@/ui/Table";
import { Money, When } from "@/ui/Values";
import { drivers } from "./agent";

const DAY_S = 86_400;

/** What was paid out, by day; days without a payment are there too. */
export function byDay(payments: readonly Payment[]): {
  readonly days: readonly number[];
  readonly values: readonly number[];
} {
  const sums = new Map<number, bigint>();
  for (const payment of payments) {
    if (payment.status !== "released") continue;
    const day = Math.floor(Date.parse(payment.updated_at) / 1000 / DAY_S) * DAY_S;
    sums.set(day, (sums.get(day) ?? 0n) + minor(payment.carrier_amount.amount));
  }
  const known = [...sums.keys()].sort((a, b) => a - b);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return { days: [], values: [] };
  const days = Array.from({ length: (last - first) / DAY_S + 1 }, (_, at) => first + at * DAY_S);
  return { days, values: days.map((day) => Number(sums.get(day) ?? 0n) / 100) };
}

const euros = (value: number) => formatMoney({ amount: value.toFixed(0), currency: "EUR" });

/** A driver's earnings and a carrier's statement: the same payments. */
export function Earnings() {
  useLocale();
  const me = useKnownMe();
  const payments = useQuery(reads.payments({ per_page: 100 }));
  const agents = useQuery(reads.agents({ per_page: 100 }));
  const list = useMemo(() => payments.data?.data ?? [], [payments.data]);
  const chart = useMemo(() => byDay(list), [list]);
  const part = (status: string) =>
    sumMoney(
      list.filter((payment) => payment.status === status).map((payment) => payment.carrier_amount),
      "EUR",
    );
  const record = drivers(agents.data?.data ?? [])[0]?.record;
  const source = t("earn.source.payments", { n: list.length });
  return (
    <>
      <PageHead title={t(me.role === "carrier" ? "nav.statement" : "earn.title")}>
        <Button
          disabled={list.length === 0}
          icon="download"
          onClick={() => download("payments.csv", writeCsv(rows(list)))}
        >
          {t("do.export")}
        </Button>
      </PageHead>
      <div className="flex flex-col gap-4">
        <Figures>
          <Figure label={t("earn.paid")} source={source} value={<Money value={part("released")} />} />
          <Figure label={t("earn.held")} source={source} value={<Money value={part("held")} />} />
          {me.role === "driver" && record ? (
            <>
              <Figure
                label={t("earn.trips")}
                source={t("earn.source.record")}
                value={formatNumber(record.deliveries)}
              />
              <Figure
                label={t("earn.ontime")}
                value={typeof record.on_time_rate === "number" ? formatPercent(record.on_time_rate) : "–"}
              />
              <Figure
                label={t("earn.rating")}
                value={typeof record.rating === "number" ? formatNumber(record.rating, 1) : "–"}
              />
              <Figure label={t("earn.acceptance")} value={formatPercent(record.acceptance_rate)} />
            </>
          ) : null}
        </Figures>
        {chart.days.length > 1 ? (
          <Card title={t("earn.chart")}>
            <Chart days={chart.days} format={euros} label={t("earn.chart")} values={chart.values} />
          </Card>
        ) : null}
        <Card flush title={t("earn.list")}>
          <Loaded query={payments}>
            {({ data }) => (
              <Table
                caption={t("earn.list")}
                columns={[
                  {
                    key: "shipment",
                    title: t("earn.shipment"),
                    cell: (payment) => (
                      <Link
                        className="font-medium text-brand-text underline underline-offset-2"
                        params={{ id: payment.shipment_id }}
                        to="/shipments/$id"
                      >
                        {t("do.open")}
                      </Link>
                    ),
                  },
                  {
                    key: "status",
                    title: t("ship.col.status"),
                    cell: (payment) => <Status of="payment" value={payment.status} />,
                    sort: (payment) => payment.status,
                  },
                  {
                    key: "amount",
                    title: t("ship.col.price"),
                    align: "right",
                    wideOnly: true,
                    cell: (payment) => <Money value={payment.amount} />,
                  },
                  {
                    key: "yours",
                    title: t("earn.yours"),
                    align: "right",
                    cell: (payment) => <Money strong value={payment.carrier_amount} />,
                    sort: (payment) => Number(minor(payment.carrier_amount.amount)),
                  },
                  {
                    key: "date",
                    title: t("earn.date"),
                    align: "right",
                    wideOnly: true,
                    cell: (payment) => <When at={payment.updated_at} />,
                    sort: (payment) => payment.updated_at,
                  },
                ]}
                empty={<Empty detail={t("earn.none.detail")} icon="coins" title={t("earn.none")} />}
                rowKey={(payment) => payment.id}
                rows={data}
              />
            )}
          </Loaded>
        </Card>
      </div>
    </>
  );
}

function rows(payments: readonly Payment[]): (string | number)[][] {
  return [
    ["payment", "shipment", "status", "amount", "commission", "carrier_amount", "currency", "updated"],
    ...payments.map((payment) => [
      payment.id,
      payment.shipment_id,
      payment.status,
      payment.amount.amount,
      payment.commission.amount,
      payment.carrier_amount.amount,
      payment.amount.currency,
      formatWhen(payment.updated_at, "short", "en"),
    ]),
  ];
}
