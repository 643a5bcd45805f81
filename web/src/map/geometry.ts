import type { Bounds, MapLine, MapMarker, MapPin } from "./types";

/** Web-Mercator, from 0 to 1 eastward. */
export function mercatorX(longitude: number): number {
  return (180 + longitude) / 360;
}

/** Web-Mercator, from 0 to 1 southward. */
export function mercatorY(latitude: number): number {
  const sine = Math.sin((latitude * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

/** The smallest bounds around everything; `null` around nothing. */
export function boundsOf(
  markers: readonly MapMarker[],
  pins: readonly MapPin[],
  lines: readonly MapLine[],
): Bounds | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  const add = (latitude: number, longitude: number) => {
    west = Math.min(west, longitude);
    south = Math.min(south, latitude);
    east = Math.max(east, longitude);
    north = Math.max(north, latitude);
  };
  for (const { latitude, longitude } of markers) add(latitude, longitude);
  for (const { latitude, longitude } of pins) add(latitude, longitude);
  for (const { points } of lines) for (const [latitude, longitude] of points) add(latitude, longitude);
  return west > east ? null : [west, south, east, north];
}

/** The index of the marker nearest to a point of the Mercator plane, within a distance there; -1 for none. */
export function nearest(markers: readonly MapMarker[], x: number, y: number, within: number): number {
  let [found, best] = [-1, within * within];
  for (const [index, marker] of markers.entries()) {
    const dx = mercatorX(marker.longitude) - x;
    if (dx > within || dx < -within) continue;
    const dy = mercatorY(marker.latitude) - y;
    const square = dx * dx + dy * dy;
    if (square <= best) [found, best] = [index, square];
  }
  return found;
}
