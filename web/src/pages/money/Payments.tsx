import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { reads } from "@/api/queries";
import { useKnownMe } from "@/app/useMe";
import { t, tKnown, useLocale } from "@/i18n";
import { routeOf } from "@/pages/shipments/ShipmentList";
import { Status } from "@/ui/Badge";
import { ButtonLink } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { Select } from "@/ui/Field";
import { minor } from "@/ui/format";
import { Empty, Loaded } from "@/ui/States";
import { Pager, Table } from "@/ui/Table";
import { Money, When } from "@/ui/Values";

const STATUSES = ["pending", "held", "released", "refunded", "disputed", "failed"] as const;
const PER_PAGE = 20;
const READS_LEDGER = ["finance", "auditor", "admin"];

/** For what a payment is: the books know shipments by their ids only. */
function ShipmentName({ id }: { readonly id: string }) {
  const shipment = useQuery({ ...reads.shipment(id), staleTime: 600_000 }).data;
  return (
    <span className="block max-w-[46vw] min-w-36 py-1 md:max-w-64">
      <span className="block truncate font-medium tabular">{shipment?.reference ?? "…"}</span>
      <span className="block truncate text-xs text-ink-2">{shipment ? routeOf(shipment) : "…"}</span>
    </span>
  );
}

export function Payments() {
  useLocale();
  const me = useKnownMe();
  const search = useSearch({ from: "/shell/payments" });
  const navigate = useNavigate();
  const status = STATUSES.find((known) => known === search.status);
  const page = Math.max(1, Number(search.page ?? 1) || 1);
  const payments = useQuery({
    ...reads.payments({ page, per_page: PER_PAGE, ...(status ? { status } : {}) }),
    refetchInterval: 15_000,
  });
  return (
    <>
      <PageHead subtitle={t("money.explained")} title={t("pay.title")}>
        <div className="w-48">
          <Select
            aria-label={t("ship.filter.status")}
            choices={[
              { value: "", label: t("word.all") },
              ...STATUSES.map((value) => ({ value, label: t(`payment.${value}`) })),
            ]}
            onValue={(next) => void navigate({ to: "/payments", search: next ? { status: next } : {} })}
            value={status ?? ""}
          />
        </div>
      </PageHead>
      <Card flush>
        <Loaded lines={8} query={payments}>
          {({ data, meta }) => (
            <>
              <Table
                caption={t("pay.title")}
                columns={[
                  {
                    key: "shipment",
                    title: t("ship.col.reference"),
                    cell: (payment) => <ShipmentName id={payment.shipment_id} />,
                  },
                  {
                    key: "updated",
                    title: t("earn.date"),
                    wideOnly: true,
                    cell: (payment) => <When at={payment.updated_at} />,
                    sort: (payment) => payment.updated_at,
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
                    cell: (payment) => <Money strong value={payment.amount} />,
                    sort: (payment) => Number(minor(payment.amount.amount)),
                  },
                  {
                    key: "commission",
                    title: t("ship.page.payment.commission"),
                    align: "right",
                    wideOnly: true,
                    cell: (payment) => <Money value={payment.commission} />,
                  },
                  {
                    key: "carrier",
                    title: t("ship.page.payment.carrier"),
                    align: "right",
                    wideOnly: true,
                    cell: (payment) => <Money value={payment.carrier_amount} />,
                  },
                  {
                    key: "release",
                    title: t("pay.release"),
                    align: "right",
                    wideOnly: true,
                    cell: (payment) => (payment.release_at ? <When at={payment.release_at} /> : "–"),
                  },
                  {
                    key: "reason",
                    title: t("ship.page.payment.reason"),
                    wideOnly: true,
                    cell: (payment) => (payment.reason ? tKnown("reason", payment.reason) : "–"),
                  },
                  {
                    key: "ledger",
                    title: "",
                    align: "right",
                    wideOnly: true,
                    cell: (payment) =>
                      READS_LEDGER.includes(me.role) ? (
                        <ButtonLink look="quiet" search={{ payment: payment.id }} size="sm" to="/ledger">
                          {t("pay.postings")}
                        </ButtonLink>
                      ) : null,
                  },
                ]}
                empty={<Empty icon="coins" title={t("pay.none")} />}
                onOpen={(payment) =>
                  void navigate({ to: "/shipments/$id", params: { id: payment.shipment_id } })
                }
                rowKey={(payment) => payment.id}
                rows={data}
              />
              <Pager
                onPage={(next) =>
                  void navigate({ to: "/payments", search: { ...search, page: String(next) } })
                }
                page={page}
                perPage={PER_PAGE}
                total={meta.pagination?.total ?? data.length}
              />
            </>
          )}
        </Loaded>
      </Card>
    </>
  );
}
