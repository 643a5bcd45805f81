// @vitest-environment jsdom
import { beforeAll, describe, expect, it } from "vitest";
import { loadCatalogue } from "@/i18n";
import { explain, explainField } from "./explain";
import { ApiProblem } from "./problem";

beforeAll(() => loadCatalogue("it"));

describe("a refusal in the reader's language", () => {
  it("keeps the bounds, names and amounts that only the server knows", () => {
    const at = (code: string, detail: string) => explainField({ field: "x", code, detail });
    expect(at("out_of_range", "must be between 5 and 95")).toBe("Da 5 a 95");
    expect(at("invalid_length", "must have 1 to 1000 characters")).toBe("Da 1 a 1000");
    expect(at("out_of_range", "at most 30 days")).toBe("Al massimo 30");
    expect(at("out_of_range", "the window must end within a year")).toBe("Fuori da ciò che è possibile");
    expect(at("unknown_column", "there is no column `<b>colour</b>`")).toContain("<b>colour</b>");
    expect(at("below_minimum_charge", "the minimum charge for this distance is 75.00 EUR")).toMatch(/75,00/);
    expect(at("never_heard_of", "what the server says")).toBe("what the server says");
  });

  it("is told by its code", () => {
    const refused = (code: string) => explain(new ApiProblem(409, code, "in English"));
    expect(refused("driver.taken")).toBe("Questo autista ha preso un altro carico.");
    expect(refused("never.heard_of")).toBe("in English");
  });
});
