// Writes src/geo/cities.ts from the platform's own gazetteer, so that both name the same places.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The module's text for the gazetteer's source. */
export function citiesModule(source) {
  const pattern = /city\("([A-Z]{3})", "([^"]+)", "([A-Z]{2})", (-?[\d.]+), (-?[\d.]+)\)/g;
  const rows = [...source.matchAll(pattern)].map(
    ([, code, name, country, latitude, longitude]) =>
      `  ["${code}", "${name}", "${country}", ${latitude}, ${longitude}],`,
  );
  return [
    "// Written by `npm run generate` from crates/contracts/src/gazetteer.rs; do not edit.",
    "/** Code, English name, country, degrees north, degrees east. */",
    "export const CITIES: readonly (readonly [string, string, string, number, number])[] = [",
    ...rows,
    "];",
    "",
  ].join("\n");
}

export const GAZETTEER = at("../../crates/contracts/src/gazetteer.rs");
export const MODULE = at("../src/geo/cities.ts");

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(MODULE, citiesModule(readFileSync(GAZETTEER, "utf8")));
}
