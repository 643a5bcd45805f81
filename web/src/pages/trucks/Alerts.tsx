import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { desk } from "@/api/desk";
import type { Alert } from "@/api/types";
import { placeOf } from "@/geo/places";
import { t, tKnown, useLocale } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { Card, PageHead } from "@/ui/Card";
import { Select } from "@/ui/Field";
import { Empty, Loaded } from "@/ui/States";
import { Pager, Table, type Column } from "@/ui/Table";
import { Tabs } from "@/ui/Tabs";
import { When } from "@/ui/Values";
import { AlertButtons } from "./AlertButtons";
import { ALERT_KINDS, ALERT_STATES, figureOf, STATE_TONES } from "./alerts";
import { ShipmentName, TruckName } from "./Names";

const PER_PAGE = 25;
const EVERY_MS = 10_000;

/** What the positions of running trips say is wrong, newest first, and what was done about it. */
export function Alerts() {
  useLocale();
  const search = useSearch({ from: "/shell/alerts" });
  const navigate = useNavigate();
  const state = ALERT_STATES.find((known) => known === search.state);
  const kind = ALERT_KINDS.find((known) => known === search.kind);
  const page = Math.max(1, Math.trunc(Number(search.page ?? "1")) || 1);
  const alerts = useQuery({
    ...desk.alerts({ page, per_page: PER_PAGE, ...(state ? { state } : {}), ...(kind ? { kind } : {}) }),
    refetchInterval: EVERY_MS,
  });
  const filters = { ...(state ? { state } : {}), ...(kind ? { kind } : {}) };
  const current = state ?? "all";
  const total = alerts.data?.meta.pagination?.total;
  return (
    <>
      <PageHead subtitle={t("alerts.lead")} title={t("alerts.title")}>
        <div className="w-60">
          <Select
            aria-label={t("alerts.kind")}
            choices={[
              { value: "", label: t("alerts.kind.all") },
              ...ALERT_KINDS.map((value) => ({ value, label: tKnown("queue.reason", value) })),
            ]}
            onValue={(next) =>
              void navigate({
                to: "/alerts",
                search: { ...(state ? { state } : {}), ...(next ? { kind: next } : {}) },
              })
            }
            value={kind ?? ""}
          />
        </div>
      </PageHead>
      <Tabs
        current={current}
        label={t("alerts.state")}
        onTab={(next) =>
          void navigate({
            to: "/alerts",
            search: { ...(kind ? { kind } : {}), ...(next === "all" ? {} : { state: next }) },
          })
        }
        tabs={["all", ...ALERT_STATES].map((key) => ({
          key,
          title: key === "all" ? t("word.all") : tKnown("alerts.state", key),
          ...(key === current && total !== undefined ? { count: total } : {}),
        }))}
      >
        <Card flush>
          <Loaded lines={8} query={alerts}>
            {({ data, meta }) => (
              <>
                <Table
                  caption={t("alerts.title")}
                  columns={columns()}
                  empty={<Empty detail={t("alerts.none.detail")} icon="check" title={t("alerts.none")} />}
                  onOpen={(alert) =>
                    void navigate({ to: "/shipments/$id", params: { id: alert.shipment_id } })
                  }
                  rowKey={(alert) => alert.id}
                  rowName={(alert) => tKnown("queue.reason", alert.kind)}
                  rows={data}
                />
                <Pager
                  onPage={(next) =>
                    void navigate({ to: "/alerts", search: { ...filters, page: String(next) } })
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

function columns(): readonly Column<Alert>[] {
  return [
    {
      key: "kind",
      title: t("queue.col.what"),
      cell: (alert) => (
        <span className="flex flex-col items-start gap-0.5 py-1">
          <span className="font-medium">{tKnown("queue.reason", alert.kind)}</span>
          <span className="text-xs text-ink-2 tabular">{figureOf(alert)}</span>
          <span className="md:hidden">
            <ShipmentName id={alert.shipment_id} />
          </span>
        </span>
      ),
    },
    {
      key: "shipment",
      title: t("alerts.shipment"),
      wideOnly: true,
      cell: (alert) => <ShipmentName id={alert.shipment_id} />,
    },
    {
      key: "truck",
      title: t("alerts.truck"),
      wideOnly: true,
      cell: (alert) => <TruckName id={alert.agent_id} />,
    },
    {
      key: "place",
      title: t("alerts.place"),
      wideOnly: true,
      cell: ({ latitude, longitude }) =>
        latitude === undefined || longitude === undefined ? "–" : placeOf({ latitude, longitude }),
    },
    {
      key: "since",
      title: t("queue.col.since"),
      wideOnly: true,
      cell: (alert) => <When at={alert.since} />,
    },
    {
      key: "state",
      title: t("alerts.state"),
      cell: (alert) => (
        <Badge dot tone={STATE_TONES[alert.state] ?? "neutral"}>
          {tKnown("alerts.state", alert.state)}
        </Badge>
      ),
    },
    { key: "act", title: "", align: "right", cell: (alert) => <AlertButtons alert={alert} /> },
  ];
}
