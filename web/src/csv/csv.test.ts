import { describe, expect, it } from "vitest";
import { CsvProblem, parseCsv, writeCsv } from "./csv";
import { COLUMNS, readShipments, template } from "./shipments";

describe("comma-separated values", () => {
  it("are read with quotes, line breaks in cells, either separator and a byte order mark", () => {
    expect(parseCsv('\uFEFFa,b\r\n"x, ""y""","1\n2"\r\n\r\n')).toEqual([
      ["a", "b"],
      ['x, "y"', "1\n2"],
    ]);
    expect(parseCsv("a;b\n1,5;2\n")).toEqual([
      ["a", "b"],
      ["1,5", "2"],
    ]);
    expect(() => parseCsv('a\n"b')).toThrow(CsvProblem);
  });

  it("come back as they were written", () => {
    const rows = [
      ["name", "note"],
      ["Rossi, Bianchi", 'says "no"\nand; yes'],
    ];
    expect(parseCsv(writeCsv(rows))).toEqual(rows);
  });

  it("hold no formulas", () => {
    expect(writeCsv([["=1+1", "@x", "-5", -5, "+39 02"]])).toBe("'=1+1,'@x,-5,-5,'+39 02\r\n");
  });
});

describe("an import", () => {
  const now = new Date("2030-05-01T00:00:00Z");
  const names = Object.keys(COLUMNS);
  const good = (template(now)[1] ?? []).map(String);
  const with_ = (changes: Record<string, string>) => names.map((name, at) => changes[name] ?? good[at] ?? "");
  const read = (...rows: string[][]) => readShipments([names, ...rows], now);

  it("takes its own template", () => {
    const { head, rows } = readShipments(parseCsv(writeCsv(template(now))), now);
    expect([head, rows.map((row) => row.problems)]).toEqual([[], [[]]]);
    expect(rows[0]?.body).toMatchObject({
      pickup: { latitude: 45.4642, address: "Via Esempio 1" },
      cargo: { weight_kg: 8000, value: { amount: "12500.00", currency: "EUR" }, requires: ["lift_gate"] },
    });
  });

  it("names every bad cell of every row", () => {
    const { rows } = read(
      with_({ pickup: "Atlantis", weight_kg: "-1" }),
      with_({ delivery_to: "2030-05-30T00:00", value_eur: "much" }),
      with_({ pickup_from: "soon" }),
      good.slice(1),
    );
    expect(rows.map((row) => row.problems.map(({ column }) => column))).toEqual([
      ["pickup", "weight_kg"],
      ["delivery_to", "value_eur"],
      ["pickup_from"],
      expect.arrayContaining([""]),
    ]);
    expect(rows.every((row) => row.body === null)).toBe(true);
  });

  it("reads no row when the head is wrong", () => {
    const { head, rows } = readShipments(
      [
        ["pickup", "colour"],
        ["a", "b"],
      ],
      now,
    );
    expect([rows.length, head.length > 1]).toEqual([0, true]);
  });

  it("takes coordinates for places", () => {
    expect(read(with_({ pickup: "45.5 9.2" })).rows[0]?.body?.pickup).toMatchObject({
      latitude: 45.5,
      longitude: 9.2,
    });
    expect(read(with_({ pickup: "95 9.2" })).rows[0]?.body).toBeNull();
  });
});
