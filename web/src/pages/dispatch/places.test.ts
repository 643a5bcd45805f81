import { describe, expect, it } from "vitest";
import { readPlaces, writePlace } from "./places";

describe("places", () => {
  it("are read one a line, however they are written", () => {
    const milan = { latitude: 45.4642, longitude: 9.19 };
    for (const text of ["45.4642, 9.19", "45.4642 9.19", "45,4642 9,19", "45,4642; 9,19", " 45.4642,9.19 "]) {
      expect(readPlaces(text), text).toEqual([milan]);
    }
    expect(readPlaces("45.4642, 9.19\n\n-33.9, 18.4")).toEqual([milan, { latitude: -33.9, longitude: 18.4 }]);
    expect(readPlaces("")).toEqual([]);
  });

  it("are refused whole when a line is none", () => {
    for (const text of ["Milano", "45.4", "91, 9", "45, 181", "45.4642, 9.19, 3", "45.4642, 9.19\nRoma"]) {
      expect(readPlaces(text), text).toBeNull();
    }
  });

  it("are written as they are read", () => {
    const place = { latitude: 45.46421, longitude: -9.19 };
    expect(readPlaces(writePlace(place))).toEqual([place]);
  });
});
