import { describe, expect, it } from "vitest";
import { fleetOf, isRelabelled, movedOf, withMoved } from "./fleet";

const ANSWER = {
  positions: [
    ["drv_1", 45.5, 9.25, 90, 72, "in_transit", "shp_1"],
    ["drv_2", 41.9, 12.5, null, null, "idle", null],
    ["drv_3", "north"],
    "nonsense",
  ],
  labels: [
    ["drv_1", "DRV-MIL-000001", "SHM-MIL-000001", "2026-01-02T10:00:00Z", 45.4, 9.1, 41.9, 12.4],
    ["drv_2", "DRV-ROM-000002"],
    [7],
  ],
};

describe("the fleet", () => {
  it("is read from its arrays, without what is no truck", () => {
    const { trucks, labels } = fleetOf(ANSWER, 0);
    expect([...trucks.keys()]).toEqual(["drv_1", "drv_2"]);
    expect(trucks.get("drv_2")).toMatchObject({ heading: null, status: "idle", shipment: null });
    expect(labels.get("drv_1")?.load).toEqual({
      reference: "SHM-MIL-000001",
      due: "2026-01-02T10:00:00Z",
      pickup: { latitude: 45.4, longitude: 9.1 },
      delivery: { latitude: 41.9, longitude: 12.4 },
    });
    expect(labels.get("drv_2")).toEqual({ reference: "DRV-ROM-000002", load: null });
  });

  it("moves without touching what it was before", () => {
    const before = fleetOf(ANSWER, 0);
    const moved = movedOf({ positions: [["drv_2", 42, 12.6, 10, 50, "booked", "shp_2"]] });
    const after = withMoved(before, moved);
    expect(after.trucks.get("drv_2")?.latitude).toBe(42);
    expect(before.trucks.get("drv_2")?.latitude).toBe(41.9);
    expect(movedOf({})).toEqual([]);
  });

  it("knows when a truck took another load", () => {
    const fleet = fleetOf(ANSWER, 0);
    const [taken, same, fresh] = movedOf({
      positions: [
        ["drv_2", 42, 12.6, 10, 50, "booked", "shp_2"],
        ["drv_1", 45.6, 9.3, 90, 72, "unloading", "shp_1"],
        ["drv_9", 45.6, 9.3, 90, 72, "booked", "shp_9"],
      ],
    });
    expect([taken, same, fresh].map((truck) => truck && isRelabelled(fleet, truck))).toEqual([
      true,
      false,
      true,
    ]);
  });
});
