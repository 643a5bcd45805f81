// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { IdempotencyKey } from "@/app/forms";
import { placesOf, startOf } from "@/app/nav";
import { router } from "@/app/router";
import { distanceKm, nearestCity } from "@/geo/places";
import { matching } from "@/ui/CommandPalette";
import { ownPath } from "./account/SignIn";
import { ROLES } from "./admin/Users";
import { months, spanOf } from "./carrier/Statement";
import { papersOf } from "./driver/agent";
import { earningsPerKm, priceAtRate } from "./driver/OfferCard";
import { lastRerouted, roadVehicle } from "./driver/Directions";
import { readMinutes } from "./driver/ReportForm";
import { nextStep, statusHere } from "./driver/Trip";
import { periodOf } from "./driver/usePositions";
import { ratesOf } from "./operations/rates";
import { disputeState } from "./shipments/Dispute";
import { emptyDraft, toBody } from "./shipments/draft";
import { pace } from "./shipments/PublicTracking";
import { queryOf } from "./shipments/ShipmentList";
import { lengthKm, pairsOf } from "./shipments/Track";
import { sourceOf } from "./shipments/way";

describe("a role", () => {
  it.each(ROLES)("%s starts somewhere, and every place it is shown exists", (role) => {
    const paths = new Set(Object.keys(router.routesByPath));
    const places = placesOf(role).flatMap((group) => group.places.map((place) => place.to));
    expect(places).toContain(startOf(role));
    expect(places.filter((place) => !paths.has(place))).toEqual([]);
  });
});

describe("a form", () => {
  it("keeps its key for the same body, and takes another for another", () => {
    const key = new IdempotencyKey();
    const first = key.for({ a: 1 });
    expect(key.for({ a: 1 })).toBe(first);
    expect(key.for({ a: 2 })).not.toBe(first);
    const again = key.for({ a: 2 });
    key.done();
    expect(key.for({ a: 2 })).not.toBe(again);
  });

  it("of a shipment names what cannot be sent", () => {
    const empty = emptyDraft(new Date());
    expect(toBody(empty)).toEqual({
      problems: { "cargo.weight_kg": "number", pickup: "place", delivery: "place" },
    });
    const at = { latitude: 45, longitude: 9, place: "Milano" };
    const filled = {
      ...empty,
      pickup: { ...empty.pickup, ...at },
      delivery: { ...empty.delivery, ...at },
      weight: "1.250,5",
      tender: "direct",
      carriers: " org_1 ",
    };
    expect(toBody(filled)).not.toHaveProperty("body.cargo.volume_m3");
    expect(toBody({ ...filled, volume: "30,5" })).toMatchObject({
      body: { cargo: { weight_kg: 1250.5, volume_m3: 30.5 }, tender: { mode: "direct", carrier: "org_1" } },
    });
  });

  it("leads only to paths of this app", () => {
    expect(
      ["/board?view=map", "//evil.example", "/\\evil.example", "https://evil.example", undefined].map(
        ownPath,
      ),
    ).toEqual(["/board?view=map", "/", "/", "/", "/"]);
  });
});

describe("a trip", () => {
  it("goes one step at a time, from what was last taken on this device", () => {
    expect(
      ["booked", "en_route_pickup", "loading", "in_transit", "unloading", "delivered", "completed"].map(
        nextStep,
      ),
    ).toEqual(["en_route_pickup", "loading", "in_transit", "unloading", "delivered", null, null]);
    expect(statusHere("booked", [{ status: "loading" }, { status: "in_transit" }])).toBe("in_transit");
  });

  it("pays what is left after the commission, over all its kilometres", () => {
    expect(earningsPerKm("100.00", 85)).toBe("1.00");
    expect(earningsPerKm(null, 85)).toBeNull();
    expect(earningsPerKm("100.00", 0)).toBeNull();
    expect(priceAtRate("1.35", 626.4)).toBe("994.87");
    expect(earningsPerKm(priceAtRate("1.35", 626.4), 626.4)).toBe("1.35");
  });

  it("has a report whose delay is minutes or nothing", () => {
    expect(["", " 40 ", "0", "-5", "1.5", "soon", "20000"].map(readMinutes)).toEqual([
      null,
      40,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("is told the turns for a vehicle of its size", () => {
    expect([1_200, 8_000, 24_000].map(roadVehicle)).toEqual(["van", "truck12", "truck40"]);
  });

  it("has the last change of the way to the stop that it drives to", () => {
    const event = (position: number, type: string, stop: string) => ({
      position,
      type,
      time: "2030-05-01T08:00:00Z",
      data: { stop, reason: "closure", eta: "2030-05-01T09:00:00Z" },
    });
    const history = [
      event(1, "route.updated", "pickup"),
      event(2, "route.updated", "delivery"),
      event(3, "stop.arrived", "delivery"),
    ] as unknown as Parameters<typeof lastRerouted>[0];
    expect(lastRerouted(history, "pickup")).toMatchObject({ position: 1, reason: "closure" });
    expect(lastRerouted(history, "delivery")?.position).toBe(2);
    expect(lastRerouted([], "delivery")).toBeNull();
  });

  it("sends positions less often where the network is slow", () => {
    expect(
      [{ effectiveType: "4g" }, { effectiveType: "2g" }, { saveData: true }, undefined].map(periodOf),
    ).toEqual([5_000, 30_000, 30_000, 5_000]);
  });

  it("needs papers, whose last day counts", () => {
    const declared = { licence_valid_until: "2030-05-31", insurance_valid_until: "2031-01-01" };
    const states = (at: string) =>
      papersOf(declared, Date.parse(at)).map(({ paper, state }) => `${paper} ${state}`);
    expect(states("2030-05-31T20:00:00Z")).toEqual(["licence soon", "insurance ok"]);
    expect(states("2030-06-01T01:00:00Z")).toEqual(["licence over", "insurance ok"]);
  });
});

describe("places", () => {
  it("are near or far", () => {
    const monza = { latitude: 45.5845, longitude: 9.2744 };
    expect(nearestCity(monza)?.city.code).toBe("MIL");
    expect(
      distanceKm({ latitude: 45.4642, longitude: 9.19 }, { latitude: 41.9028, longitude: 12.4964 }),
    ).toBeCloseTo(476.9, 0);
  });
});

describe("what the process says", () => {
  it("gives rates between two readings, also after a restart", () => {
    const reading = (at: number, messages: number) => ({ at, agents: [{ kind: "driver", messages }] });
    expect(ratesOf(reading(0, 10), reading(5000, 60))).toEqual({ driver: 10 });
    expect(ratesOf(reading(0, 10), reading(5000, 2))).toEqual({ driver: 0 });
    expect(ratesOf(null, reading(5000, 2))).toEqual({});
  });
});

describe("the palette", () => {
  it("finds commands that hold every word", () => {
    const commands = ["Live map", "Ledger"].map((title) => ({
      key: title,
      group: "",
      title,
      icon: "map" as const,
      run: () => undefined,
    }));
    expect(matching(commands, "MAP live").map(({ title }) => title)).toEqual(["Live map"]);
    expect(matching(commands, "").length).toBe(2);
  });
});

describe("a statement", () => {
  it("is of a month of the books, which are kept in UTC", () => {
    expect(spanOf("2030-12")).toEqual({ from: "2030-12-01T00:00:00Z", to: "2031-01-01T00:00:00Z" });
    expect(months(new Date("2030-02-28T23:00:00Z")).slice(0, 3)).toEqual(["2030-02", "2030-01", "2029-12"]);
  });
});

describe("a dispute", () => {
  const state = (status: string, ...payments: ("held" | "released" | "disputed" | "refunded")[]) =>
    disputeState(
      { status },
      payments.map((payment) => ({ status: payment })),
    );
  it("is possible from the loading until the payout", () => {
    expect(["booked", "loading", "in_transit", "delivered"].map((status) => state(status, "held"))).toEqual([
      "none",
      "none",
      "possible",
      "possible",
    ]);
    expect(state("disputed", "disputed")).toBe("open");
    expect(state("completed", "released")).toBe("over");
    expect(state("cancelled", "refunded")).toBe("none");
  });
});

describe("a way on a map", () => {
  it("is read from GeoJSON, which writes longitude first", () => {
    const line = {
      geometry: {
        type: "LineString",
        coordinates: [
          [9.19, 45.46],
          [9.2, 45.5],
        ],
      },
    };
    expect(pairsOf(line)).toEqual([
      [45.46, 9.19],
      [45.5, 9.2],
    ]);
    expect(pairsOf({ geometry: null })).toEqual([]);
    expect(pairsOf({ geometry: { type: "Point", coordinates: [9.19, 45.46] } })).toEqual([]);
    expect(
      lengthKm([
        [45, 9],
        [46, 9],
        [46, 9],
      ]),
    ).toBeCloseTo(111.2, 1);
  });

  it("says whose data it is, or that it is an estimate", () => {
    expect(sourceOf({ source: "great_circle" })).toBe("route.estimate");
    expect(sourceOf({ source: "roads", attribution: "OpenStreetMap" })).toBe("OpenStreetMap");
    expect(sourceOf({ source: "osrm", attribution: "OSRM", as_of: "2030-05-01T08:00:00Z" })).toBe(
      "OSRM, route.asof",
    );
  });

  it("is looked at as often as it moves", () => {
    expect(["booked", "in_transit", "completed"].map((status) => pace({ status }))).toEqual([
      60_000,
      15_000,
      false,
    ]);
  });
});

describe("the filters of a list", () => {
  it("are what the API takes; what an address holds that it does not know is left out", () => {
    expect(queryOf({ status: "nonsense", sort: "pickup", at: "45.5,9.2", within: "7" })).toEqual({
      sort: "pickup",
      latitude: 45.5,
      longitude: 9.2,
      within_km: 50,
    });
    expect(queryOf({ at: "here", from: "never" })).toEqual({});
  });
});
