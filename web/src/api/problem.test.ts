import { describe, expect, it } from "vitest";
import { ApiProblem, problemAt, problemOf, problemsElsewhere } from "./problem";

const error = (field: string) => ({ field, code: "missing", detail: "this field is required" });

describe("a problem", () => {
  const problem = new ApiProblem(422, "invalid_input", "", [
    error("pickup.window.from"),
    error("/tender/carriers/1"),
    error("cargo.value.amount"),
  ]);

  it("is found at the field it names, however that is written", () => {
    expect(problemAt(problem, "pickup.window.from")?.code).toBe("missing");
    expect(problemAt(problem, "tender.carriers[1]")?.code).toBe("missing");
    expect(problemAt(problem, "cargo.value")?.field).toBe("cargo.value.amount");
    expect(problemAt(problem, "pickup.window.fro")).toBeNull();
    expect(problemAt(null, "pickup")).toBeNull();
  });

  it("is shown above the form when no field shows it", () => {
    expect(problemsElsewhere(problem, ["pickup", "cargo.value"]).map(({ field }) => field)).toEqual([
      "/tender/carriers/1",
    ]);
  });

  it("is read from what is no problem document too", async () => {
    const page = await problemOf(new Response("<html>", { status: 502, headers: { "retry-after": "7" } }));
    expect([page.status, page.code, page.retryAfter, page.isPassing]).toEqual([502, "http.502", 7, true]);
    const odd = await problemOf(
      new Response(JSON.stringify({ code: "x.y", errors: [null, 1, { code: "z" }, error("a")] }), {
        status: 422,
      }),
    );
    expect([odd.code, odd.errors.length, odd.isPassing]).toEqual(["x.y", 1, false]);
  });
});
