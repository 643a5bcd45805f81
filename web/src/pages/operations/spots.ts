import type { Shipment } from "@/api/types";
import type { Fleet, Place, Truck } from "@/live/fleet";
import type { MapMarker, Tone } from "@/map";

/** One line beside the map, and its marker on it: a truck, or a load that has none yet. */
export interface Spot extends Place {
  readonly id: string;
  readonly kind: "truck" | "load";
  readonly reference: string;
  readonly tone: Tone;
  /** A truck's status or a shipment's. */
  readonly status: string;
  readonly heading: number | null;
  readonly kmh: number | null;
  readonly load: {
    readonly id: string;
    readonly reference: string;
    readonly due: string;
    readonly pickup: Place;
    readonly delivery: Place;
  } | null;
}

/** What a list and a map can be narrowed to, in the order in which it deserves a look. */
export const GROUPS = ["late", "moving", "busy", "idle", "load", "off"] as const satisfies readonly Tone[];

const AT_A_STOP = ["loading", "unloading"];
const WITHOUT_TRUCK = ["requested", "bidding", "selected"];

function toneOf(truck: Truck, due: string | undefined, now: number): Tone {
  if (truck.status === "offline") return "off";
  if (truck.status === "idle") return "idle";
  if (due !== undefined && Date.parse(due) < now) return "late";
  return AT_A_STOP.includes(truck.status) ? "busy" : "moving";
}

/** The trucks and the loads that wait for one, what is late first. */
export function spotsOf(fleet: Fleet, shipments: readonly Shipment[], now: number): readonly Spot[] {
  const trucks = [...fleet.trucks.values()].map((truck): Spot => {
    const label = fleet.labels.get(truck.id);
    // A load that was taken since the labels were read has none yet.
    const load = truck.shipment === null ? null : (label?.load ?? null);
    return {
      id: truck.id,
      kind: "truck",
      reference: label?.reference ?? truck.id,
      latitude: truck.latitude,
      longitude: truck.longitude,
      heading: truck.heading,
      kmh: truck.kmh,
      status: truck.status,
      tone: toneOf(truck, load?.due, now),
      load: load && truck.shipment !== null ? { id: truck.shipment, ...load } : null,
    };
  });
  const loads = shipments
    .filter((shipment) => WITHOUT_TRUCK.includes(shipment.status))
    .map((shipment): Spot => ({
      id: shipment.id,
      kind: "load",
      reference: shipment.reference,
      latitude: shipment.pickup.latitude,
      longitude: shipment.pickup.longitude,
      heading: null,
      kmh: null,
      status: shipment.status,
      tone: "load",
      load: {
        id: shipment.id,
        reference: shipment.reference,
        due: shipment.delivery.window.to,
        pickup: shipment.pickup,
        delivery: shipment.delivery,
      },
    }));
  const rank = (spot: Spot) => (GROUPS as readonly Tone[]).indexOf(spot.tone);
  return [...trucks, ...loads].sort((a, b) => rank(a) - rank(b) || a.reference.localeCompare(b.reference));
}

/** How many there are of each group. */
export function countsOf(spots: readonly Spot[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { tone } of spots) counts[tone] = (counts[tone] ?? 0) + 1;
  return counts;
}

/** Those of the wanted groups (all, when none is named) whose references or cities hold the text. */
export function narrowed(
  spots: readonly Spot[],
  groups: ReadonlySet<string>,
  text: string,
  citiesOf: (spot: Spot) => string,
): readonly Spot[] {
  const wanted = text.trim().toLowerCase();
  return spots.filter((spot) => {
    if (groups.size > 0 && !groups.has(spot.tone)) return false;
    if (wanted === "") return true;
    const own = `${spot.reference} ${spot.load?.reference ?? ""} ${citiesOf(spot)}`;
    return own.toLowerCase().includes(wanted);
  });
}

export function markerOf({ id, latitude, longitude, heading, tone }: Spot): MapMarker {
  return { id, latitude, longitude, heading, tone };
}
