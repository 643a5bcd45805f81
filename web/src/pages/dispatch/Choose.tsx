import { useMemo, useState } from "react";
import type { Shipment } from "@/api/types";
import { mapTexts, useTheme } from "@/app/mapping";
import { t } from "@/i18n";
import { LiveMap, type MapLine, type MapMarker } from "@/map";
import { routeOf } from "@/pages/shipments/ShipmentList";
import { Button } from "@/ui/Button";
import { formatNumber, formatWindow } from "@/ui/format";
import { Empty } from "@/ui/States";
import { Table } from "@/ui/Table";
import { lies, type Corner } from "./tours";

/** Open shipments, chosen one by one in the list or on the map, or by an area around where they are loaded. */
export function Choose({
  shipments,
  total,
  chosen,
  onChosen,
}: {
  readonly shipments: readonly Shipment[];
  readonly total: number;
  readonly chosen: ReadonlySet<string>;
  readonly onChosen: (chosen: ReadonlySet<string>) => void;
}) {
  const theme = useTheme();
  const [area, setArea] = useState<readonly Corner[] | null>(null);
  const markers = useMemo(
    () =>
      shipments.map(({ id, pickup }): MapMarker => ({
        id,
        latitude: pickup.latitude,
        longitude: pickup.longitude,
        tone: chosen.has(id) ? "busy" : "idle",
      })),
    [shipments, chosen],
  );
  const lines = useMemo(
    (): readonly MapLine[] =>
      area === null ? [] : [{ id: "area", kind: "planned", points: [...area, ...area.slice(0, 1)] }],
    [area],
  );
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChosen(next);
  };
  const close = () => {
    const inside = shipments.filter(({ pickup }) => lies(area ?? [], [pickup.latitude, pickup.longitude]));
    onChosen(new Set([...chosen, ...inside.map(({ id }) => id)]));
    setArea(null);
  };
  if (shipments.length === 0) {
    return <Empty detail={t("plans.open.none.detail")} icon="package" title={t("plans.open.none")} />;
  }
  return (
    <div className="grid lg:grid-cols-2">
      <div className="max-h-[28rem] overflow-y-auto" tabIndex={-1}>
        <Table
          caption={t("plans.open")}
          columns={[
            {
              key: "route",
              title: t("plans.col.route"),
              cell: (shipment) => (
                <span>
                  <span className="font-medium">{routeOf(shipment)}</span>
                  <span className="block text-xs text-ink-3 tabular">{shipment.reference}</span>
                </span>
              ),
              sort: routeOf,
            },
            {
              key: "pickup",
              title: t("plans.col.pickup"),
              wideOnly: true,
              cell: ({ pickup }) => (
                <span className="tabular">{formatWindow(pickup.window.from, pickup.window.to)}</span>
              ),
              sort: ({ pickup }) => pickup.window.from,
            },
            {
              key: "cargo",
              title: t("plans.col.cargo"),
              align: "right",
              cell: ({ cargo }) => t("word.kg", { n: formatNumber(cargo.weight_kg) }),
              sort: ({ cargo }) => cargo.weight_kg,
            },
          ]}
          onOpen={(shipment) => toggle(shipment.id)}
          onSelected={onChosen}
          rowKey={(shipment) => shipment.id}
          rowName={(shipment) => shipment.reference}
          rows={shipments}
          selected={chosen}
        />
        <p className="border-t border-line px-4 py-2 text-xs text-ink-3">
          {t("plans.open.scope", { n: shipments.length, m: total })}
        </p>
      </div>
      <div className="flex flex-col border-line max-lg:border-t lg:border-l">
        <LiveMap
          className="h-72 w-full lg:h-96"
          fit={shipments.length}
          lines={lines}
          markers={markers}
          onPick={(latitude, longitude) => {
            if (area !== null) setArea([...area, [latitude, longitude]]);
          }}
          onSelect={(id) => {
            if (id !== null && area === null) toggle(id);
          }}
          texts={mapTexts(t("plans.map"))}
          theme={theme}
        />
        <div className="flex flex-wrap items-center gap-2 border-t border-line px-4 py-2">
          {area === null ? (
            <Button icon="flag" onClick={() => setArea([])} size="sm">
              {t("plans.area")}
            </Button>
          ) : (
            <>
              <p className="mr-auto text-xs text-ink-2" role="status">
                {t("plans.area.hint", { n: area.length })}
              </p>
              <Button disabled={area.length < 3} look="primary" onClick={close} size="sm">
                {t("plans.area.close")}
              </Button>
              <Button look="quiet" onClick={() => setArea(null)} size="sm">
                {t("plans.area.drop")}
              </Button>
            </>
          )}
        </div>
      </div>
    </div>
  );
}
