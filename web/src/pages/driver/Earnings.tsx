import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { DataOf } from "@/api/client";
import { reads } from "@/api/queries";
import type { Payment } from "@/api/types";
import { download, writeCsv } from "@/csv/csv";
import { t, useLocale } from "@/i18n";
import { KEPT } from "@/offline/keptReads";
import { Status } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card, Figure, Figures, PageHead } from "@/ui/Card";
import { Chart } from "@/ui/Chart";
import { formatMoney, formatNumber, formatPercent, formatWhen, minor } from "@/ui/format";
import { Empty, Loaded, Notice } from "@/ui/States";
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

const SPANS = [7, 31, 92, 365] as const;
const DAY_MS = 86_400_000;

/** What a driver earned, and how well it did. */
export function Earnings() {
  useLocale();
  const payments = useQuery(reads.payments({ per_page: 100 }));
  const own = useQuery({ ...reads.ownAgents(), ...KEPT });
  const agent = drivers(own.data ?? [])[0];
  const list = useMemo(() => payments.data?.data ?? [], [payments.data]);
  const chart = useMemo(() => byDay(list), [list]);
  return (
    <>
      <PageHead title={t("earn.title")}>
        <Button
          disabled={list.length === 0}
          icon="download"
          onClick={() => download("payments.csv", writeCsv(rows(list)))}
        >
          {t("do.export")}
        </Button>
      </PageHead>
      <div className="flex flex-col gap-4">
        {agent ? <Performance agent={agent.id} /> : null}
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

/** Money of a span of days, and the record, as the server counts both. */
function Performance({ agent }: { readonly agent: string }) {
  const [days, setDays] = useState<number>(31);
  // Whole minutes, so that the same question is asked until the span is changed or a minute has passed.
  const [now] = useState(() => Math.floor(Date.now() / 60_000) * 60_000);
  const from = new Date(now - days * DAY_MS).toISOString().replace(".000", "");
  const performance = useQuery(reads.performance(agent, { from }));
  const share = (value: number | null | undefined) =>
    typeof value === "number" ? formatPercent(value) : "–";
  return (
    <section aria-label={t("earn.performance")} className="flex flex-col gap-3">
      <div className="flex flex-wrap gap-1" role="group" aria-label={t("earn.span")}>
        {SPANS.map((span) => (
          <button
            aria-pressed={days === span}
            className="h-9 rounded-md px-3 text-sm font-medium text-ink-2 hover:bg-sunken aria-pressed:bg-ink aria-pressed:text-surface"
            key={span}
            onClick={() => setDays(span)}
            type="button"
          >
            {t("earn.span.days", { n: span })}
          </button>
        ))}
      </div>
      <Loaded lines={3} query={performance}>
        {(found) => (
          <>
            <Figures>
              <Sum earned={found.paid} label={t("earn.paid")} />
              <Sum earned={found.outstanding} label={t("earn.held")} />
            </Figures>
            <Figures>
              <Figure
                label={t("earn.trips")}
                source={t("earn.source.record")}
                value={formatNumber(found.deliveries)}
              />
              <Figure
                label={t("earn.ontime")}
                source={t("earn.ontime.source")}
                value={share(found.on_time_rate)}
              />
              <Figure
                label={t("earn.rating")}
                source={t("earn.rating.source", { n: found.ratings })}
                value={typeof found.rating === "number" ? formatNumber(found.rating, 1) : "–"}
              />
              <Figure
                label={t("earn.success")}
                source={t("earn.success.source", { n: found.bids })}
                value={share(found.success_rate)}
              />
            </Figures>
            {found.gold ? <Notice tone="good">{t("earn.gold")}</Notice> : null}
          </>
        )}
      </Loaded>
    </section>
  );
}

type Earned = DataOf<"/api/v1/agents/{id}/performance">["paid"][number];

/** One figure a currency; a driver has one. */
function Sum({ earned, label }: { readonly earned: readonly Earned[]; readonly label: string }) {
  const [first] = earned;
  const none = { amount: "0.00", currency: "EUR" };
  return (
    <Figure
      label={label}
      source={t("earn.sum.source", {
        n: first?.trips ?? 0,
        perkm: t("word.perkm", { amount: formatMoney(first?.per_km ?? none) }),
      })}
      value={<Money value={first?.amount ?? none} />}
    />
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
