import type { Shipment } from "@/api/types";

/** When a shipment is expected, and how that is known. */
export interface Expected {
  readonly at: string;
  readonly source: "promised";
}

/** The carrier's promise, from the booking until the delivery. */
export function expectedOf(shipment: Shipment): Expected | null {
  return shipment.booking ? { at: shipment.booking.delivery_at, source: "promised" } : null;
}
