// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { IdempotencyKey } from "@/app/forms";
import { placesOf, startOf } from "@/app/nav";
import { router } from "@/app/router";
import { cityNamed, distanceKm, nearestCity, searchCities } from "@/geo/places";
import { matching } from "@/ui/CommandPalette";
import { ownPath } from "./account/SignIn";
import { ROLES } from "./admin/Users";
import { papersOf } from "./driver/agent";
import { earningsPerKm } from "./driver/OfferCard";
import { nextStep, statusHere } from "./driver/Trip";
import { periodOf } from "./driver/usePositions";
import { ratesOf } from "./operations/rates";
import { emptyDraft, toBody } from "./shipments/draft";

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
  it("are found in either language, without accents", () => {
    expect(searchCities("fire").map(({ code }) => code)).toEqual(["FLR"]);
    expect(searchCities("goteb")[0]?.code).toBe("GOT");
    expect(cityNamed("milano")?.code).toBe("MIL");
    expect(cityNamed("mil an")).toBeNull();
  });

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
