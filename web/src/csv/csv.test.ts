import { describe, expect, it } from "vitest";
import { CsvProblem, parseCsv, writeCsv } from "./csv";
import { rowsOf, template } from "./shipments";

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

  it("shows each row as it was written, beside what the server found", () => {
    const table = parseCsv(`${writeCsv(template(now))}Nowhere,=1+1\r\n`);
    const error = { row: 2, column: "pickup_place", code: "unknown_place", detail: "no such place" };
    const rows = rowsOf(table, [error]);
    expect(rows.map(({ row, errors }) => [row, errors])).toEqual([
      [1, []],
      [2, [error]],
    ]);
    expect(rows[0]?.cells).toMatchObject({
      pickup_place: "Milano",
      weight_kg: "8000",
      requires: "lift_gate",
    });
    expect(rows[1]?.cells).toMatchObject({ pickup_place: "Nowhere", pickup_address: "=1+1", weight_kg: "" });
  });
});
