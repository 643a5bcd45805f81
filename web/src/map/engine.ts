import type { Feature } from "geojson";
import { Map as MapLibre, Marker, NavigationControl, setWorkerUrl, type GeoJSONSource } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { boundsOf, mercatorX, mercatorY, nearest } from "./geometry";
import { MarkerLayer, sizeAt } from "./markerLayer";
import { style } from "./style";
import type { Bounds, MapLine, MapMarker, MapPin, MapTexts, Theme } from "./types";

setWorkerUrl(workerUrl);

/** Where a map without anything to show looks at: Italy and its neighbours. */
const HOME: Bounds = [4, 36.5, 19, 48];
/** Pixels around what a map fits itself to; a pin's label stands above its place and to the right. */
const FIT_PADDING = { top: 56, right: 110, bottom: 40, left: 40 } as const;
/** A map never shows less of the world than this when it fits itself. */
const FIT_ZOOM_MAX = 10;
/** Whoever follows a truck wants to see the road it is on. */
const FOLLOW_ZOOM_MIN = 9;
/** Lines that go around something. */
const AREAS: readonly MapLine["kind"][] = ["area", "chosen"];
/** How far from a marker's middle a click still means it, in CSS pixels. */
const CLICK_PIXELS = 12;

export interface EngineOptions {
  readonly theme: Theme;
  readonly texts: MapTexts;
  /** A template of tiles instead of the built-in base map. */
  readonly tileUrl: string | null;
  /** A marker or pin was chosen; `null`: the empty map was. */
  onSelect(id: string | null): void;
  /** The followed marker was left by dragging the map. */
  onFollowEnd?(): void;
  /** A click on the map, for pages on which places are picked. */
  onPick?(latitude: number, longitude: number): void;
}

/** Whether the device has no graphics card: then every pixel costs, and a finer one is not worth four. */
function drawsInSoftware(): boolean {
  const gl = document.createElement("canvas").getContext("webgl2");
  const named = gl?.getExtension("WEBGL_debug_renderer_info");
  const name = gl && named ? String(gl.getParameter(named.UNMASKED_RENDERER_WEBGL)) : "";
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}

/**
 * The library paints a sky over the whole canvas in each frame, also over a map that lies flat and shows none. Without a
 * graphics card that is a third of the frame, and there is no option against it.
 */
function withoutSky(map: MapLibre): void {
  Object.assign(map.style.sky, { getEvaluated: () => undefined });
}

/** The drawn map behind `<LiveMap>`. */
export class MapEngine {
  readonly #map: MapLibre;
  readonly #layer: MarkerLayer;
  readonly #pins = new Map<string, { readonly marker: Marker; readonly pin: MapPin }>();
  #markers: readonly MapMarker[] = [];
  #lines: readonly MapLine[] = [];
  #selected: string | null = null;
  #followed: string | null = null;
  #isReady = false;

  /** Throws where the device cannot draw. */
  constructor(
    container: HTMLElement,
    private readonly options: EngineOptions,
  ) {
    this.#layer = new MarkerLayer(options.theme);
    this.#map = new MapLibre({
      container,
      style: style(options.theme, options.tileUrl, options.texts.city),
      bounds: [HOME[0], HOME[1], HOME[2], HOME[3]],
      maxZoom: 17,
      maxPitch: 0,
      pitchWithRotate: false,
      dragRotate: false,
      attributionControl: false,
      fadeDuration: 0,
      ...(drawsInSoftware() ? { pixelRatio: 1 } : {}),
      locale: {
        "Map.Title": options.texts.label,
        "NavigationControl.ZoomIn": options.texts.zoomIn,
        "NavigationControl.ZoomOut": options.texts.zoomOut,
      },
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    this.#map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.#map.on("click", (event) => this.#click(event.lngLat.lat, event.lngLat.lng));
    this.#map.on("dragstart", () => {
      if (this.#followed !== null) this.options.onFollowEnd?.();
    });
    this.#map.on("style.load", () => this.#styled());
  }

  /** Is over when everything that is to be seen has been drawn once. */
  idle(): Promise<void> {
    return new Promise((resolve) => void this.#map.once("idle", () => resolve()));
  }

  setMarkers(markers: readonly MapMarker[]): void {
    const begun = performance.now();
    this.#markers = markers;
    this.#layer.set(markers, this.#selected);
    this.#stay(1000);
    performance.measure("map.markers", { start: begun, end: performance.now() });
  }

  setLines(lines: readonly MapLine[]): void {
    this.#lines = lines;
    if (!this.#isReady) return;
    const features = lines
      .filter(({ points }) => points.length > 1)
      .map(({ id, kind, points }): Feature => {
        const coordinates = points.map(([latitude, longitude]) => [longitude, latitude]);
        return {
          type: "Feature",
          properties: { id, kind },
          geometry: AREAS.includes(kind)
            ? { type: "Polygon", coordinates: [coordinates] }
            : { type: "LineString", coordinates },
        };
      });
    this.#map.getSource<GeoJSONSource>("lines")?.setData({ type: "FeatureCollection", features });
  }

  setPins(pins: readonly MapPin[]): void {
    const wanted = new Map(pins.map((pin) => [pin.id, pin]));
    for (const [id, { marker, pin }] of this.#pins) {
      const now = wanted.get(id);
      if (now?.kind === pin.kind && now.label === pin.label) continue;
      marker.remove();
      this.#pins.delete(id);
    }
    for (const pin of pins) {
      const known = this.#pins.get(pin.id)?.marker;
      const marker = known ?? new Marker({ element: this.#pinElement(pin), anchor: "bottom-left" });
      marker.setLngLat([pin.longitude, pin.latitude]);
      if (!known) marker.addTo(this.#map);
      this.#pins.set(pin.id, { marker, pin });
    }
  }

  select(id: string | null): void {
    if (id === this.#selected) return;
    this.#selected = id;
    this.#layer.set(this.#markers, id);
    const marker = this.#markers.find((candidate) => candidate.id === id);
    const isSeen = marker && this.#map.getBounds().contains([marker.longitude, marker.latitude]);
    if (marker && !isSeen) this.#map.easeTo({ center: [marker.longitude, marker.latitude] });
  }

  /** Stays with a marker wherever it goes; `null` stays where the map is. */
  follow(id: string | null): void {
    this.#followed = id;
    if (id !== null) this.#stay(500, Math.max(FOLLOW_ZOOM_MIN, this.#map.getZoom()));
  }

  #stay(ms: number, zoom = this.#map.getZoom()): void {
    if (this.#followed === null) return;
    const marker = this.#markers.find((candidate) => candidate.id === this.#followed);
    if (!marker) return;
    this.#map.easeTo({
      center: [marker.longitude, marker.latitude],
      zoom,
      duration: ms,
      easing: (part) => part,
    });
  }

  setTheme(theme: Theme): void {
    this.#layer.setTheme(theme);
    if (!this.#isReady) return;
    for (const layer of style(theme, this.options.tileUrl, this.options.texts.city).layers) {
      const paint = "paint" in layer ? (layer.paint ?? {}) : {};
      for (const [name, value] of Object.entries(paint)) {
        this.#map.setPaintProperty(layer.id, name as Parameters<MapLibre["setPaintProperty"]>[1], value);
      }
    }
  }

  /** Shows everything there is, at once. */
  fit(): void {
    const bounds =
      boundsOf(
        this.#markers,
        [...this.#pins.values()].map(({ pin }) => pin),
        this.#lines,
      ) ?? HOME;
    this.#map.fitBounds([bounds[0], bounds[1], bounds[2], bounds[3]], {
      padding: FIT_PADDING,
      maxZoom: FIT_ZOOM_MAX,
      animate: false,
    });
  }

  remove(): void {
    this.#map.remove();
  }

  #styled(): void {
    withoutSky(this.#map);
    const cities = this.#map.getLayer("cities") ? "cities" : undefined;
    this.#map.addLayer(this.#layer, cities);
    this.#isReady = true;
    this.setLines(this.#lines);
  }

  #pinElement(pin: MapPin): HTMLElement {
    const element = document.createElement(pin.isChoice ? "button" : "span");
    element.className = `map-pin map-pin-${pin.kind}`;
    element.textContent = pin.label;
    if (element instanceof HTMLButtonElement) {
      element.type = "button";
      element.addEventListener("click", (event) => {
        event.stopPropagation();
        this.options.onSelect(pin.id);
      });
    }
    return element;
  }

  #click(latitude: number, longitude: number): void {
    const zoom = this.#map.getZoom();
    const pixels = Math.max(CLICK_PIXELS, sizeAt(zoom, this.#markers.length) / 2);
    const within = pixels / (512 * 2 ** zoom);
    const found = this.#markers[nearest(this.#markers, mercatorX(longitude), mercatorY(latitude), within)];
    this.options.onSelect(found?.id ?? null);
    if (!found) this.options.onPick?.(latitude, longitude);
  }
}
