import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const CSS = readFileSync(join(import.meta.dirname, "../styles.css"), "utf8");

function tokens(selector: string): Record<string, string> {
  const block = new RegExp(`\\n${selector.replaceAll(/[[\]]/g, "\\$&")} \\{([^}]*)\\}`).exec(CSS)?.[1] ?? "";
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name = "", value = ""]) => [name, value]),
  );
}

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

const GROUNDS = ["ground", "surface", "sunken"];
/** Text on what it stands on (WCAG 1.4.3). */
const TEXT = [
  ...["ink", "ink-2", "ink-3"].flatMap((text) => GROUNDS.map((ground) => [text, ground])),
  ["brand-ink", "brand"],
  ["brand-ink", "brand-hover"],
  ["brand-text", "brand-soft"],
  ["brand-text", "surface"],
  ["ink", "brand-soft"],
  ["ink-2", "brand-soft"],
  ["bad", "surface"],
  ...["good", "warn", "bad", "info"].map((tone) => [tone, `${tone}-soft`]),
];
/** The edges of controls, focus and the parts of a score (WCAG 1.4.11). */
const SHAPES = [
  ...[
    "line-strong",
    "focus",
    "term-price",
    "term-time",
    "term-reliability",
    "term-experience",
    "term-vehicle",
  ].map((shape) => [shape, "surface"]),
];

describe.each([":root", '[data-theme="dark"]'])("the colours of %s", (selector) => {
  const own = tokens(selector);
  const of = (pairs: readonly (readonly string[])[], least: number) =>
    pairs
      .filter(([front = "", back = ""]) => contrast(own[front] ?? "#000000", own[back] ?? "#000000") < least)
      .map((pair) => pair.join(" on "));

  it("can be read", () => expect(of(TEXT, 4.5)).toEqual([]));
  it("can be told apart", () => expect(of(SHAPES, 3)).toEqual([]));
});
