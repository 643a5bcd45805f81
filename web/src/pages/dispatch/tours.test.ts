import { describe, expect, it } from "vitest";
import { dropBefore, giveTo, lies, moveWithin, partsOf, same, toursOf, type Tour } from "./tours";

const A: Tour = { vehicle: "a", stops: ["1/pickup", "2/pickup", "1/delivery", "2/delivery"] };
const B: Tour = { vehicle: "b", stops: ["3/pickup", "3/delivery"] };

describe("a tour", () => {
  it("comes from a plan", () => {
    const plan = { routes: [A.stops, B.stops], timetables: [{ vehicle: "a" }, { vehicle: "b" }] };
    expect(toursOf(plan)).toEqual([A, B]);
    expect(partsOf("SHM-1/x/delivery")).toEqual({ job: "SHM-1/x", half: "delivery" });
  });

  it("never delivers before it loads", () => {
    expect(moveWithin(A, "1/delivery", 0).stops).toEqual([
      "1/pickup",
      "1/delivery",
      "2/pickup",
      "2/delivery",
    ]);
    expect(moveWithin(A, "1/pickup", 9).stops).toEqual(["2/pickup", "1/pickup", "1/delivery", "2/delivery"]);
    expect(moveWithin(A, "2/delivery", 2).stops).toEqual([
      "1/pickup",
      "2/pickup",
      "2/delivery",
      "1/delivery",
    ]);
  });

  it("gives a job away with both its stops", () => {
    expect(giveTo([A, B], "3", "a")).toEqual([{ ...A, stops: [...A.stops, ...B.stops] }]);
    expect(giveTo([A], "1", "c")).toEqual([
      { vehicle: "a", stops: ["2/pickup", "2/delivery"] },
      { vehicle: "c", stops: ["1/pickup", "1/delivery"] },
    ]);
  });

  it("takes a stop where it is dropped", () => {
    expect(dropBefore([A, B], "3/delivery", "a", "1/delivery")).toEqual([
      {
        vehicle: "a",
        stops: ["1/pickup", "2/pickup", "3/pickup", "3/delivery", "1/delivery", "2/delivery"],
      },
    ]);
    expect(dropBefore([A], "2/pickup", "a", "1/pickup")[0]?.stops[0]).toBe("2/pickup");
    expect(dropBefore([A], "1/delivery", "a", null)[0]?.stops.at(-1)).toBe("1/delivery");
  });

  it("is the same whatever the order of the trucks", () => {
    expect(same([A, B], [B, A, { vehicle: "c", stops: [] }])).toBe(true);
    expect(same([A, B], [moveWithin(A, "2/delivery", 2), B])).toBe(false);
  });
});

describe("an area", () => {
  const square = [
    [44, 8],
    [44, 10],
    [46, 10],
    [46, 8],
  ] as const;
  it("holds what lies between its corners", () => {
    expect(lies(square, [45, 9])).toBe(true);
    expect(lies(square, [45, 11])).toBe(false);
    expect(lies(square, [47, 9])).toBe(false);
    expect(lies(square.slice(0, 1), [44, 8])).toBe(false);
  });
});
