import { describe, expect, it } from "vitest";
import type { Shipment } from "@/api/types";
import { fleetOf, isCurrent, TOLD_FOR_MS, withMoved } from "@/live/fleet";
import { runBulk, suits, type Outcome } from "./bulk";
import { pageOf, particularsOf, shortId } from "./facts";
import { countsOf, narrowed, spotsOf } from "./spots";

const NOW = Date.parse("2026-01-02T12:00:00Z");
const ends = [45.4, 9.1, 41.9, 12.4];

function shipment(changes: object): Shipment {
  const at = (latitude: number) => ({
    latitude,
    longitude: 9,
    window: { from: "2026-01-02T08:00:00Z", to: "2026-01-02T18:00:00Z" },
  });
  return {
    id: "shp_open",
    reference: "SHM-MIL-000009",
    status: "bidding",
    bids: 0,
    pickup: at(45),
    delivery: at(41),
    ...changes,
  } as unknown as Shipment;
}

describe("the fleet's list", () => {
  const fleet = fleetOf(
    {
      positions: [
        ["drv_1", 45, 9, 90, 70, "in_transit", "shp_1"],
        ["drv_2", 45, 9, null, null, "idle", null],
        ["drv_3", 45, 9, null, 0, "loading", "shp_3"],
        ["drv_4", 45, 9, 10, 60, "in_transit", "shp_4"],
        ["drv_5", 45, 9, null, null, "offline", null],
      ],
      labels: [
        ["drv_1", "DRV-1", "SHM-1", "2026-01-02T13:00:00Z", ...ends],
        ["drv_3", "DRV-3", "SHM-3", "2026-01-02T13:00:00Z", ...ends],
        ["drv_4", "DRV-4", "SHM-4", "2026-01-02T11:00:00Z", ...ends],
      ],
    },
    NOW,
  );
  const spots = spotsOf(fleet, [shipment({}), shipment({ id: "shp_done", status: "completed" })], NOW);

  it("shows what is late first, and the loads that have no truck", () => {
    expect(spots.map(({ id, tone }) => `${id} ${tone}`)).toEqual([
      "drv_4 late",
      "drv_1 moving",
      "drv_3 busy",
      "drv_2 idle",
      "shp_open load",
      "drv_5 off",
    ]);
    expect(countsOf(spots)).toEqual({ late: 1, moving: 1, busy: 1, idle: 1, load: 1, off: 1 });
  });

  it("is shown for a minute after the last whole answer, whatever moves", () => {
    const moved = withMoved(fleet, fleet.trucks.values());
    expect([0, TOLD_FOR_MS].map((later) => isCurrent(moved, NOW + later))).toEqual([true, true]);
    expect(isCurrent(moved, NOW + TOLD_FOR_MS + 1)).toBe(false);
  });

  it("is narrowed by group, reference and city", () => {
    const ids = (groups: string[], text: string) =>
      narrowed(spots, new Set(groups), text, (spot) => (spot.load ? "Milan Rome" : "")).map(({ id }) => id);
    expect(ids(["idle", "off"], "")).toEqual(["drv_2", "drv_5"]);
    expect(ids([], " shm-1 ")).toEqual(["drv_1"]);
    expect(ids(["moving"], "rome")).toEqual(["drv_1"]);
    expect(ids([], "nowhere")).toEqual([]);
  });
});

describe("a bulk action", () => {
  it("is offered where it can succeed", () => {
    const offered = (changes: object) =>
      (["select", "tender", "cancel"] as const).filter((act) => suits(act, shipment(changes)));
    expect(offered({ bids: 2 })).toEqual(["select", "cancel"]);
    expect(offered({ status: "requested" })).toEqual(["tender", "cancel"]);
    expect(offered({ status: "in_transit", bids: 2 })).toEqual([]);
  });

  it("says what became of each row, and no refusal stops another", async () => {
    const told: (readonly Outcome[])[] = [];
    const rows = ["a", "b", "c", "d", "e", "f"].map((id) => ({ id, reference: id.toUpperCase() }));
    let out = 0;
    let most = 0;
    const one = async (id: string) => {
      out += 1;
      most = Math.max(most, out);
      await Promise.resolve();
      out -= 1;
      if (id === "b") throw new Error("taken");
    };
    const ended = await runBulk(
      rows,
      one,
      (error) => (error as Error).message,
      (now) => told.push(now),
    );
    expect(ended.map(({ reference, state, reason }) => [reference, state, reason])).toEqual([
      ["A", "done", null],
      ["B", "failed", "taken"],
      ["C", "done", null],
      ["D", "done", null],
      ["E", "done", null],
      ["F", "done", null],
    ]);
    expect(told[0]?.every(({ state }) => state === "waiting")).toBe(true);
    expect(told).toHaveLength(7);
    expect(most).toBeLessThanOrEqual(4);
  });
});

describe("a fact", () => {
  it("is read one particular a line, with instants and ids known", () => {
    const bid = `bid_${"0".repeat(31)}1`;
    expect(
      particularsOf({ bid, price: { minor: 31_364 }, at: 1_795_274_139_536_163, none: null, list: [1, "x"] }),
    ).toEqual([
      { path: "bid", value: bid, kind: "id" },
      { path: "price.minor", value: "31364", kind: "text" },
      { path: "at", value: "2026-11-21T15:15:39.536Z", kind: "instant" },
      { path: "list[0]", value: "1", kind: "text" },
      { path: "list[1]", value: "x", kind: "text" },
    ]);
  });

  it("leads to the page of what it is about", () => {
    expect(pageOf("shp_1")?.to).toBe("/shipments/$id");
    expect(pageOf("pay_1")).toBeNull();
    expect([shortId(`org_${"ab".repeat(16)}`), shortId("sys_platform")]).toEqual([
      "org_…ababab",
      "sys_platform",
    ]);
  });
});
