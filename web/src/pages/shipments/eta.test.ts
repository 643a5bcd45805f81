import { describe, expect, it } from "vitest";
import { expectedOf, isEstimated } from "./eta";

const BOOKING = { delivery_at: "2030-05-31T18:00:00Z" } as NonNullable<
  Parameters<typeof expectedOf>[0]["booking"]
>;
const NEXT = {
  stop: "pickup",
  eta: "2030-05-31T10:00:00Z",
  earliest: "2030-05-31T09:45:00Z",
  latest: "2030-05-31T10:30:00Z",
  distance_km: 42.5,
  distance_by: "road",
  seen_at: "2030-05-31T09:10:00Z",
  late_by_seconds: 0,
};

describe("what is expected of a truck", () => {
  it("is the estimate to its next stop, with its interval", () => {
    expect(expectedOf({ booking: BOOKING }, NEXT)).toMatchObject({
      source: "pickup",
      at: NEXT.eta,
      earliest: NEXT.earliest,
      latest: NEXT.latest,
      byRoad: true,
    });
  });

  it("is the carrier's promise while nothing is estimated, and nothing before the booking", () => {
    expect(expectedOf({ booking: BOOKING }, undefined)).toEqual({
      source: "promised",
      at: BOOKING.delivery_at,
    });
    expect(expectedOf({ booking: null }, undefined)).toBeNull();
  });

  it("is estimated once the truck has set out", () => {
    const states = ["booked", "en_route_pickup", "in_transit", "delivered"] as const;
    expect(states.map((status) => isEstimated({ status }))).toEqual([false, true, true, false]);
  });
});
