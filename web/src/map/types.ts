/** What a map shows. Coordinates are WGS 84, latitude then longitude, as in the API. */

export type Theme = "light" | "dark";

/** What a truck does, or `load`, which waits for one, as a colour; the list beside the map says it in words. */
export type Tone = "idle" | "moving" | "busy" | "late" | "off" | "load";

/** A truck or anything else that there are thousands of. */
export interface MapMarker {
  readonly id: string;
  readonly latitude: number;
  readonly longitude: number;
  /** Degrees from north; without it a dot is drawn instead of an arrow. */
  readonly heading?: number | null;
  readonly tone: Tone;
}

/** A place of which there are few. */
export interface MapPin {
  readonly id: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly kind: "pickup" | "delivery" | "stop" | "chosen";
  /** Says what it is: shown beside the pin, and read aloud. */
  readonly label: string;
  /** Choosing it means something: it is a button, and not only a label. */
  readonly isChoice?: boolean;
}

export interface MapLine {
  readonly id: string;
  /** A way, or the closed outline of an area; the `chosen` area stands out. */
  readonly kind: "planned" | "driven" | "area" | "chosen";
  /** Latitude, longitude. */
  readonly points: readonly (readonly [number, number])[];
}

/** West, south, east, north. */
export type Bounds = readonly [number, number, number, number];

/** The words of a map, in the language of the page. */
export interface MapTexts {
  /** What this map shows, for those who do not see it. */
  readonly label: string;
  readonly zoomIn: string;
  readonly zoomOut: string;
  readonly loading: string;
  /** The device cannot draw maps; the list has everything. */
  readonly unavailable: string;
  /** What a city is called, by its English name. */
  readonly city: (name: string) => string;
}
