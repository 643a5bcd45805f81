import { readFileSync } from "node:fs";
import { join } from "node:path";
import openapiTS, { astToString } from "openapi-typescript";
import { expect, it } from "vitest";
import { citiesModule, GAZETTEER, MODULE } from "../../scripts/gazetteer.mjs";

const DOCUMENT = join(import.meta.dirname, "../../../docs/openapi.json");

it("the API's types are those of its document: npm run generate", async () => {
  const document = JSON.parse(readFileSync(DOCUMENT, "utf8")) as Parameters<typeof openapiTS>[0];
  const fresh = astToString(await openapiTS(document));
  const kept = readFileSync(join(import.meta.dirname, "schema.ts"), "utf8");
  expect(kept.replace(/^\/\*\*[\s\S]*?\*\/\s*/, "")).toBe(fresh);
});

it("the cities are those of the platform's gazetteer: npm run generate", () => {
  expect(readFileSync(MODULE, "utf8")).toBe(citiesModule(readFileSync(GAZETTEER, "utf8")));
});
