import { useQuery } from "@tanstack/react-query";
import { reads } from "@/api/queries";
import type { Shipment } from "@/api/types";
import { placeOf } from "@/geo/places";
import { t, tKnown } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { Card } from "@/ui/Card";
import { When } from "@/ui/Values";
import { AlertButtons } from "./AlertButtons";
import { figureOf, STATE_TONES } from "./alerts";

/** What the positions of one trip said was wrong. Nothing is shown where nothing was. */
export function TripAlerts({ shipment }: { readonly shipment: Shipment }) {
  const alerts = useQuery(reads.alertsOf(shipment.id));
  if (!alerts.data || alerts.data.length === 0) return null;
  return (
    <Card title={t("alerts.title")}>
      <ul className="-my-3 divide-y divide-line">
        {alerts.data.map((alert) => (
          <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3" key={alert.id}>
            <span className="min-w-0 text-sm">
              <span className="font-medium">{tKnown("queue.reason", alert.kind)}</span>
              <span className="text-ink-2 tabular">{` · ${figureOf(alert)}`}</span>
              <span className="block text-xs text-ink-3">
                <When at={alert.since} />
                {alert.latitude === undefined || alert.longitude === undefined
                  ? null
                  : ` · ${placeOf({ latitude: alert.latitude, longitude: alert.longitude })}`}
              </span>
            </span>
            <span className="flex items-center gap-2">
              <Badge dot tone={STATE_TONES[alert.state] ?? "neutral"}>
                {tKnown("alerts.state", alert.state)}
              </Badge>
              <AlertButtons alert={alert} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
