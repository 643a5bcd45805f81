/** The stops of one truck, in order, as `JOB/pickup` and `JOB/delivery`. */
export interface Tour {
  readonly vehicle: string;
  readonly stops: readonly string[];
}

interface Planned {
  readonly routes: readonly (readonly string[])[];
  readonly timetables: readonly { readonly vehicle: string }[];
}

/** The tours of a plan; trucks that it does not use have none. */
export function toursOf(plan: Planned): readonly Tour[] {
  return plan.timetables.map(({ vehicle }, at) => ({ vehicle, stops: plan.routes[at] ?? [] }));
}

/** What a stop is about. */
export function partsOf(stop: string): { readonly job: string; readonly half: "pickup" | "delivery" } {
  const at = stop.lastIndexOf("/");
  return { job: stop.slice(0, at), half: stop.endsWith("/pickup") ? "pickup" : "delivery" };
}

/**
 * Moves a stop to a place of its own tour. Nothing is delivered before it is loaded: the stop goes as far as it can.
 */
export function moveWithin(tour: Tour, stop: string, to: number): Tour {
  const { job, half } = partsOf(stop);
  const rest = tour.stops.filter((other) => other !== stop);
  const partner = rest.indexOf(`${job}/${half === "pickup" ? "delivery" : "pickup"}`);
  const least = half === "delivery" && partner >= 0 ? partner + 1 : 0;
  const most = half === "pickup" && partner >= 0 ? partner : rest.length;
  const place = Math.max(least, Math.min(most, to));
  return { ...tour, stops: [...rest.slice(0, place), stop, ...rest.slice(place)] };
}

/** Gives a job to another truck, which does it last; a tour that has lost its last stop ends. */
export function giveTo(tours: readonly Tour[], job: string, vehicle: string): readonly Tour[] {
  const stops = tours.flatMap((tour) => tour.stops).filter((stop) => partsOf(stop).job === job);
  const without = tours.map((tour) => ({
    ...tour,
    stops: tour.stops.filter((stop) => partsOf(stop).job !== job),
  }));
  const known = without.some((tour) => tour.vehicle === vehicle);
  const given = known
    ? without.map((tour) => (tour.vehicle === vehicle ? { ...tour, stops: [...tour.stops, ...stops] } : tour))
    : [...without, { vehicle, stops }];
  return given.filter((tour) => tour.stops.length > 0);
}

/** Moves a stop before another one, in whichever tour that is; a job that changes its truck takes both its stops. */
export function dropBefore(
  tours: readonly Tour[],
  stop: string,
  vehicle: string,
  before: string | null,
): readonly Tour[] {
  const from = tours.find((tour) => tour.stops.includes(stop));
  const { job } = partsOf(stop);
  const given = from?.vehicle === vehicle ? tours : giveTo(tours, job, vehicle);
  const moved = from?.vehicle === vehicle ? [stop] : [`${job}/pickup`, `${job}/delivery`];
  return given.map((tour) => {
    if (tour.vehicle !== vehicle) return tour;
    return moved
      .filter((each) => tour.stops.includes(each))
      .reduce((changed, each) => {
        const rest = changed.stops.filter((other) => other !== each);
        const at = before === null ? rest.length : rest.indexOf(before);
        return moveWithin(changed, each, at < 0 ? rest.length : at);
      }, tour);
  });
}

export function same(left: readonly Tour[], right: readonly Tour[]): boolean {
  const text = (tours: readonly Tour[]) =>
    tours
      .filter((tour) => tour.stops.length > 0)
      .map((tour) => `${tour.vehicle}: ${tour.stops.join(" ")}`)
      .sort()
      .join("\n");
  return text(left) === text(right);
}

/** Latitude, longitude. */
export type Corner = readonly [number, number];

/** Whether a place lies within the area between some corners (even-odd rule; areas that cross 180 degrees do not). */
export function lies(within: readonly Corner[], [latitude, longitude]: Corner): boolean {
  let inside = false;
  for (const [at, [lat, lon]] of within.entries()) {
    const [lastLat, lastLon] = within[(at + within.length - 1) % within.length] ?? [lat, lon];
    const crosses = lat > latitude !== lastLat > latitude;
    if (crosses && longitude < ((lastLon - lon) * (latitude - lat)) / (lastLat - lat) + lon) inside = !inside;
  }
  return inside;
}
