import { useQuery, type QueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { readFile } from "@/api/client";
import { reads } from "@/api/queries";
import type { Shipment } from "@/api/types";
import { mapTexts, useTheme } from "@/app/mapping";
import { useKnownMe } from "@/app/useMe";
import { distanceKm, placeOf, type Point } from "@/geo/places";
import { t } from "@/i18n";
import { usePollWhileAway } from "@/live";
import { LiveMap, type MapPin } from "@/map";
import { Badge } from "@/ui/Badge";
import { Card } from "@/ui/Card";
import { formatNumber, formatSpan, formatWhen, formatWindow } from "@/ui/format";
import { useNow, When } from "@/ui/Values";
import { expectedOf, isEstimated, type Expected } from "./eta";
import { sourceOf } from "./way";

export const ON_TRIP: readonly string[] = ["booked", "en_route_pickup", "loading", "in_transit", "unloading"];

const BEFORE = ["requested", "bidding", "selected"];
/** For a page whose connection is away. */
const POLL_MS = 30_000;
/** A position is live for so long, as the server says it. */
const LIVE_MS = 60_000;
/** Called off before it was delivered: no way is shown. */
const NOT_ON_MAPS = ["cancelled", "expired"];

type Pair = readonly [number, number];

/** Pickup, delivery and the truck between them; the same in words below. */
export function Track({ shipment }: { readonly shipment: Shipment }) {
  const theme = useTheme();
  const seesTruck = useKnownMe().role !== "finance";
  const onTrip = ON_TRIP.includes(shipment.status);
  const ends = { from: pointOf(shipment.pickup), to: pointOf(shipment.delivery) };
  // The topic brings positions, and with each when the truck is expected.
  const refetchInterval = usePollWhileAway(POLL_MS);
  const position = useQuery({
    ...reads.position(shipment.id),
    enabled: onTrip && seesTruck,
    refetchInterval,
  });
  const truck = onTrip ? position.data : null;
  const isSeen = useNow(LIVE_MS / 4) - Date.parse(truck?.at ?? "") <= LIVE_MS;
  const planned = useQuery({
    ...reads.route({ from: ends.from, to: ends.to, vehicle: "truck40" }),
    // A place off every road has no way to it: the straight line says as much.
    retry: false,
  });
  const way = planned.data?.routes[0];
  const eta = useQuery({
    ...reads.eta(shipment.id),
    enabled: isEstimated(shipment) && seesTruck,
    refetchInterval,
  });
  const expected = onTrip ? expectedOf(shipment, isEstimated(shipment) ? eta.data?.next : undefined) : null;
  const driven = useDriven(shipment, seesTruck);

  return (
    <Card flush>
      <LiveMap
        className="h-72 w-full md:h-96"
        fit={shipment.id}
        lines={[
          { id: "planned", kind: "planned", points: planOf(way?.geometry, ends) },
          ...(driven.length > 1 ? [{ id: "driven", kind: "driven" as const, points: driven }] : []),
        ]}
        markers={
          truck
            ? [
                {
                  id: truck.driver_id,
                  latitude: truck.latitude,
                  longitude: truck.longitude,
                  heading: truck.heading ?? null,
                  tone: isSeen ? "moving" : "off",
                },
              ]
            : []
        }
        pins={[
          ...(["pickup", "delivery"] as const).map((kind) => ({
            id: kind,
            kind,
            ...pointOf(shipment[kind]),
            label: placeOf(shipment[kind]),
          })),
          ...truckPin(truck ?? null),
        ]}
        texts={mapTexts(t("map.label"))}
        theme={theme}
      />
      <div
        aria-live="polite"
        className="flex flex-wrap items-center justify-between gap-2 border-t border-line px-4 py-2.5 text-sm"
      >
        <span className="text-ink-2">
          {truck ? (
            <Seen at={truck.at} point={truck} />
          ) : (
            t(
              onTrip
                ? "ship.page.track.silent"
                : BEFORE.includes(shipment.status)
                  ? "ship.page.track.none"
                  : "ship.page.track.over",
            )
          )}
        </span>
        {expected ? <Expectation expected={expected} /> : null}
      </div>
      <dl className="flex flex-wrap gap-x-6 gap-y-1 border-t border-line px-4 py-2 text-xs text-ink-2">
        <Key kind="planned" name={t("route.planned")}>
          {way
            ? t("route.length", {
                km: formatNumber(way.distance_m / 1000),
                time: formatSpan(way.duration_s * 1000),
              })
            : t(planned.isPending ? "state.loading" : "route.none")}
          <span className="text-ink-3"> {planned.data && way ? sourceOf(planned.data) : null}</span>
        </Key>
        {driven.length > 1 ? (
          <Key kind="driven" name={t("route.driven")}>
            {t("word.km", { n: formatNumber(lengthKm(driven)) })}
          </Key>
        ) : null}
      </dl>
    </Card>
  );
}

/** Above this a truck is said to be late, as the platform reports it. */
const LATE_SECONDS = 30 * 60;

/** When the truck is expected, between when and when, and what that rests on. */
function Expectation({ expected }: { readonly expected: Expected }) {
  if (expected.source === "promised") {
    return (
      <span>
        <span className="text-ink-3">{t("ship.page.track.eta.promised")}</span> <When at={expected.at} />
      </span>
    );
  }
  const { source, at, earliest, latest, leftKm, byRoad, seenAt, lateSeconds } = expected;
  return (
    <span className="flex min-w-0 flex-col gap-0.5 sm:items-end">
      <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="text-ink-3">{t(`ship.page.track.eta.${source}`)}</span>
        <strong className="font-semibold">
          <When at={at} />
        </strong>
        {lateSeconds >= LATE_SECONDS ? (
          <Badge tone="warn">{t("ship.page.track.late", { time: formatSpan(lateSeconds * 1000) })}</Badge>
        ) : null}
      </span>
      <span className="text-xs text-ink-3 tabular">
        {t("ship.page.track.interval", { window: formatWindow(earliest, latest) })}
      </span>
      <span className="text-xs text-ink-3">
        {t(byRoad ? "ship.page.track.left.road" : "ship.page.track.left.estimate", {
          km: formatNumber(leftKm),
          at: formatWhen(seenAt, "time"),
        })}
      </span>
    </span>
  );
}

/** What a line on the map is, in words. */
function Key({
  kind,
  name,
  children,
}: {
  readonly kind: "planned" | "driven";
  readonly name: string;
  readonly children: ReactNode;
}) {
  return (
    <div className="flex items-center gap-2">
      <span
        aria-hidden="true"
        className={
          kind === "planned" ? "w-5 border-t-2 border-dashed border-ink-3" : "w-5 border-t-[3px] border-info"
        }
      />
      <dt className="font-medium text-ink">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function pointOf({ latitude, longitude }: Point): Point {
  return { latitude, longitude };
}

/** The one truck that a page is about is found at a glance, whatever stands around it. */
export function truckPin(at: Point | null): readonly MapPin[] {
  return at ? [{ id: "truck", kind: "chosen", ...pointOf(at), label: t("track.truck") }] : [];
}

/** The line of a way as it is planned; a straight one as long as none is known. */
export function planOf(
  geometry: readonly (readonly number[])[] | undefined,
  ends: { readonly from: Point; readonly to: Point },
): readonly Pair[] {
  const pairs = (geometry ?? []).flatMap(([latitude, longitude]): Pair[] =>
    latitude === undefined || longitude === undefined ? [] : [[latitude, longitude]],
  );
  return pairs.length > 1 ? pairs : [pair(ends.from), pair(ends.to)];
}

/** How long a driven line is. */
export function lengthKm(line: readonly Pair[]): number {
  return line.reduce((sum, [latitude, longitude], at) => {
    const before = line[at - 1];
    return before
      ? sum + distanceKm({ latitude: before[0], longitude: before[1] }, { latitude, longitude })
      : 0;
  }, 0);
}

function Seen({ at, point }: { readonly at: string; readonly point: Point }) {
  const [before, after = ""] = t("ship.page.track.at", { at: "\u0000", place: placeOf(point) }).split(
    "\u0000",
  );
  return (
    <>
      {before}
      <When at={at} style="time" />
      {after}
    </>
  );
}

function pair(point: Point): Pair {
  return [point.latitude, point.longitude];
}

/** Where the truck has been: read once, then what the topic brings (see `grow`). */
function useDriven(shipment: Shipment, seesTruck: boolean): readonly Pair[] {
  const driven = useQuery({
    queryKey: drivenKey(shipment.id),
    enabled: seesTruck && Boolean(shipment.booking) && !NOT_ON_MAPS.includes(shipment.status),
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const file = await readFile("/api/v1/shipments/{id}/line", { path: { id: shipment.id }, signal });
      return pairsOf(JSON.parse(await file.text()));
    },
  });
  return driven.data ?? [];
}

/** The points of a GeoJSON feature as pairs of latitude and longitude; one without a line has none. */
export function pairsOf(feature: unknown): readonly Pair[] {
  const { geometry } = feature as {
    readonly geometry: { readonly type: string; readonly coordinates: readonly [number, number][] } | null;
  };
  if (geometry?.type !== "LineString") return [];
  return geometry.coordinates.map(([longitude, latitude]) => [latitude, longitude]);
}

const drivenKey = (shipment: string) => ["driven", shipment];

/** Adds a position that has just arrived to the line. */
export function grow(queries: QueryClient, shipment: string, point: Point): void {
  queries.setQueryData<readonly Pair[]>(drivenKey(shipment), (before = []) => [...before, pair(point)]);
}
