import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { reads } from "@/api/queries";
import type { Shipment } from "@/api/types";
import { mapTexts, useTheme } from "@/app/mapping";
import { t } from "@/i18n";
import { LiveMap, type MapMarker } from "@/map";
import { routeOf } from "@/pages/shipments/ShipmentList";
import { Status } from "@/ui/Badge";
import { cx } from "@/ui/cx";
import { When } from "@/ui/Values";
import { ON_TRIP } from "@/pages/shipments/Track";

/** Where the truck of each shipment on the road is; the list says the same in words. */
export function ShipmentsMap({ shipments }: { readonly shipments: readonly Shipment[] }) {
  const theme = useTheme();
  const [selected, setSelected] = useState<string | null>(null);
  const moving = useMemo(
    () => shipments.filter((shipment) => ON_TRIP.includes(shipment.status)),
    [shipments],
  );
  const positions = useQueries({
    queries: moving.map((shipment) => ({
      ...reads.position(shipment.id),
      retry: false,
      refetchInterval: 10_000,
    })),
  });
  const markers = moving.flatMap((shipment, at): MapMarker[] => {
    const seen = positions[at]?.data;
    if (!seen) return [];
    const late =
      shipment.booking !== null &&
      shipment.booking !== undefined &&
      Date.parse(shipment.booking.delivery_at) < Date.parse(seen.at);
    return [
      {
        id: shipment.id,
        latitude: seen.latitude,
        longitude: seen.longitude,
        heading: seen.heading ?? null,
        tone: late ? "late" : seen.live ? "moving" : "off",
      },
    ];
  });
  const chosen = moving.find((shipment) => shipment.id === selected);
  return (
    <div className="grid gap-3 lg:grid-cols-[minmax(0,1fr)_320px]">
      <div className="overflow-hidden rounded-lg border border-line">
        <LiveMap
          className="h-[50dvh] min-h-80 w-full lg:h-[calc(100dvh-7rem)]"
          fit={markers.length > 0 ? "seen" : "none"}
          markers={markers}
          onSelect={setSelected}
          pins={
            chosen
              ? (["pickup", "delivery"] as const).map((kind) => ({
                  id: kind,
                  kind,
                  latitude: chosen[kind].latitude,
                  longitude: chosen[kind].longitude,
                  label: t(`ship.form.${kind}`),
                }))
              : []
          }
          selected={selected}
          texts={mapTexts(t("map.fleet"))}
          theme={theme}
        />
      </div>
      <section
        aria-label={t("map.list")}
        className="flex max-h-[60dvh] min-h-0 lg:max-h-[calc(100dvh-7rem)] flex-col overflow-hidden rounded-lg border border-line bg-surface"
      >
        <h2 className="border-b border-line px-4 py-2.5 text-sm font-semibold">
          {t("map.lead", { n: moving.length, m: markers.length })}
        </h2>
        <ul className="overflow-y-auto">
          {moving.map((shipment, at) => (
            <li
              className={cx(
                "border-b border-line last:border-0",
                selected === shipment.id && "bg-brand-soft",
              )}
              key={shipment.id}
            >
              <Link
                className="block px-4 py-2.5 -outline-offset-2 hover:bg-ground"
                onFocus={() => setSelected(shipment.id)}
                onPointerEnter={() => setSelected(shipment.id)}
                params={{ id: shipment.id }}
                to="/shipments/$id"
              >
                <span className="flex items-center justify-between gap-2">
                  <span className="truncate text-sm font-medium">{routeOf(shipment)}</span>
                  <Status of="status" value={shipment.status} />
                </span>
                <span className="flex justify-between pt-0.5 text-xs text-ink-3 tabular">
                  {shipment.reference}
                  {positions[at]?.data ? (
                    <When at={positions[at].data.at} style="time" />
                  ) : (
                    <span>{t("map.unseen")}</span>
                  )}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}
