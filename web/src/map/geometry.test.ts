import { describe, expect, it } from "vitest";
import { boundsOf, mercatorX, mercatorY, nearest } from "./geometry";
import type { MapMarker } from "./types";

const marker = (id: string, latitude: number, longitude: number): MapMarker => ({
  id,
  latitude,
  longitude,
  tone: "idle",
});

describe("geometry", () => {
  it("projects as every web map does", () => {
    expect([mercatorX(-180), mercatorX(0), mercatorX(180)]).toEqual([0, 0.5, 1]);
    expect(mercatorY(0)).toBeCloseTo(0.5, 12);
    expect(mercatorY(85.051129)).toBeCloseTo(0, 6);
    const tile = [mercatorX(9.19), mercatorY(45.4642)].map((part) => Math.floor(part * 1024));
    expect(tile).toEqual([538, 366]);
  });

  it("fits everything, and nothing", () => {
    expect(boundsOf([], [], [])).toBeNull();
    const line = { id: "l", kind: "driven" as const, points: [[41.9, 12.5]] as const };
    expect(boundsOf([marker("a", 45, 9)], [], [line])).toEqual([9, 41.9, 12.5, 45]);
  });

  it("finds the nearest marker within reach only", () => {
    const markers = [marker("a", 45, 9), marker("b", 45, 9.1), marker("c", 46, 9.1)];
    expect(nearest(markers, mercatorX(9.09), mercatorY(45), 0.001)).toBe(1);
    expect(nearest(markers, mercatorX(20), mercatorY(45), 0.001)).toBe(-1);
    expect(nearest([], 0.5, 0.5, 1)).toBe(-1);
  });
});
