import { expect, test } from "vitest";
import {
  instantOf,
  shownIn,
  addDays,
  dateIn,
  dayStart,
  mondayOf,
  place,
  sameTimeOn,
  snap,
  step,
  takenShare,
  wireTime,
} from "./calendar";

const at = (text: string) => Date.parse(text);

test("days begin by the facility's clock, also when clocks change", () => {
  expect(wireTime(dayStart("Europe/Rome", "2026-03-02"))).toBe("2026-03-01T23:00:00Z");
  expect(dayStart("Europe/Rome", "2026-03-30") - dayStart("Europe/Rome", "2026-03-29")).toBe(23 * 3_600_000);
  expect(dayStart("Europe/Rome", "2026-10-26") - dayStart("Europe/Rome", "2026-10-25")).toBe(25 * 3_600_000);
  expect(wireTime(dayStart("Asia/Kolkata", "2026-03-02"))).toBe("2026-03-01T18:30:00Z");
  expect(dateIn("Pacific/Auckland", at("2026-03-01T12:00:00Z"))).toBe("2026-03-02");
});

test("a week begins on Monday", () => {
  expect(mondayOf("2026-03-01")).toBe("2026-02-23");
  expect(mondayOf("2026-03-02")).toBe("2026-03-02");
  expect(addDays("2026-02-28", 1)).toBe("2026-03-01");
});

test("another day at the same local time is not always 24 hours away", () => {
  const eight = at("2026-03-28T07:00:00Z");
  expect(wireTime(sameTimeOn("Europe/Rome", eight, 1))).toBe("2026-03-29T06:00:00Z");
  expect(wireTime(sameTimeOn("Europe/Rome", eight, -1))).toBe("2026-03-27T07:00:00Z");
});

test("what a clock shows is read by that clock", () => {
  expect(instantOf("Europe/Rome", "2026-03-29T08:00")).toBe(at("2026-03-29T06:00:00Z"));
  expect(instantOf("Asia/Kolkata", "2026-03-02T08:00")).toBe(at("2026-03-02T02:30:00Z"));
  expect(instantOf("Europe/Rome", "soon")).toBeNull();
  expect(shownIn("Europe/Rome", at("2026-03-29T06:00:00Z"))).toBe("2026-03-29T08:00");
});

test("blocks are cut at the day's edges", () => {
  const [start, end] = [at("2026-03-02T00:00:00Z"), at("2026-03-03T00:00:00Z")];
  const block = (from: string, to: string) => ({ from, to });
  expect(place(block("2026-03-02T06:00:00Z", "2026-03-02T12:00:00Z"), start, end)).toEqual({
    left: 0.25,
    width: 0.25,
  });
  expect(place(block("2026-03-01T18:00:00Z", "2026-03-02T06:00:00Z"), start, end)).toEqual({
    left: 0,
    width: 0.25,
  });
  expect(place(block("2026-03-03T00:00:00Z", "2026-03-03T01:00:00Z"), start, end)).toBeNull();
  expect(takenShare([block("2026-03-02T06:00:00Z", "2026-03-02T12:00:00Z")], start, end)).toBe(0.25);
});

test("arrows move by slots and docks and stop at the last dock", () => {
  const target = { from: at("2026-03-02T08:00:00Z"), dock: "2" };
  expect(step(target, "ArrowRight", ["1", "2"], 15)?.from).toBe(at("2026-03-02T08:15:00Z"));
  expect(step(target, "ArrowUp", ["1", "2"], 15)?.dock).toBe("1");
  expect(step(target, "ArrowDown", ["1", "2"], 15)?.dock).toBe("2");
  expect(step(target, "x", ["1", "2"], 15)).toBeNull();
  expect(wireTime(snap("Europe/Rome", at("2026-03-02T08:08:00Z"), 15))).toBe("2026-03-02T08:15:00Z");
  // Half an hour ahead of the full hours of UTC.
  expect(wireTime(snap("Asia/Kolkata", at("2026-03-02T08:08:00Z"), 60))).toBe("2026-03-02T08:30:00Z");
});
