import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { readFile, type DataOf } from "@/api/client";
import { reads } from "@/api/queries";
import { mapTexts, useTheme } from "@/app/mapping";
import { useKnownMe } from "@/app/useMe";
import { saveFile } from "@/csv/csv";
import { placeOf } from "@/geo/places";
import { t, tKnown, useLocale } from "@/i18n";
import { LiveMap } from "@/map";
import { drivers } from "@/pages/driver/agent";
import { pairsOf } from "@/pages/shipments/Track";
import { Badge, type Tone } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card, Figure, Figures, PageHead } from "@/ui/Card";
import { SelectField, TextField } from "@/ui/Field";
import { formatNumber, formatSpan, fromLocalInput, toLocalInput } from "@/ui/format";
import { Empty, Loaded, Loading, Notice } from "@/ui/States";
import { Table } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { Distance, When } from "@/ui/Values";
import { lastHours, periodOf, PERIODS, type Period } from "./period";
import { Player } from "./Player";
import { useReplay } from "./useReplay";

type Trip = DataOf<"/api/v1/agents/{id}/trip">;
type Leg = Trip["legs"][number];

const LEG_TONES: Readonly<Record<string, Tone>> = { drive: "info", stop: "neutral", gap: "warn" };
const DEFAULT_SPEED = 60;

/** Where a truck was: in figures, part by part, on a map, and once more as it went. */
export function Trips() {
  useLocale();
  const search = useSearch({ from: "/shell/trips" });
  const navigate = useNavigate();
  const [day] = useState(() => lastHours(PERIODS.day, Date.now()));
  const period = periodOf(search.from, search.to) ?? day;
  const agent = useAgent(search.agent);
  const go = (part: Partial<Period> & { readonly agent?: string }) =>
    void navigate({
      to: "/trips",
      search: { ...(agent.id ? { agent: agent.id } : {}), ...period, ...part },
      replace: true,
    });
  return (
    <>
      <PageHead subtitle={t("trips.lead")} title={t("trips.title")} />
      <div className="flex flex-col gap-4">
        {agent.id ? (
          <>
            <Card>
              <div className="grid items-end gap-3 sm:grid-cols-2 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_minmax(0,1fr)_auto]">
                <SelectField
                  choices={agent.choices}
                  label={t("alerts.truck")}
                  onValue={(id) => go({ agent: id })}
                  value={agent.id ?? ""}
                />
                {(["from", "to"] as const).map((end) => (
                  <TextField
                    key={end}
                    label={t(`trips.${end}`)}
                    onValue={(value) => {
                      const instant = fromLocalInput(value);
                      if (instant !== "") go({ [end]: instant });
                    }}
                    type="datetime-local"
                    value={toLocalInput(new Date(period[end]))}
                  />
                ))}
                <div className="flex gap-1.5">
                  {(["day", "week"] as const).map((name) => (
                    <Button key={name} onClick={() => go(lastHours(PERIODS[name], Date.now()))}>
                      {t(`period.${name}`)}
                    </Button>
                  ))}
                </div>
              </div>
            </Card>
            <Report agent={agent.id} key={`${agent.id} ${period.from} ${period.to}`} period={period} />
          </>
        ) : (
          <Card>
            {agent.isLoading ? (
              <Loading />
            ) : (
              <Empty detail={t("trips.truck.none.detail")} icon="truck" title={t("trips.truck.none")} />
            )}
          </Card>
        )}
      </div>
    </>
  );
}

/** The trucks that the caller may look at, and the one that it does. */
function useAgent(asked: string | undefined) {
  const me = useKnownMe();
  const isDriver = me.role === "driver";
  const own = useQuery({ ...reads.ownAgents(), enabled: isDriver });
  const all = useQuery({ ...reads.agents({ per_page: 100 }), enabled: !isDriver });
  // One that stands further back in the list than the first page of it.
  const named = useQuery({ ...reads.agent(asked ?? ""), enabled: asked !== undefined && !isDriver });
  const listed = drivers(isDriver ? (own.data ?? []) : (all.data?.data ?? []));
  const known = listed.some(({ id }) => id === asked)
    ? listed
    : [...drivers(named.data ? [named.data] : []), ...listed];
  return {
    id: known.find(({ id }) => id === asked)?.id ?? known[0]?.id ?? null,
    isLoading: isDriver ? own.isPending : all.isPending,
    choices: known.map(({ id, reference }) => ({ value: id, label: reference ?? id })),
  };
}

function Report({ agent, period }: { readonly agent: string; readonly period: Period }) {
  const trip = useQuery(reads.trip(agent, period));
  return (
    <Loaded lines={6} query={trip}>
      {(found) =>
        found.positions === 0 ? (
          <Card>
            <Empty detail={t("trips.none.detail")} icon="map" title={t("trips.none")} />
          </Card>
        ) : (
          <>
            <TripFigures trip={found} />
            <Track agent={agent} heard={heardOf(found, period)} period={period} />
            <Legs agent={agent} period={period} trip={found} />
          </>
        )
      }
    </Loaded>
  );
}

const seconds = (n: number) => formatSpan(n * 1000);

function TripFigures({ trip }: { readonly trip: Trip }) {
  return (
    <>
      <Figures>
        <Figure label={t("trips.distance")} value={<Distance km={trip.distance_km} />} />
        <Figure label={t("trips.moving")} value={seconds(trip.moving_seconds)} />
        <Figure
          label={t("trips.stopped")}
          source={t("trips.stopped.source")}
          value={seconds(trip.stopped_seconds)}
        />
        <Figure
          label={t("trips.unknown")}
          source={t("trips.unknown.source")}
          value={seconds(trip.unknown_seconds)}
        />
        <Figure
          label={t("trips.fastest")}
          source={t("trips.fastest.source")}
          value={
            trip.speed_kmh_max === undefined
              ? "–"
              : t("fleetmap.kmh", { n: formatNumber(trip.speed_kmh_max) })
          }
        />
        <Figure
          label={t("trips.positions")}
          {...(trip.jumps > 0 ? { source: t("trips.jumps", { n: trip.jumps }) } : {})}
          value={formatNumber(trip.positions)}
        />
      </Figures>
    </>
  );
}

interface PartProps {
  readonly agent: string;
  readonly period: Period;
}

/** From the first to the last that was heard: a replay that begins hours before shows nothing for minutes. */
function heardOf({ legs }: Trip, period: Period): Period {
  const [first, last] = [legs[0], legs.at(-1)];
  if (!first || !last) return period;
  // The end of a span is not in it; the last position is to be.
  return { from: first.from, to: new Date(Date.parse(last.to) + 1000).toISOString() };
}

/** The line on a map, and the truck that goes along it once more. */
function Track({ agent, period, heard }: PartProps & { readonly heard: Period }) {
  const theme = useTheme();
  const line = useQuery(reads.line(agent, period));
  const [speed, setSpeed] = useState(DEFAULT_SPEED);
  const replay = useReplay(agent, heard, speed);
  const points = line.data === undefined ? [] : pairsOf(line.data);
  const { shown } = replay;
  const ends = [points[0], points.at(-1)].flatMap((pair, at) =>
    pair
      ? [
          {
            id: at === 0 ? "from" : "to",
            kind: at === 0 ? ("pickup" as const) : ("delivery" as const),
            latitude: pair[0],
            longitude: pair[1],
            label: t(at === 0 ? "trips.begin" : "trips.end"),
          },
        ]
      : [],
  );
  return (
    <Card flush>
      {line.isError ? <Notice tone="bad">{t("trips.line.none")}</Notice> : null}
      <LiveMap
        className="h-80 w-full md:h-[28rem]"
        fit={points.length}
        lines={[{ id: "driven", kind: "driven", points }]}
        markers={
          shown
            ? [
                {
                  id: "truck",
                  latitude: shown.latitude,
                  longitude: shown.longitude,
                  heading: shown.heading,
                  tone: "busy",
                },
              ]
            : []
        }
        pins={ends}
        texts={mapTexts(t("trips.map"))}
        theme={theme}
      />
      <Player
        onSpeed={(next) => {
          // What was played so far was played at another speed.
          replay.seek(replay.at);
          setSpeed(next);
        }}
        period={heard}
        replay={replay}
        speed={speed}
      />
    </Card>
  );
}

const FILES = ["gpx", "geojson", "csv"] as const;

/** The trip as files: its line for other maps, its parts for a spreadsheet. */
function Files({ agent, period }: PartProps) {
  const file = useMutation({
    mutationFn: async (form: (typeof FILES)[number]) => {
      const path = { id: agent };
      const bytes =
        form === "csv"
          ? await readFile("/api/v1/agents/{id}/trip", { path, query: { ...period, format: "csv" } })
          : await readFile("/api/v1/agents/{id}/line", { path, query: { ...period, format: form } });
      saveFile(`trip-${period.from.slice(0, 10)}.${form}`, bytes);
    },
    onError: toast.failed,
  });
  return (
    <span className="flex flex-wrap gap-1.5">
      {FILES.map((form) => (
        <Button
          icon="download"
          key={form}
          onClick={() => file.mutate(form)}
          pending={file.isPending && file.variables === form}
          size="sm"
        >
          {t(`trips.file.${form}`)}
        </Button>
      ))}
    </span>
  );
}

function Legs({ agent, period, trip }: PartProps & { readonly trip: Trip }) {
  const length = (leg: Leg) => Date.parse(leg.to) - Date.parse(leg.from);
  return (
    <Card aside={<Files agent={agent} period={period} />} flush title={t("trips.legs")}>
      <Table
        caption={t("trips.legs")}
        columns={[
          {
            key: "kind",
            title: t("queue.col.what"),
            cell: (leg) => (
              <Badge dot tone={LEG_TONES[leg.kind] ?? "neutral"}>
                {tKnown("trips.leg", leg.kind)}
              </Badge>
            ),
          },
          {
            key: "from",
            title: t("trips.from"),
            cell: (leg) => <When at={leg.from} />,
            sort: (leg) => leg.from,
          },
          {
            key: "to",
            title: t("trips.to"),
            wideOnly: true,
            cell: (leg) => <When at={leg.to} />,
          },
          {
            key: "length",
            title: t("trips.length"),
            align: "right",
            cell: (leg) => <span className="whitespace-nowrap">{formatSpan(length(leg))}</span>,
            sort: length,
          },
          {
            key: "km",
            title: t("lanes.km"),
            align: "right",
            wideOnly: true,
            cell: (leg) => (leg.kind === "stop" ? "–" : <Distance km={leg.distance_km} />),
            sort: (leg) => leg.distance_km,
          },
          { key: "place", title: t("trips.place"), wideOnly: true, cell: placeOf },
        ]}
        empty={<Empty icon="map" title={t("trips.none")} />}
        rowKey={(leg) => `${leg.kind} ${leg.from}`}
        rows={trip.legs}
      />
    </Card>
  );
}
