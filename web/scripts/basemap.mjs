/**
 * Makes the offline base map from Natural Earth's public-domain boundaries (npm package world-atlas) and the platform's
 * gazetteer, as GeoJSON that the map's worker reads by itself:
 *
 * - `world.geojson`: every country, 1:50 million, to 0.01 degrees, and where two meet, without the coasts; below the
 *   detail it is left out when zoomed in.
 * - `detail.geojson`: the same of Europe and its neighbours, 1:10 million, to 0.001 degrees.
 * - `cities.json`: the gazetteer's cities as `[name, longitude, latitude]`, the largest of each country first.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { feature, mesh } from "topojson-client";

const atlas = (name) => createRequire(import.meta.url).resolve(`world-atlas/${name}.json`);
const output = new URL("../src/map/generated/", import.meta.url);
const gazetteer = new URL("../../crates/contracts/src/gazetteer.rs", import.meta.url);

/** Where freight moves by truck from: west, south, east, north. */
const DETAIL = [-12, 34, 42, 72];

const read = async (name) => JSON.parse(await readFile(atlas(name), "utf8"));

/** Rounds all points of a line and leaves out those that fall on the one before. */
function line(points, digits) {
  const rounded = points.map(([x, y]) => [Number(x.toFixed(digits)), Number(y.toFixed(digits))]);
  return rounded.filter(([x, y], at) => at === 0 || x !== rounded[at - 1][0] || y !== rounded[at - 1][1]);
}

/** Whether a line has a point where the map is detailed. */
const isNear = (points) =>
  points.some(([x, y]) => x >= DETAIL[0] && x <= DETAIL[2] && y >= DETAIL[1] && y <= DETAIL[3]);

/** Each part of each country as a polygon of its own. */
function parts(topology, digits) {
  return feature(topology, topology.objects.countries).features.flatMap(({ id, geometry }) => {
    const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    return polygons.map((rings) => {
      const kept = rings.map((ring) => line(ring, digits)).filter((ring) => ring.length >= 4);
      return { id, near: isNear(rings[0]), rings: kept };
    });
  });
}

/** The parts as features; `near` ones are drawn from the detail when zoomed in. */
function polygons(found) {
  return found
    .filter(({ rings }) => rings.length > 0)
    .map(({ near, rings }) => ({
      type: "Feature",
      properties: { kind: "land", near },
      geometry: { type: "Polygon", coordinates: rings },
    }));
}

function borders(topology, digits) {
  const found = mesh(topology, topology.objects.countries, (a, b) => a !== b).coordinates;
  return found.map((points) => ({ near: isNear(points), points: line(points, digits) }));
}

function lines(found) {
  return found
    .filter(({ points }) => points.length >= 2)
    .map(({ near, points }) => ({
      type: "Feature",
      properties: { kind: "border", near },
      geometry: { type: "LineString", coordinates: points },
    }));
}

async function cities() {
  const rows = (await readFile(gazetteer, "utf8")).matchAll(
    /city\("[A-Z]{3}", "([^"]+)", "[A-Z]{2}", (-?[\d.]+), (-?[\d.]+)\)/g,
  );
  const found = Array.from(rows, ([, name, latitude, longitude]) => [
    name,
    Number(longitude),
    Number(latitude),
  ]);
  if (found.length < 20) throw new Error("the gazetteer does not read as one any more");
  return found;
}

async function write(name, value) {
  const text = JSON.stringify(value);
  await writeFile(new URL(name, output), text);
  return `${name} ${Math.round(text.length / 1000)} kB`;
}

const collection = (features) => ({ type: "FeatureCollection", features });
const [world, fine] = await Promise.all([read("countries-50m"), read("countries-10m")]);
await mkdir(output, { recursive: true });
const near = (found) => found.filter((part) => part.near);
const written = await Promise.all([
  write("world.geojson", collection([...polygons(parts(world, 2)), ...lines(borders(world, 2))])),
  write("detail.geojson", collection([...polygons(near(parts(fine, 3))), ...lines(near(borders(fine, 3)))])),
  write("cities.json", await cities()),
]);
console.log(`base map: ${written.join(", ")}`);
