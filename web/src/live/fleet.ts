/** All trucks as `/operations/live` and the topic `fleet:...` tell of them, in arrays that are small on the wire. */

export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

export interface Truck extends Place {
  readonly id: string;
  /** Degrees from north. */
  readonly heading: number | null;
  readonly kmh: number | null;
  /** `idle`, `offline`, or where its shipment stands. */
  readonly status: string;
  readonly shipment: string | null;
}

/** What people call a truck, and what it carries. */
export interface TruckLabel {
  readonly reference: string;
  readonly load: {
    readonly reference: string;
    /** RFC 3339. */
    readonly due: string;
    readonly pickup: Place;
    readonly delivery: Place;
  } | null;
}

export interface Fleet {
  /** When the whole answer came, in milliseconds of this device's clock. */
  readonly readAt: number;
  readonly trucks: ReadonlyMap<string, Truck>;
  readonly labels: ReadonlyMap<string, TruckLabel>;
}

const text = (value: unknown) => (typeof value === "string" ? value : null);
const number = (value: unknown) => (typeof value === "number" ? value : null);

/** Reads one truck; `null` for what is none, which a newer server may send. */
export function truckOf(tuple: unknown): Truck | null {
  if (!Array.isArray(tuple)) return null;
  const [id, latitude, longitude, heading, kmh, status, shipment] = tuple as unknown[];
  if (typeof id !== "string" || typeof latitude !== "number" || typeof longitude !== "number") return null;
  return {
    id,
    latitude,
    longitude,
    heading: number(heading),
    kmh: number(kmh),
    status: text(status) ?? "idle",
    shipment: text(shipment),
  };
}

function labelOf(tuple: unknown): readonly [string, TruckLabel] | null {
  if (!Array.isArray(tuple)) return null;
  const [id, reference, load, due, fromNorth, fromEast, toNorth, toEast] = tuple as unknown[];
  if (typeof id !== "string" || typeof reference !== "string") return null;
  if (typeof load !== "string" || typeof due !== "string") return [id, { reference, load: null }];
  const place = (north: unknown, east: unknown) => ({
    latitude: number(north) ?? 0,
    longitude: number(east) ?? 0,
  });
  const ends = { pickup: place(fromNorth, fromEast), delivery: place(toNorth, toEast) };
  return [id, { reference, load: { reference: load, due, ...ends } }];
}

const known = <T>(value: T | null): value is T => value !== null;

/** The whole answer. */
export function fleetOf(
  answer: { readonly positions: readonly unknown[]; readonly labels: readonly unknown[] },
  readAt: number,
): Fleet {
  return {
    readAt,
    trucks: new Map(answer.positions.map(truckOf).filter(known).map((truck) => [truck.id, truck])),
    labels: new Map(answer.labels.map(labelOf).filter(known)),
  };
}

/** For so long a whole answer is shown: a server that cannot read its database has no newer one. */
export const TOLD_FOR_MS = 60_000;

/** Whether what was told is still to be shown. */
export const isCurrent = (fleet: Fleet, now: number) => now - fleet.readAt <= TOLD_FOR_MS;

/** The trucks of a batch of the topic. */
export function movedOf(data: Readonly<Record<string, unknown>>): readonly Truck[] {
  const positions = data["positions"];
  return Array.isArray(positions) ? positions.map(truckOf).filter(known) : [];
}

/** The fleet after some have moved. */
export function withMoved(fleet: Fleet, moved: Iterable<Truck>): Fleet {
  const trucks = new Map(fleet.trucks);
  for (const truck of moved) trucks.set(truck.id, truck);
  return { ...fleet, trucks };
}

/** Whether a truck is new, or took or left a load: then its label is out of date. */
export function isRelabelled(fleet: Fleet, truck: Truck): boolean {
  const before = fleet.trucks.get(truck.id);
  return before?.shipment !== truck.shipment;
}
