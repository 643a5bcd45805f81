import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { api } from "@/api/client";
import { desk, may, type Incident } from "@/api/desk";
import { mapTexts, useTheme } from "@/app/mapping";
import { useMe } from "@/app/useMe";
import { t, useLocale } from "@/i18n";
import { LiveMap, type MapLine, type MapPin } from "@/map";
import { Button } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { Empty, Loaded } from "@/ui/States";
import { Table } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { When } from "@/ui/Values";
import { readPlaces, writePlace } from "./places";
import { ReportIncident } from "./ReportIncident";

/** Closed and slow roads: seen, reported and lifted. */
export function Traffic() {
  useLocale();
  const theme = useTheme();
  const role = useMe()?.role ?? "";
  const [places, setPlaces] = useState("");
  const incidents = useQuery({ ...desk.incidents(), refetchInterval: 30_000 });
  const chosen = useMemo(() => readPlaces(places) ?? [], [places]);
  const pins = useMemo(
    (): readonly MapPin[] => [
      ...(incidents.data?.data ?? []).map(pinOf),
      ...chosen.map((place, index) => ({
        id: `chosen-${index}`,
        ...place,
        kind: "chosen" as const,
        label: String(index + 1),
      })),
    ],
    [incidents.data, chosen],
  );
  const lines = useMemo(
    (): readonly MapLine[] => [
      ...(incidents.data?.data ?? []).map(({ incident }) => lineOf(incident.id, incident.points)),
      lineOf("chosen", chosen),
    ],
    [incidents.data, chosen],
  );
  return (
    <>
      <PageHead subtitle={t("traffic.lead")} title={t("traffic.title")} />
      <div className="grid gap-4 lg:grid-cols-2">
        <Card flush title={t("traffic.map")}>
          <LiveMap
            className="h-72 w-full lg:h-96"
            fit={incidents.data?.meta.pagination?.total ?? 0}
            lines={lines}
            onPick={(latitude, longitude) => {
              if (may(role, "traffic")) {
                setPlaces([places.trim(), writePlace({ latitude, longitude })].join("\n").trim());
              }
            }}
            pins={pins}
            texts={mapTexts(t("traffic.map"))}
            theme={theme}
          />
        </Card>
        {may(role, "traffic") ? <ReportIncident onPlaces={setPlaces} places={places} /> : null}
      </div>
      <div className="mt-4">
        <Card flush title={t("traffic.now")}>
          <Loaded lines={4} query={incidents}>
            {({ data }) => <Incidents incidents={data} mayLift={may(role, "traffic")} />}
          </Loaded>
        </Card>
      </div>
    </>
  );
}

function pinOf({ incident }: Incident): MapPin {
  const { latitude, longitude } = incident.points[0] ?? { latitude: 0, longitude: 0 };
  return { id: incident.id, latitude, longitude, kind: "stop", label: effectOf(incident) };
}

function lineOf(id: string, points: readonly { latitude: number; longitude: number }[]): MapLine {
  return { id, kind: "planned", points: points.map(({ latitude, longitude }) => [latitude, longitude]) };
}

function effectOf({ effect, speed_percent }: Incident["incident"]): string {
  return effect === "closed" ? t("traffic.closed") : t("traffic.slowed.to", { n: speed_percent ?? 0 });
}

function Incidents({
  incidents,
  mayLift,
}: {
  readonly incidents: readonly Incident[];
  readonly mayLift: boolean;
}) {
  const queries = useQueryClient();
  const lift = useMutation({
    mutationFn: (id: string) => api.delete("/api/v1/traffic/incidents/{id}", { path: { id } }),
    onSuccess: () => {
      toast.done(t("traffic.lifted"));
      void queries.invalidateQueries({ queryKey: ["incidents"] });
    },
    onError: toast.failed,
  });
  return (
    <Table
      caption={t("traffic.now")}
      columns={[
        {
          key: "what",
          title: t("traffic.what"),
          cell: ({ incident }) => (
            <span>
              <span className="font-medium">{effectOf(incident)}</span>
              <span className="block text-xs text-ink-3">{t(`traffic.cause.${incident.cause}`)}</span>
            </span>
          ),
        },
        {
          key: "where",
          title: t("traffic.where"),
          wideOnly: true,
          cell: ({ incident: { points, radius_m } }) => (
            <span className="text-xs tabular">
              {points.slice(0, 1).map(writePlace).join("")}{" "}
              {points.length > 1 ? t("traffic.points", { n: points.length }) : null}
              {radius_m === undefined ? null : t("traffic.within", { n: radius_m })}
            </span>
          ),
        },
        {
          key: "from",
          title: t("traffic.from"),
          wideOnly: true,
          cell: ({ incident }) => <When at={incident.from} />,
          sort: ({ incident }) => incident.from,
        },
        {
          key: "until",
          title: t("traffic.until"),
          cell: ({ incident }) =>
            incident.until === undefined ? t("traffic.until.lifted") : <When at={incident.until} />,
        },
        ...(mayLift
          ? [
              {
                key: "lift",
                title: "",
                align: "right" as const,
                cell: ({ incident }: Incident) => (
                  <Button disabled={lift.isPending} onClick={() => lift.mutate(incident.id)} size="sm">
                    {t("traffic.lift")}
                  </Button>
                ),
              },
            ]
          : []),
      ]}
      empty={<Empty detail={t("traffic.none.detail")} icon="check" title={t("traffic.none")} />}
      rowKey={({ incident }) => incident.id}
      rowName={({ incident }) => effectOf(incident)}
      rows={incidents}
    />
  );
}
