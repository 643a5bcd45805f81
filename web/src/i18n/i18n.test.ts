import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { en } from "./en";
import { fill } from "./fill";
import { it as italian } from "./it";

const SOURCE = join(import.meta.dirname, "..");

function files(folder: string, ending: RegExp): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return files(path, ending);
    return ending.test(entry.name) && !entry.name.includes(".test.") ? [path] : [];
  });
}

/** The texts that a person would see: JSX text and what is given to these attributes, as far as they hold letters. */
const SHOWN = new Set([
  "aria-label",
  "alt",
  "title",
  "label",
  "placeholder",
  "hint",
  "detail",
  "legend",
  "caption",
  "subtitle",
  "summary",
]);

export function bareTexts(name: string, source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node) && /\p{L}{2}/u.test(node.text)) found.push(`${name}: ${node.text.trim()}`);
    const value = ts.isJsxAttribute(node) && SHOWN.has(node.name.getText()) ? node.initializer : undefined;
    const inner = value && ts.isJsxExpression(value) ? value.expression : value;
    if (inner && ts.isStringLiteral(inner) && /\p{L}{2}/u.test(inner.text))
      found.push(`${name}: ${inner.text}`);
    node.forEachChild(visit);
  };
  visit(ts.createSourceFile(name, source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX));
  return found;
}

describe("the catalogues", () => {
  it("say everything in both languages, with the same values", () => {
    const names = (text: string) =>
      [...new Set([...text.matchAll(/\{(\w+)/g)].map(([, name]) => name))].sort().join();
    const differing = Object.entries(en).filter(([key, text]) => {
      const own = italian[key as keyof typeof en];
      return own.trim() === "" || names(own) !== names(text);
    });
    expect(differing.map(([key]) => key)).toEqual([]);
    expect(Object.keys(italian).sort()).toEqual(Object.keys(en).sort());
  });

  it("hold every text of the pages", () => {
    const bare = files(SOURCE, /\.tsx$/).flatMap((path) =>
      bareTexts(path.slice(SOURCE.length), readFileSync(path, "utf8")),
    );
    expect(bare).toEqual([]);
    // Every page is parsed: that takes its time on a busy machine.
  }, 60_000);

  it("find a text that stands outside them", () => {
    expect(bareTexts("x", '<p title="No">Hello {name}<br/> 5 € </p>')).toEqual(["x: No", "x: Hello"]);
  });

  it("hold no text that nobody shows", () => {
    const sources = files(SOURCE, /\.tsx?$/).filter((path) => !path.includes("/i18n/"));
    const text = sources.map((path) => readFileSync(path, "utf8")).join("\n");
    const whole = new Set([...text.matchAll(/"([\w.-]+)"/g)].map(([, key]) => key));
    // Keys that are put together begin with a prefix that stands in the code as such.
    const put = /`([\w.]+)\.\$\{|t(?:Known|Maybe)\(\s*"([\w.]+)"|of="([\w.]+)"/g;
    const prefixes = new Set([...text.matchAll(put)].flatMap((found) => found.slice(1)));
    const isUsed = (key: string) => {
      const parts = key.split(".");
      return whole.has(key) || parts.some((_, at) => prefixes.has(parts.slice(0, at + 1).join(".")));
    };
    expect(Object.keys(en).filter((key) => !isUsed(key))).toEqual([]);
  });
});

/** The codes that the server's sources refuse with, as far as they stand there as literals. */
function refusalCodes(): readonly string[] {
  const crates = join(SOURCE, "../../crates");
  const sources = files(crates, /\.rs$/).filter((path) => !/test|bench/.test(path));
  const text = sources.map((path) => readFileSync(path, "utf8")).join("\n");
  const whole = [...text.matchAll(/Refusal::(?:conflict|not_found)\(\s*"([a-z_]+\.[a-z_]+)"/g)];
  const field = [...text.matchAll(/(?:Refusal|Problem)::field\(\s*(?:"[^"]*"|\w+),\s*"([a-z_]+)"/g)];
  return [...whole.map(([, code]) => `problem.${code}`), ...field.map(([, code]) => `fieldproblem.${code}`)];
}

describe("the server's refusals", () => {
  it("are words of the catalogues", () => {
    const codes = new Set(refusalCodes());
    expect(codes.size).toBeGreaterThan(100);
    expect([...codes].filter((code) => !(code in en))).toEqual([]);
  });
});

describe("a text", () => {
  it("takes values and the form that fits the number", () => {
    expect(fill("{n} {n|load|loads} for {name}", { n: 1, name: "<b>" }, "en")).toBe("1 load for <b>");
    expect(fill("{n} {n|carico|carichi}", { n: 12_000 }, "it")).toBe("12.000 carichi");
    expect(fill("{missing}", {}, "en")).toBe("{missing}");
  });
});
