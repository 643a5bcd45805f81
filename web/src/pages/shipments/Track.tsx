import { useQuery, type QueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { reads } from "@/api/queries";
import type { Shipment } from "@/api/types";
import { mapTexts, useTheme } from "@/app/mapping";
import { isStaff } from "@/app/nav";
import { useKnownMe } from "@/app/useMe";
import { placeOf, type Point } from "@/geo/places";
import { t } from "@/i18n";
import { LiveMap } from "@/map";
import { Card } from "@/ui/Card";
import { When } from "@/ui/Values";

export const ON_TRIP: readonly string[] = ["booked", "en_route_pickup", "loading", "in_transit", "unloading"];

const BEFORE = ["requested", "bidding", "selected"];

type Pair = readonly [number, number];

/** Pickup, delivery and the truck between them; the same in words below. */
export function Track({ shipment }: { readonly shipment: Shipment }) {
  const theme = useTheme();
  const onTrip = ON_TRIP.includes(shipment.status);
  const position = useQuery({
    ...reads.position(shipment.id),
    // A load just booked has no position: what the topic tells fills it in before the trip begins.
    enabled: onTrip && shipment.status !== "booked",
    // 404 as long as the driver has sent nothing: that is no reason to ask again at once.
    retry: false,
    // Positions come over the topic; this is for a page whose connection is away.
    refetchInterval: 30_000,
  });
  const truck = onTrip ? position.data : undefined;
  const driven = useDriven(shipment);
  const ends = [pair(shipment.pickup), pair(shipment.delivery)];

  return (
    <Card flush>
      <LiveMap
        className="h-72 w-full md:h-96"
        fit={shipment.id}
        lines={[
          { id: "planned", kind: "planned", points: ends },
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
                  tone: truck.live ? "moving" : "off",
                },
              ]
            : []
        }
        pins={(["pickup", "delivery"] as const).map((kind) => ({
          id: kind,
          kind,
          latitude: shipment[kind].latitude,
          longitude: shipment[kind].longitude,
          label: placeOf(shipment[kind]),
        }))}
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
        {shipment.booking && onTrip ? (
          <span>
            <span className="text-ink-3">{t("ship.page.track.eta")}</span>{" "}
            <When at={shipment.booking.delivery_at} />
          </span>
        ) : null}
      </div>
    </Card>
  );
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

/** Where the truck has been: read once by those who may, then what the topic brings (see `grow`). */
function useDriven(shipment: Shipment): readonly Pair[] {
  const me = useKnownMe();
  const booking = shipment.booking;
  const mayRead = isStaff(me.role) || me.organisation.id === booking?.carrier_id;
  const driven = useQuery({
    queryKey: drivenKey(shipment.id),
    enabled: Boolean(booking) && mayRead && me.role !== "finance",
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const path = { id: booking?.driver_id ?? "" };
      const query = { from: booking?.booked_at ?? "", limit: 2000 };
      return (await api.get("/api/v1/agents/{id}/positions", { path, query, signal })).data.positions.map(
        pair,
      );
    },
  });
  return driven.data ?? [];
}

const drivenKey = (shipment: string) => ["driven", shipment];

/** Adds a position that has just arrived to the line. */
export function grow(queries: QueryClient, shipment: string, point: Point): void {
  queries.setQueryData<readonly Pair[]>(drivenKey(shipment), (before = []) => [...before, pair(point)]);
}
