import { describe, expect, it } from "vitest";
import { distanceKm, type Point } from "@/geo/places";
import { outlineOf } from "./shapes";

const LODI = { latitude: 45.31, longitude: 9.5 };
const points = (outline: readonly (readonly [number, number])[]): Point[] =>
  outline.map(([latitude, longitude]) => ({ latitude, longitude }));

describe("the outline of a geofence", () => {
  it("of a circle lies at its radius all around, and is closed", () => {
    const outline = points(outlineOf({ kind: "circle", points: [LODI], radius_m: 2000 }));
    expect(outline.at(-1)).toEqual(outline[0]);
    for (const corner of outline) expect(distanceKm(LODI, corner)).toBeCloseTo(2, 1);
  });

  it("of a polygon is its corners", () => {
    const corners = [LODI, { latitude: 45.4, longitude: 9.5 }, { latitude: 45.4, longitude: 9.6 }];
    const outline = outlineOf({ kind: "polygon", points: corners });
    expect(outline).toHaveLength(4);
    corners.forEach(({ latitude, longitude }, at) => {
      expect(outline[at]?.[0]).toBeCloseTo(latitude, 9);
      expect(outline[at]?.[1]).toBeCloseTo(longitude, 9);
    });
  });

  it("of a corridor stays at its distance from the line, around corners and ends", () => {
    const line = [LODI, { latitude: 45.4, longitude: 9.5 }, { latitude: 45.4, longitude: 9.7 }];
    const outline = points(outlineOf({ kind: "corridor", points: line, radius_m: 1000 }));
    const least = Math.min(...outline.flatMap((corner) => line.map((point) => distanceKm(point, corner))));
    expect(least).toBeGreaterThan(0.98);
    const most = Math.max(
      ...outline.map((corner) => Math.min(...line.map((point) => distanceKm(point, corner)))),
    );
    expect(most).toBeLessThan(1.5);
  });

  it("of too few points is nothing", () => {
    expect(outlineOf({ kind: "polygon", points: [LODI, LODI] })).toEqual([]);
    expect(outlineOf({ kind: "circle", points: [] })).toEqual([]);
  });
});
