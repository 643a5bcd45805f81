import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { readFile } from "@/api/client";
import { reads } from "@/api/queries";
import type { Statement as Sheet } from "@/api/types";
import { saveFile } from "@/csv/csv";
import { currentLocale, t, useLocale } from "@/i18n";
import { Status } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card, Figure, Figures, PageHead } from "@/ui/Card";
import { Select } from "@/ui/Field";
import { minor } from "@/ui/format";
import { Empty, Loaded, Notice } from "@/ui/States";
import { Table, type Column } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { Money, When } from "@/ui/Values";

const MONTHS = 12;

/** The last months as `2030-05`, this one first. */
export function months(now: Date): readonly string[] {
  return Array.from({ length: MONTHS }, (_, back) => {
    const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1));
    return first.toISOString().slice(0, 7);
  });
}

/** A month as the instants that it begins and ends with, in UTC as the books are kept. */
export function spanOf(month: string): { readonly from: string; readonly to: string } {
  const [year = 0, number = 1] = month.split("-").map(Number);
  const at = (offset: number) => new Date(Date.UTC(year, number - 1 + offset, 1)).toISOString();
  return { from: at(0).replace(".000", ""), to: at(1).replace(".000", "") };
}

function nameOf(month: string): string {
  const shape = new Intl.DateTimeFormat(currentLocale(), { month: "long", year: "numeric", timeZone: "UTC" });
  return shape.format(new Date(`${month}-01T00:00:00Z`));
}

/** A carrier's money, month by month, booking by booking. */
export function Statement() {
  useLocale();
  const search = useSearch({ from: "/shell/statement" });
  const navigate = useNavigate();
  const known = months(new Date());
  const month = known.find((other) => other === search.month) ?? known[0] ?? "";
  const span = spanOf(month);
  const statement = useQuery(reads.statement(span));
  const file = useMutation({
    mutationFn: () => readFile("/api/v1/statements", { query: { ...span, format: "csv" } }),
    onSuccess: (table) => saveFile(`statement-${month}.csv`, table),
    onError: toast.failed,
  });
  return (
    <>
      <PageHead subtitle={t("statement.lead")} title={t("nav.statement")}>
        <div className="w-44">
          <Select
            aria-label={t("statement.month")}
            choices={known.map((value) => ({ value, label: nameOf(value) }))}
            onValue={(next) => void navigate({ to: "/statement", search: { month: next } })}
            value={month}
          />
        </div>
        <Button
          disabled={(statement.data?.lines.length ?? 0) === 0}
          icon="download"
          onClick={() => file.mutate()}
          pending={file.isPending}
        >
          {t("do.export")}
        </Button>
      </PageHead>
      <Loaded lines={8} query={statement}>
        {(sheet) => (
          <div className="flex flex-col gap-4">
            {sheet.totals.map((total) => (
              <Figures key={total.paid.currency}>
                <Figure
                  label={t("earn.paid")}
                  source={t("statement.source", { n: total.bookings })}
                  value={<Money value={total.paid} />}
                />
                <Figure label={t("earn.held")} value={<Money value={total.outstanding} />} />
                <Figure
                  label={t("statement.commission")}
                  source={t("money.explained")}
                  value={<Money value={total.commission} />}
                />
              </Figures>
            ))}
            {sheet.truncated ? <Notice tone="warn">{t("statement.truncated")}</Notice> : null}
            <Card flush title={nameOf(month)}>
              <Table
                caption={t("nav.statement")}
                columns={columns()}
                empty={<Empty detail={t("earn.none.detail")} icon="coins" title={t("statement.none")} />}
                onOpen={(line) => void navigate({ to: "/shipments/$id", params: { id: line.shipment_id } })}
                rowKey={(line) => line.payment_id}
                rowName={(line) => line.reference ?? line.shipment_id}
                rows={sheet.lines}
              />
            </Card>
          </div>
        )}
      </Loaded>
    </>
  );
}

type Line = Sheet["lines"][number];

function columns(): readonly Column<Line>[] {
  const amount = (line: Line, key: "price" | "commission" | "payout" | "cancellation_fee") =>
    Number(minor(line[key].amount));
  return [
    {
      key: "reference",
      title: t("ship.col.reference"),
      sort: (line) => line.reference ?? "",
      cell: (line) => (
        <Link
          className="font-medium text-brand-text underline underline-offset-2 tabular"
          params={{ id: line.shipment_id }}
          tabIndex={-1}
          to="/shipments/$id"
        >
          {line.reference ?? t("do.open")}
        </Link>
      ),
    },
    {
      key: "booked",
      title: t("statement.booked"),
      wideOnly: true,
      sort: (line) => line.booked_at,
      cell: (line) => <When at={line.booked_at} />,
    },
    {
      key: "status",
      title: t("ship.col.status"),
      sort: (line) => line.status,
      cell: (line) => <Status of="payment" value={line.status} />,
    },
    {
      key: "price",
      title: t("ship.col.price"),
      align: "right",
      wideOnly: true,
      sort: (line) => amount(line, "price"),
      cell: (line) => <Money value={line.price} />,
    },
    {
      key: "commission",
      title: t("statement.commission"),
      align: "right",
      wideOnly: true,
      sort: (line) => amount(line, "commission"),
      cell: (line) => <Money value={line.commission} />,
    },
    {
      key: "payout",
      title: t("earn.yours"),
      align: "right",
      sort: (line) => amount(line, "payout"),
      cell: (line) => <Money strong value={line.payout} />,
    },
    {
      key: "fee",
      title: t("ship.page.payment.fee"),
      align: "right",
      wideOnly: true,
      sort: (line) => amount(line, "cancellation_fee"),
      cell: (line) =>
        amount(line, "cancellation_fee") > 0 ? <Money value={line.cancellation_fee} /> : <span>{"–"}</span>,
    },
  ];
}
