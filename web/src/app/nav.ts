import type { TextKey } from "@/i18n";
import type { Role } from "@/api/types";
import type { IconName } from "@/ui/icons";

export interface Place {
  readonly to: string;
  readonly title: TextKey;
  readonly icon: IconName;
}

export interface PlaceGroup {
  readonly title: TextKey;
  readonly places: readonly Place[];
}

const place = (to: string, title: TextKey, icon: IconName): Place => ({ to, title, icon });

const P = {
  shipments: place("/shipments", "nav.shipments", "package"),
  create: place("/shipments/new", "nav.new", "plus"),
  import: place("/shipments/import", "nav.import", "upload"),
  drive: place("/drive", "nav.drive", "truck"),
  earnings: place("/earnings", "nav.earnings", "coins"),
  offers: place("/offers", "nav.offers", "flag"),
  drivers: place("/drivers", "nav.drivers", "people"),
  fleet: place("/fleet", "nav.fleet", "truck"),
  statement: place("/statement", "nav.statement", "coins"),
  queue: place("/queue", "nav.queue", "bell"),
  board: place("/board", "nav.board", "board"),
  map: place("/map", "nav.map", "map"),
  events: place("/events", "nav.events", "search"),
  traffic: place("/traffic", "nav.traffic", "flag"),
  plans: place("/plans", "nav.plans", "navigate"),
  system: place("/system", "nav.system", "pulse"),
  scorecards: place("/scorecards", "nav.scorecards", "star"),
  lanes: place("/lanes", "nav.lanes", "navigate"),
  ledger: place("/ledger", "nav.ledger", "table"),
  payments: place("/payments", "nav.payments", "coins"),
  users: place("/users", "nav.users", "people"),
  keys: place("/keys", "nav.keys", "key"),
  policies: place("/policies", "nav.policies", "shield"),
  tenant: place("/settings", "nav.tenant", "settings"),
  site: place("/site", "nav.site", "warehouse"),
  docks: place("/docks", "nav.docks", "board"),
  alerts: place("/alerts", "nav.alerts", "warning"),
  trips: place("/trips", "nav.trips", "clock"),
  utilisation: place("/utilisation", "nav.utilisation", "truck"),
  geofences: place("/geofences", "nav.geofences", "flag"),
  devices: place("/devices", "nav.devices", "device"),
  book: place("/book", "nav.book", "warehouse"),
} as const;

const group = (title: TextKey, ...places: Place[]): PlaceGroup => ({ title, places });

/** What staff sees of the trucks. */
const TRUCKS = group("nav.group.trucks", P.alerts, P.trips, P.utilisation, P.geofences, P.devices);

/** What a role sees, in order; the first place is where it starts. The server decides what it may do there. */
const PLACES: Record<Role, readonly PlaceGroup[]> = {
  shipper: [group("nav.group.work", P.shipments, P.create, P.import), group("nav.group.money", P.payments)],
  driver: [
    group("nav.group.work", P.drive, P.shipments, P.book),
    group("nav.group.money", P.earnings),
    group("nav.group.trucks", P.trips, P.devices),
  ],
  carrier: [
    group("nav.group.work", P.fleet, P.offers, P.shipments, P.drivers, P.book),
    group("nav.group.money", P.statement),
    group("nav.group.trucks", P.trips, P.utilisation, P.devices),
  ],
  facility: [group("nav.group.work", P.docks, P.site, P.shipments)],
  broker: [
    group("nav.group.work", P.queue, P.board, P.map, P.traffic, P.plans, P.shipments),
    TRUCKS,
    group("nav.group.insight", P.scorecards, P.lanes),
    group("nav.group.money", P.payments),
  ],
  supervisor: [
    group("nav.group.work", P.queue, P.board, P.map, P.traffic, P.plans, P.shipments),
    TRUCKS,
    group("nav.group.insight", P.scorecards, P.lanes, P.events, P.system),
    group("nav.group.money", P.payments),
    group("nav.group.admin", P.users, P.policies),
  ],
  support: [
    group("nav.group.work", P.queue, P.board, P.map, P.traffic, P.shipments),
    TRUCKS,
    group("nav.group.insight", P.scorecards, P.events, P.system),
    group("nav.group.money", P.payments),
    group("nav.group.admin", P.users),
  ],
  finance: [
    group("nav.group.money", P.ledger, P.payments),
    group("nav.group.work", P.shipments),
    group("nav.group.insight", P.lanes, P.system),
  ],
  auditor: [
    group("nav.group.money", P.ledger, P.payments),
    group("nav.group.work", P.shipments, P.board),
    TRUCKS,
    group("nav.group.insight", P.scorecards, P.lanes, P.events, P.system),
    group("nav.group.admin", P.users, P.keys, P.policies),
  ],
  admin: [
    group("nav.group.work", P.queue, P.board, P.map, P.traffic, P.plans, P.shipments),
    TRUCKS,
    group("nav.group.insight", P.scorecards, P.lanes, P.events, P.system),
    group("nav.group.money", P.ledger, P.payments),
    group("nav.group.admin", P.users, P.keys, P.policies, P.tenant),
  ],
};

export function placesOf(role: Role): readonly PlaceGroup[] {
  return PLACES[role];
}

/** Where a role starts. */
export function startOf(role: Role): string {
  return PLACES[role][0]?.places[0]?.to ?? "/profile";
}

/** Staff of the tenant: they see all of it. */
export function isStaff(role: Role): boolean {
  return !["shipper", "carrier", "driver", "facility"].includes(role);
}

/** Who works the queue, the board and the command palette's lookups. */
export function isDispatcher(role: Role): boolean {
  return ["broker", "supervisor", "support", "admin"].includes(role);
}
