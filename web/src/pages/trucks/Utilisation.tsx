import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { readFile, type DataOf } from "@/api/client";
import { reads } from "@/api/queries";
import { saveFile } from "@/csv/csv";
import { t, useLocale } from "@/i18n";
import { Button } from "@/ui/Button";
import { Card, Figure, Figures, PageHead } from "@/ui/Card";
import { Select } from "@/ui/Field";
import { formatNumber, formatPercent, formatSpan } from "@/ui/format";
import { Empty, Loaded } from "@/ui/States";
import { Pager, Table, type Column } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { Distance } from "@/ui/Values";
import { TruckName } from "./Names";
import { lastHours, PERIODS, type PeriodName } from "./period";

type Vehicle = DataOf<"/api/v1/fleet/utilisation">[number];

const PER_PAGE = 50;
const NAMES = ["day", "week", "month"] as const satisfies readonly PeriodName[];

/** What each vehicle did in a span of time, and how much of it was empty. */
export function Utilisation() {
  useLocale();
  const search = useSearch({ from: "/shell/utilisation" });
  const navigate = useNavigate();
  const name = NAMES.find((known) => known === search.period) ?? "week";
  const page = Math.max(1, Math.trunc(Number(search.page ?? "1")) || 1);
  // The same span for every page of the list: the present when the page was opened.
  const [now] = useState(() => Date.now());
  const period = lastHours(PERIODS[name], now);
  const fleet = useQuery(reads.utilisation({ ...period, page, per_page: PER_PAGE }));
  const file = useMutation({
    mutationFn: () => readFile("/api/v1/fleet/utilisation", { query: { ...period, format: "csv" } }),
    onSuccess: (table) => saveFile(`utilisation-${period.from.slice(0, 10)}.csv`, table),
    onError: toast.failed,
  });
  return (
    <>
      <PageHead subtitle={t("util.lead")} title={t("util.title")}>
        <div className="w-44">
          <Select
            aria-label={t("util.period")}
            choices={NAMES.map((value) => ({ value, label: t(`period.${value}`) }))}
            onValue={(next) => void navigate({ to: "/utilisation", search: { period: next } })}
            value={name}
          />
        </div>
        <Button
          disabled={(fleet.data?.data.length ?? 0) === 0}
          icon="download"
          onClick={() => file.mutate()}
          pending={file.isPending}
        >
          {t("do.export")}
        </Button>
      </PageHead>
      <Loaded lines={8} query={fleet}>
        {({ data, meta }) => (
          <div className="flex flex-col gap-4">
            {data.length > 0 ? <Totals vehicles={data} /> : null}
            <Card flush>
              <Table
                caption={t("util.title")}
                columns={columns()}
                empty={<Empty detail={t("util.none.detail")} icon="truck" title={t("util.none")} />}
                onOpen={({ agent_id: agent }) =>
                  void navigate({ to: "/trips", search: { agent, ...period } })
                }
                rowKey={(vehicle) => vehicle.agent_id}
                rows={data}
              />
              <Pager
                onPage={(next) =>
                  void navigate({ to: "/utilisation", search: { period: name, page: String(next) } })
                }
                page={page}
                perPage={PER_PAGE}
                total={meta.pagination?.total ?? data.length}
              />
            </Card>
          </div>
        )}
      </Loaded>
    </>
  );
}

/** The sums of the vehicles that are shown. */
function Totals({ vehicles }: { readonly vehicles: readonly Vehicle[] }) {
  const sum = (of: (vehicle: Vehicle) => number) =>
    vehicles.reduce((total, vehicle) => total + of(vehicle), 0);
  const [all, loaded] = [sum((vehicle) => vehicle.distance_km), sum((vehicle) => vehicle.loaded_km)];
  const source = t("util.source", { n: vehicles.length });
  return (
    <Figures>
      <Figure label={t("trips.distance")} source={source} value={<Distance km={all} />} />
      <Figure label={t("util.loaded")} source={source} value={<Distance km={loaded} />} />
      <Figure
        label={t("util.empty")}
        source={t("util.empty.source")}
        value={all > 0 ? formatPercent((all - loaded) / all) : "–"}
      />
      <Figure
        label={t("trips.moving")}
        source={source}
        value={formatSpan(sum((vehicle) => vehicle.moving_seconds) * 1000)}
      />
    </Figures>
  );
}

function columns(): readonly Column<Vehicle>[] {
  return [
    {
      key: "truck",
      title: t("alerts.truck"),
      cell: (vehicle) => (
        <span className="font-medium">
          <TruckName id={vehicle.agent_id} />
        </span>
      ),
    },
    {
      key: "trips",
      title: t("util.trips"),
      align: "right",
      cell: (vehicle) => formatNumber(vehicle.trips),
      sort: (vehicle) => vehicle.trips,
    },
    {
      key: "km",
      title: t("lanes.km"),
      align: "right",
      cell: (vehicle) => <Distance km={vehicle.distance_km} />,
      sort: (vehicle) => vehicle.distance_km,
    },
    {
      key: "loaded",
      title: t("util.loaded"),
      align: "right",
      wideOnly: true,
      cell: (vehicle) => <Distance km={vehicle.loaded_km} />,
      sort: (vehicle) => vehicle.loaded_km,
    },
    {
      key: "empty",
      title: t("util.empty"),
      align: "right",
      cell: ({ empty_share: share }) => (share === undefined ? "–" : formatPercent(share)),
      sort: (vehicle) => vehicle.empty_share ?? -1,
    },
    {
      key: "moving",
      title: t("trips.moving"),
      align: "right",
      wideOnly: true,
      cell: (vehicle) => formatSpan(vehicle.moving_seconds * 1000),
      sort: (vehicle) => vehicle.moving_seconds,
    },
    {
      key: "stopped",
      title: t("trips.stopped"),
      align: "right",
      wideOnly: true,
      cell: (vehicle) => formatSpan(vehicle.stopped_seconds * 1000),
      sort: (vehicle) => vehicle.stopped_seconds,
    },
    {
      key: "stops",
      title: t("util.stops"),
      align: "right",
      wideOnly: true,
      cell: (vehicle) => formatNumber(vehicle.stops),
      sort: (vehicle) => vehicle.stops,
    },
  ];
}
