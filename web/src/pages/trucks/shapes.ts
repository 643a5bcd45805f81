import type { Geofence } from "@/api/desk";
import type { Point } from "@/geo/places";

/** Metres east and north of a place; good for shapes of some hundred kilometres on a map. */
interface Metres {
  readonly x: number;
  readonly y: number;
}

export type ShapeKind = Geofence["kind"];
type Pair = readonly [number, number];

/** How many corners a circle is drawn with. */
const CORNERS = 48;
/** Corners of the half circle at each end of a corridor. */
const CAP_CORNERS = 8;

/** How few and how many points a shape of a kind has. */
export const POINTS: Readonly<Record<ShapeKind, { readonly least: number; readonly most: number }>> = {
  circle: { least: 1, most: 1 },
  polygon: { least: 3, most: 200 },
  corridor: { least: 2, most: 200 },
};

/** The outline of a shape, closed; empty as long as it has too few points. */
export function outlineOf(shape: {
  readonly kind: ShapeKind;
  readonly points: readonly Point[];
  readonly radius_m?: number | null | undefined;
}): readonly Pair[] {
  const [first] = shape.points;
  if (!first || shape.points.length < POINTS[shape.kind].least) return [];
  const radius = shape.radius_m ?? 0;
  const points = shape.points.map((point) => toLocal(point, first));
  const corners = {
    circle: () => arc({ x: 0, y: 0 }, radius, 0, 2 * Math.PI, CORNERS),
    polygon: () => points,
    corridor: () => corridor(points, radius),
  }[shape.kind]();
  const outline = corners.map((corner) => pair(fromLocal(corner, first)));
  return [...outline, ...outline.slice(0, 1)];
}

function pair({ latitude, longitude }: Point): Pair {
  return [latitude, longitude];
}

function arc(at: Metres, radius: number, from: number, turn: number, steps: number): Metres[] {
  return Array.from({ length: steps + 1 }, (_, step) => {
    const angle = from + (turn * step) / steps;
    return { x: at.x + radius * Math.cos(angle), y: at.y + radius * Math.sin(angle) };
  });
}

/** Both sides of a line at a distance, and a half circle around each end. */
function corridor(line: readonly Metres[], radius: number): Metres[] {
  const side = (way: readonly Metres[]) => way.map((_, at) => besides(way, at, radius));
  const end = (way: readonly Metres[]) => {
    const [before, last] = [way.at(-2), way.at(-1)];
    if (!before || !last) return [];
    const heading = Math.atan2(last.y - before.y, last.x - before.x);
    return arc(last, radius, heading + Math.PI / 2, -Math.PI, CAP_CORNERS);
  };
  const back = [...line].reverse();
  return [...side(line), ...end(line), ...side(back), ...end(back)];
}

/** The point to the left of a line's point, at a distance from both of its neighbours' segments. */
function besides(line: readonly Metres[], at: number, distance: number): Metres {
  const here = line[at] ?? { x: 0, y: 0 };
  const normals = [
    [line[at - 1], here],
    [here, line[at + 1]],
  ].flatMap(([from, to]) => {
    if (!from || !to) return [];
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    return length === 0 ? [] : [{ x: -(to.y - from.y) / length, y: (to.x - from.x) / length }];
  });
  const sum = normals.reduce((all, { x, y }) => ({ x: all.x + x, y: all.y + y }), { x: 0, y: 0 });
  const square = sum.x ** 2 + sum.y ** 2;
  // A line that turns back on itself has no outer corner: its own normal does.
  const scale = square < 0.2 ? 1 : normals.length / square;
  return { x: here.x + sum.x * scale * distance, y: here.y + sum.y * scale * distance };
}

const METRES_PER_DEGREE = 111_195;

/** How much shorter a degree of longitude is than one of latitude. */
const shrink = (origin: Point) => Math.cos((origin.latitude * Math.PI) / 180);

function toLocal(point: Point, origin: Point): Metres {
  return {
    x: (point.longitude - origin.longitude) * METRES_PER_DEGREE * shrink(origin),
    y: (point.latitude - origin.latitude) * METRES_PER_DEGREE,
  };
}

function fromLocal({ x, y }: Metres, origin: Point): Point {
  return {
    latitude: origin.latitude + y / METRES_PER_DEGREE,
    longitude: origin.longitude + x / (METRES_PER_DEGREE * shrink(origin)),
  };
}
