// @vitest-environment jsdom
import { beforeAll, describe, expect, it } from "vitest";
import { loadCatalogue } from "@/i18n";
import { figureOf } from "./alerts";
import { lastHours, periodOf } from "./period";
import { instantOf, reached, readSpeed, shownAt, type Frame } from "./replay";

const frame = (play_ms: number, latitude: number, at: string): Frame => ({
  play_ms,
  latitude,
  longitude: 9,
  speed_kmh: 60,
  at,
});
const FRAMES = [
  frame(0, 45, "2030-05-31T08:00:00Z"),
  frame(1000, 45.5, "2030-05-31T08:01:00Z"),
  frame(3000, 46, "2030-05-31T08:03:00Z"),
];

describe("a replay", () => {
  it("stands at the last frame that was reached", () => {
    expect([-1, 0, 999, 1000, 2999, 3000, 9000].map((ms) => reached(FRAMES, ms))).toEqual([
      -1, 0, 0, 1, 1, 2, 2,
    ]);
  });

  it("goes straight from frame to frame, in place and time, and stays at its ends", () => {
    expect(shownAt(FRAMES, 500)).toMatchObject({ latitude: 45.25, at: Date.parse("2030-05-31T08:00:30Z") });
    expect(shownAt(FRAMES, 2000)).toMatchObject({ latitude: 45.75, at: Date.parse("2030-05-31T08:02:00Z") });
    expect(shownAt(FRAMES, -50)?.latitude).toBe(45);
    expect(shownAt(FRAMES, 50_000)?.latitude).toBe(46);
    expect(shownAt([], 0)).toBeNull();
  });

  it("counts the trip's time by its speed", () => {
    expect(instantOf("2030-05-31T08:00:00Z", 1500, 60)).toBe(Date.parse("2030-05-31T08:01:30Z"));
  });

  it("takes any speed that the server plays, as either language writes it", () => {
    expect(["0,5", "2.5", "10000", "0", "10001", "fast", ""].map(readSpeed)).toEqual([
      0.5,
      2.5,
      10_000,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe("a period", () => {
  it("ends with this minute, so that it is the same for a minute", () => {
    const now = Date.parse("2030-05-31T08:30:31.250Z");
    expect(lastHours(24, now)).toEqual({ from: "2030-05-30T08:30:00Z", to: "2030-05-31T08:31:00Z" });
  });

  it("of an address is taken when it is one", () => {
    const [from, to] = ["2030-05-30T08:30:00Z", "2030-05-31T08:31:00Z"];
    expect(periodOf(from, to)).toEqual({ from, to });
    expect([periodOf(to, from), periodOf(from, "soon"), periodOf(undefined, to)]).toEqual([null, null, null]);
  });
});

describe("an alert's figure", () => {
  beforeAll(() => loadCatalogue("en"));

  it("has the unit of its kind", () => {
    const shown = [
      { kind: "long_stop", figure: 75 },
      { kind: "overspeed", figure: 112.4 },
      { kind: "off_route", figure: 6.25 },
    ].map(figureOf);
    expect(shown).toEqual(["1 h 15 min", "112 km/h", "6.3 km"]);
  });
});
