import type { Eta, Shipment } from "@/api/types";

/** When a truck is expected at a stop, and how that is known. */
export type Expected =
  | { readonly source: "promised"; readonly at: string }
  | {
      readonly source: "pickup" | "delivery";
      readonly at: string;
      /** One of ten trucks comes before, one after. */
      readonly earliest: string;
      readonly latest: string;
      readonly leftKm: number;
      /** Whether the way is measured along planned roads. */
      readonly byRoad: boolean;
      /** The position that it rests on. */
      readonly seenAt: string;
      readonly lateSeconds: number;
    };

/** The server can reckon from when the truck has set out. */
const SET_OUT = ["en_route_pickup", "loading", "in_transit", "unloading"];

export function isEstimated(shipment: Pick<Shipment, "status">): boolean {
  return SET_OUT.includes(shipment.status);
}

/** The estimate to the next stop; the carrier's promise as long as there is none, from the booking until the delivery. */
export function expectedOf(
  shipment: Pick<Shipment, "booking">,
  next: Eta["next"] | undefined,
): Expected | null {
  if (next) {
    return {
      source: next.stop === "pickup" ? "pickup" : "delivery",
      at: next.eta,
      earliest: next.earliest,
      latest: next.latest,
      leftKm: next.distance_km,
      byRoad: next.distance_by === "road",
      seenAt: next.seen_at,
      lateSeconds: next.late_by_seconds,
    };
  }
  return shipment.booking ? { source: "promised", at: shipment.booking.delivery_at } : null;
}
