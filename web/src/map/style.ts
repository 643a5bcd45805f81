import type { ExpressionSpecification, StyleSpecification } from "maplibre-gl";
import type { Feature, FeatureCollection } from "geojson";
import cities from "./generated/cities.json";
import detail from "./generated/detail.geojson?url";
import world from "./generated/world.geojson?url";
import type { Theme, Tone } from "./types";

/** From here on Europe is drawn from its detailed coasts. */
const DETAIL_ZOOM = 5;
/** The page's own font: without a glyph server, letters are drawn from the device's fonts. */
const FONT = ["Inter", "system-ui", "sans-serif"];

interface Palette {
  readonly water: string;
  readonly land: string;
  readonly border: string;
  readonly city: string;
  readonly halo: string;
  readonly planned: string;
  readonly driven: string;
  readonly outline: string;
  readonly tones: Readonly<Record<Tone, string>>;
}

/** The colours of a map. The tones differ in lightness too, and stand out from land and water by 3:1 or more. */
export const PALETTES: Readonly<Record<Theme, Palette>> = {
  light: {
    water: "#d5e3ec",
    land: "#f6f5f1",
    border: "#b3afa3",
    city: "#4b5563",
    halo: "#f6f5f1",
    planned: "#64748b",
    driven: "#1d4ed8",
    outline: "#ffffff",
    tones: {
      idle: "#64748b",
      moving: "#1d4ed8",
      busy: "#9a5b00",
      late: "#c01c28",
      off: "#858d99",
      load: "#86198f",
    },
  },
  dark: {
    water: "#0c1619",
    land: "#1b2628",
    border: "#4a595c",
    city: "#b9c6c6",
    halo: "#1b2628",
    planned: "#94a3b8",
    driven: "#6ea8fe",
    outline: "#0b1119",
    tones: {
      idle: "#a3b1c2",
      moving: "#6ea8fe",
      busy: "#f0b429",
      late: "#ff7b72",
      off: "#74808f",
      load: "#e39bf0",
    },
  },
};

/**
 * How a shape is cut into tiles: what is smaller than a pixel is left out, and little is drawn twice at the seams. A
 * device without a graphics card pays for every corner.
 */
const CUT = { tolerance: 1, buffer: 16 } as const;

const isLand: ExpressionSpecification = ["==", ["get", "kind"], "land"];
const isBorder: ExpressionSpecification = ["==", ["get", "kind"], "border"];
/** Features of the world that the detail replaces are not far. */
const isFar: ExpressionSpecification = ["!=", ["get", "near"], true];

type CityNames = (name: string) => string;

function cityFeatures(nameOf: CityNames): FeatureCollection {
  const feature = ([name, longitude, latitude]: (string | number)[], rank: number): Feature => ({
    type: "Feature",
    properties: { name: nameOf(String(name)), rank },
    geometry: { type: "Point", coordinates: [Number(longitude), Number(latitude)] },
  });
  return { type: "FeatureCollection", features: cities.map(feature) };
}

const empty: FeatureCollection = { type: "FeatureCollection", features: [] };

/** The whole style: the built-in base map, or tiles of a server instead, below lines and cities. */
export function style(theme: Theme, tileUrl: string | null, nameOf: CityNames): StyleSpecification {
  const palette = PALETTES[theme];
  const lineColour: ExpressionSpecification = [
    "case",
    ["in", ["get", "kind"], ["literal", ["driven", "chosen"]]],
    palette.driven,
    palette.planned,
  ];
  return {
    version: 8,
    sources: {
      ...(tileUrl === null
        ? {
            world: { type: "geojson", data: world, ...CUT, maxzoom: 8 },
            detail: { type: "geojson", data: detail, ...CUT, maxzoom: 12 },
            cities: { type: "geojson", data: cityFeatures(nameOf) },
          }
        : { tiles: { type: "raster" as const, tiles: [tileUrl], tileSize: 256 } }),
      lines: { type: "geojson", data: empty },
    },
    layers: [
      { id: "water", type: "background", paint: { "background-color": palette.water } },
      ...(tileUrl === null
        ? baseLayers(palette)
        : [{ id: "tiles", type: "raster" as const, source: "tiles" }]),
      {
        id: "areas",
        type: "fill",
        source: "lines",
        filter: ["==", ["geometry-type"], "Polygon"],
        paint: { "fill-color": lineColour, "fill-opacity": 0.16 },
      },
      {
        id: "lines-case",
        type: "line",
        source: "lines",
        filter: ["==", ["geometry-type"], "LineString"],
        layout: { "line-join": "round", "line-cap": "round" },
        paint: { "line-color": palette.outline, "line-width": 7 },
      },
      {
        id: "lines-planned",
        type: "line",
        source: "lines",
        filter: ["==", ["get", "kind"], "planned"],
        layout: { "line-join": "round" },
        paint: { "line-color": lineColour, "line-width": 3, "line-dasharray": [2, 1.5] },
      },
      {
        id: "lines-driven",
        type: "line",
        source: "lines",
        filter: ["==", ["get", "kind"], "driven"],
        layout: { "line-join": "round", "line-cap": "round" },
        paint: { "line-color": lineColour, "line-width": 4 },
      },
      {
        id: "lines-areas",
        type: "line",
        source: "lines",
        filter: ["==", ["geometry-type"], "Polygon"],
        layout: { "line-join": "round" },
        paint: { "line-color": lineColour, "line-width": 2 },
      },
      ...(tileUrl === null ? [cityLayer(palette)] : []),
    ],
  };
}

function baseLayers(palette: Palette): StyleSpecification["layers"] {
  const land = { "fill-color": palette.land, "fill-antialias": false };
  const border = { "line-color": palette.border, "line-width": 1 };
  const near = { source: "detail", minzoom: DETAIL_ZOOM } as const;
  const far = { source: "world", minzoom: DETAIL_ZOOM } as const;
  const whole = { source: "world", maxzoom: DETAIL_ZOOM } as const;
  return [
    { id: "land-whole", type: "fill", ...whole, filter: isLand, paint: land },
    { id: "borders-whole", type: "line", ...whole, filter: isBorder, paint: border },
    { id: "land-far", type: "fill", ...far, filter: ["all", isLand, isFar], paint: land },
    { id: "borders-far", type: "line", ...far, filter: ["all", isBorder, isFar], paint: border },
    { id: "land-near", type: "fill", ...near, filter: isLand, paint: land },
    { id: "borders-near", type: "line", ...near, filter: isBorder, paint: border },
  ];
}

function cityLayer(palette: Palette): StyleSpecification["layers"][number] {
  return {
    id: "cities",
    type: "symbol",
    source: "cities",
    layout: {
      "text-field": ["get", "name"],
      "text-font": FONT,
      "text-size": ["interpolate", ["linear"], ["zoom"], 4, 11, 9, 15],
      "text-padding": 6,
      // Above its place, where the trucks of a city stand.
      "text-anchor": "bottom",
      "text-offset": [0, -0.6],
      "symbol-sort-key": ["get", "rank"],
    },
    paint: { "text-color": palette.city, "text-halo-color": palette.halo, "text-halo-width": 1.5 },
  };
}
