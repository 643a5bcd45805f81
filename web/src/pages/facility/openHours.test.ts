import { describe, expect, it } from "vitest";
import { readSpans, spansText } from "./openHours";

describe("opening hours", () => {
  it("are read as people write them, and written so that they are read again", () => {
    const two = [
      { from: "08:00", to: "12:00" },
      { from: "14:00", to: "18:30" },
    ];
    expect(readSpans("8-12, 14:00 – 18.30")).toEqual(two);
    expect(readSpans(spansText(two))).toEqual(two);
    expect(readSpans("  ")).toEqual([]);
    expect(readSpans("0-24")).toEqual([{ from: "00:00", to: "24:00" }]);
  });

  it("that are none are refused", () => {
    for (const bad of ["morning", "8", "8-", "8-12 14-18", "08:0-12"]) expect(readSpans(bad)).toBeNull();
  });
});
