import { describe, expect, it } from "vitest";
import { formatMoney, formatSpan, fromLocalInput, minor, readAmount, sumMoney, toLocalInput } from "./format";

const plain = (text: string) => text.replaceAll(/[\u00A0\u202F]/g, " ");
const money = (amount: string, currency = "EUR") => ({ amount, currency });

describe("money", () => {
  it("is written as the language does, digit by digit", () => {
    expect(plain(formatMoney(money("1250.00"), "en-GB"))).toBe("€1,250.00");
    expect(plain(formatMoney(money("12500.00"), "it-IT"))).toBe("12.500,00 €");
    expect(plain(formatMoney(money("-0.05"), "en-GB"))).toBe("-€0.05");
    expect(plain(formatMoney(money("-0.00"), "en-GB"))).toBe("€0.00");
    // Beyond what a float holds.
    expect(plain(formatMoney(money("90071992547409931.07"), "en-GB"))).toBe("€90,071,992,547,409,931.07");
    expect(plain(formatMoney(money("1500", "JPY"), "en-GB"))).toBe("JP¥1,500");
  });

  it.each([
    ["1250", "1250.00"],
    ["1250,5", "1250.50"],
    ["1.250,50", "1250.50"],
    ["1,250.50", "1250.50"],
    ["1.250", "1250.00"],
    ["1.250.000", "1250000.00"],
    ["0,5", "0.50"],
    ["€ 12", "12.00"],
    ["007", "7.00"],
  ])("is read from %s as %s", (typed, wire) => expect(readAmount(typed)).toBe(wire));

  it.each(["", "-5", "1.2345", "1,2,3", "1.25,000", "1.250.00", "abc", "1e3", ","])(
    "is not read from %s",
    (typed) => expect(readAmount(typed)).toBeNull(),
  );

  it("adds up exactly, each currency by itself", () => {
    expect(sumMoney([money("0.10"), money("0.20"), money("-0.35"), money("5.00", "CHF")], "EUR")).toEqual(
      money("-0.05"),
    );
    expect(sumMoney([], "EUR")).toEqual(money("0.00"));
    expect(minor("-12.3")).toBe(-1230n);
  });
});

describe("times", () => {
  it("survive the way through an input", () => {
    const at = new Date(2030, 4, 31, 8, 5);
    expect(new Date(fromLocalInput(toLocalInput(at)))).toEqual(at);
    expect(fromLocalInput("")).toBe("");
  });

  it("are told in their two largest units", () => {
    // The catalogue is not loaded here: the keys stand for the units.
    expect(formatSpan(90_061_000)).toBe("unit.d unit.h");
    expect(formatSpan(0)).toBe("unit.s");
    expect(formatSpan(599_000)).toBe("unit.min unit.s");
  });

  it("are told without seconds when they are long", () => {
    expect(formatSpan(2_897_000)).toBe("unit.min");
    expect(formatSpan(3_599_000)).toBe("unit.h");
  });
});
