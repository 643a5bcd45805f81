import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { reads } from "@/api/queries";
import { t, tKnown, useLocale } from "@/i18n";
import { useOrganisations } from "@/pages/operations/useOrganisations";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { Empty, Loaded } from "@/ui/States";
import { Pager, Table } from "@/ui/Table";
import { Tabs } from "@/ui/Tabs";
import { Money, When } from "@/ui/Values";

const PER_PAGE = 50;

/** The books: that they balance, who is owed what, and each entry. */
export function Ledger() {
  useLocale();
  const { payment } = useSearch({ from: "/shell/ledger" });
  const [tab, setTab] = useState(payment ? "postings" : "trial");
  return (
    <>
      <PageHead title={t("ledger.title")} />
      <Tabs
        current={tab}
        label={t("ledger.title")}
        onTab={setTab}
        tabs={[
          { key: "trial", title: t("ledger.trial") },
          { key: "accounts", title: t("ledger.accounts") },
          { key: "postings", title: t("ledger.postings") },
        ]}
      >
        {tab === "trial" ? <Trial /> : tab === "accounts" ? <Accounts /> : <Postings payment={payment} />}
      </Tabs>
    </>
  );
}

function Trial() {
  const trial = useQuery({ ...reads.trialBalance(), refetchInterval: 15_000 });
  return (
    <Loaded query={trial}>
      {({ accounts, totals }) => (
        <Card
          aside={totals.map((total) => {
            const even = total.debit.amount === total.credit.amount;
            return (
              <Badge dot key={total.currency} tone={even ? "good" : "bad"}>
                {t(even ? "ledger.balanced" : "ledger.unbalanced")}
              </Badge>
            );
          })}
          flush
          title={t("ledger.trial")}
        >
          <div aria-label={t("ledger.trial")} className="overflow-x-auto" role="region" tabIndex={0}>
            <table className="w-full text-sm">
              <caption className="sr-only">{t("ledger.trial")}</caption>
              <thead>
                <tr className="border-b border-line text-xs text-ink-3">
                  <th className="h-9 px-3 text-left font-medium md:px-4">{t("ledger.kind")}</th>
                  <th className="px-4 text-right font-medium max-md:hidden">{t("ledger.accounts")}</th>
                  <th className="px-1.5 text-right font-medium md:px-4">{t("ledger.debit")}</th>
                  <th className="px-1.5 text-right font-medium md:px-4">{t("ledger.credit")}</th>
                  <th className="px-1.5 text-right font-medium md:px-4">{t("ledger.balance")}</th>
                </tr>
              </thead>
              <tbody>
                {accounts.map((line) => (
                  <tr className="border-b border-line/70" key={line.kind + line.currency}>
                    <th className="h-11 px-3 text-left font-medium md:px-4" scope="row">
                      {tKnown("account", line.kind)}
                    </th>
                    <td className="px-4 text-right tabular max-md:hidden">{line.accounts}</td>
                    <td className="px-1.5 text-right whitespace-nowrap md:px-4">
                      <Money value={line.debit} />
                    </td>
                    <td className="px-1.5 text-right whitespace-nowrap md:px-4">
                      <Money value={line.credit} />
                    </td>
                    <td className="px-1.5 text-right whitespace-nowrap md:px-4">
                      <Money strong value={line.balance} />
                    </td>
                  </tr>
                ))}
              </tbody>
              <tfoot>
                {totals.map((total) => (
                  <tr className="border-t-2 border-line-strong font-semibold" key={total.currency}>
                    <th className="h-12 px-3 text-left md:px-4" scope="row">
                      {t("ledger.total", { currency: total.currency })}
                    </th>
                    <td className="max-md:hidden" />
                    <td className="px-1.5 text-right whitespace-nowrap md:px-4">
                      <Money value={total.debit} />
                    </td>
                    <td className="px-1.5 text-right whitespace-nowrap md:px-4">
                      <Money value={total.credit} />
                    </td>
                    <td className="px-1.5 text-right whitespace-nowrap md:px-4">
                      <Money value={total.balance} />
                    </td>
                  </tr>
                ))}
              </tfoot>
            </table>
          </div>
        </Card>
      )}
    </Loaded>
  );
}

function Accounts() {
  const [page, setPage] = useState(1);
  const accounts = useQuery(reads.accounts({ page, per_page: PER_PAGE }));
  const ownerOf = useOrganisations((accounts.data?.data ?? []).map(({ owner }) => owner));
  return (
    <Card flush>
      <Loaded query={accounts}>
        {({ data, meta }) => (
          <>
            <Table
              caption={t("ledger.accounts")}
              columns={[
                {
                  key: "kind",
                  title: t("ledger.kind"),
                  cell: (account) => <span className="font-medium">{tKnown("account", account.kind)}</span>,
                  sort: (account) => account.kind,
                },
                {
                  key: "owner",
                  title: t("ledger.owner"),
                  cell: (account) => <span className="text-ink-2">{ownerOf(account.owner)}</span>,
                  sort: (account) => ownerOf(account.owner),
                },
                {
                  key: "balance",
                  title: t("ledger.balance"),
                  align: "right",
                  cell: (account) => <Money strong value={account.balance} />,
                  sort: (account) => Number(account.balance.amount),
                },
              ]}
              empty={<Empty icon="table" title={t("ledger.none")} />}
              rowKey={(account) => account.kind + account.owner}
              rows={data}
            />
            <p className="border-t border-line px-4 py-2 text-xs text-ink-3">{t("ledger.sign")}</p>
            <Pager
              onPage={setPage}
              page={page}
              perPage={PER_PAGE}
              total={meta.pagination?.total ?? data.length}
            />
          </>
        )}
      </Loaded>
    </Card>
  );
}

function Postings({ payment }: { readonly payment: string | undefined }) {
  const navigate = useNavigate();
  const [page, setPage] = useState(1);
  const postings = useQuery(
    reads.postings({ page, per_page: PER_PAGE, ...(payment ? { payment_id: payment } : {}) }),
  );
  const ownerOf = useOrganisations((postings.data?.data ?? []).map(({ owner }) => owner));
  return (
    <Card
      aside={
        payment ? (
          <Button onClick={() => void navigate({ to: "/ledger", search: {} })} size="sm">
            {t("ship.filter.clear")}
          </Button>
        ) : undefined
      }
      flush
      title={t("ledger.postings")}
    >
      <Loaded query={postings}>
        {({ data, meta }) => (
          <>
            <Table
              caption={t("ledger.postings")}
              columns={[
                {
                  key: "posted",
                  title: t("ledger.posted"),
                  cell: (entry) => <When at={entry.posted_at} />,
                  sort: (entry) => entry.posted_at,
                },
                {
                  key: "kind",
                  title: t("ledger.kind"),
                  cell: (entry) => <span className="font-medium">{tKnown("account", entry.kind)}</span>,
                  sort: (entry) => entry.kind,
                },
                {
                  key: "reason",
                  title: t("ledger.reason"),
                  wideOnly: true,
                  cell: (entry) => tKnown("posting", entry.reason),
                  sort: (entry) => entry.reason,
                },
                {
                  key: "owner",
                  title: t("ledger.owner"),
                  wideOnly: true,
                  cell: (entry) => <span className="text-ink-2">{ownerOf(entry.owner)}</span>,
                },
                {
                  key: "amount",
                  title: t("ledger.amount"),
                  align: "right",
                  cell: (entry) => <Money strong value={entry.amount} />,
                  sort: (entry) => Number(entry.amount.amount),
                },
              ]}
              empty={<Empty icon="table" title={t("ledger.none")} />}
              onOpen={(entry) => void navigate({ to: "/ledger", search: { payment: entry.payment_id } })}
              rowKey={(entry) => `${entry.payment_id}-${entry.version}-${entry.line}`}
              rows={data}
            />
            <Pager
              onPage={setPage}
              page={page}
              perPage={PER_PAGE}
              total={meta.pagination?.total ?? data.length}
            />
          </>
        )}
      </Loaded>
    </Card>
  );
}
