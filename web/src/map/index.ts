export { Crowd } from "./Crowd";
export { LiveMap, type LiveMapProps } from "./LiveMap";
export type { MapLine, MapMarker, MapPin, MapTexts, Theme, Tone } from "./types";
