import type { NewShipment, Shipment } from "@/api/types";
import { cityNamed, placeOf } from "@/geo/places";
import { t } from "@/i18n";
import { readNumber } from "@/pages/shipments/draft";
import { readAmount } from "@/ui/format";

/** The columns of an import; those with `true` must be there. */
export const COLUMNS = {
  pickup: true,
  pickup_address: false,
  pickup_from: true,
  pickup_to: true,
  delivery: true,
  delivery_address: false,
  delivery_from: true,
  delivery_to: true,
  weight_kg: true,
  volume_m3: false,
  kind: false,
  requires: false,
  value_eur: false,
  service_level: false,
} as const;

const DAY = 86_400_000;

type Column = keyof typeof COLUMNS;

const NAMES = Object.keys(COLUMNS) as readonly Column[];

export interface ReadRow {
  /** Counted from 1, without the head. */
  readonly row: number;
  readonly cells: Readonly<Partial<Record<Column, string>>>;
  readonly body: NewShipment | null;
  readonly problems: readonly { readonly column: string; readonly text: string }[];
}

/** Reads the head and every row. Problems of the head come back as a list of their own: then no row is read. */
export function readShipments(
  table: readonly (readonly string[])[],
  now: Date,
): { readonly head: readonly string[]; readonly rows: readonly ReadRow[] } {
  const [first, ...rest] = table;
  if (!first || rest.length === 0) return { head: [t("csv.empty")], rows: [] };
  const names = first.map((name) => name.trim().toLowerCase());
  const head = [
    ...NAMES.filter((name) => COLUMNS[name] && !names.includes(name)).map((name) =>
      t("csv.missing.column", { name }),
    ),
    ...names
      .filter((name) => !(NAMES as readonly string[]).includes(name))
      .map((name) => t("csv.unknown.column", { name })),
  ];
  if (head.length > 0) return { head, rows: [] };
  return { head, rows: rest.map((cells, index) => readRow(names as Column[], cells, index + 1, now)) };
}

function readRow(names: readonly Column[], cells: readonly string[], row: number, now: Date): ReadRow {
  const problems: { column: string; text: string }[] = [];
  const of = Object.fromEntries(names.map((name, at) => [name, cells[at]?.trim() ?? ""])) as Partial<
    Record<Column, string>
  >;
  const refuse = (column: string, text: string) => problems.push({ column, text });
  if (cells.length !== names.length) refuse("", t("csv.bad.width", { n: cells.length, m: names.length }));

  const stop = (end: "pickup" | "delivery") => {
    const place = readPlace(of[end] ?? "");
    if (!place) refuse(end, t("csv.bad.place", { value: of[end] ?? "" }));
    const time = (column: Column) => {
      const at = new Date(of[column] ?? "");
      if (of[column] && !Number.isNaN(at.getTime())) return at;
      refuse(column, t("csv.bad.time", { value: of[column] ?? "" }));
      return null;
    };
    const [from, to] = [time(`${end}_from`), time(`${end}_to`)];
    if (from && to && to < from) refuse(`${end}_to`, t("csv.bad.reversed"));
    else if (to && to < now) refuse(`${end}_to`, t("csv.bad.past", { name: `${end}_to` }));
    if (!place || !from || !to) return null;
    return {
      ...place.point,
      address: of[`${end}_address`] || place.name,
      window: { from: iso(from), to: iso(to) },
    };
  };
  const [pickup, delivery] = [stop("pickup"), stop("delivery")];

  const weight = readNumber(of.weight_kg ?? "");
  if (weight === null || weight <= 0) refuse("weight_kg", t("csv.bad.number", { value: of.weight_kg ?? "" }));
  const volume = of.volume_m3 ? readNumber(of.volume_m3) : undefined;
  if (volume === null) refuse("volume_m3", t("csv.bad.number", { value: of.volume_m3 ?? "" }));
  const value = of.value_eur ? readAmount(of.value_eur) : null;
  if (of.value_eur && value === null) refuse("value_eur", t("csv.bad.amount", { value: of.value_eur }));
  const kind = of.kind ? of.kind.toLowerCase() : "general";
  if (!/^[a-z0-9][a-z0-9_-]{0,49}$/.test(kind)) refuse("kind", t("csv.bad.kind", { value: kind }));
  const level = of.service_level ? of.service_level.toLowerCase() : "standard";
  if (!["standard", "express", "dedicated"].includes(level))
    refuse("service_level", t("csv.bad.kind", { value: level }));

  if (problems.length > 0 || !pickup || !delivery || weight === null || volume === null)
    return { row, cells: of, body: null, problems };
  const body: NewShipment = {
    pickup,
    delivery,
    cargo: {
      weight_kg: weight,
      ...(volume === undefined ? {} : { volume_m3: volume }),
      kind,
      requires: (of.requires ?? "").split(/[\s|]+/).filter(Boolean),
      ...(value === null ? {} : { value: { amount: value, currency: "EUR" } }),
    },
    service_level: level as "standard" | "express" | "dedicated",
  };
  return { row, cells: of, body, problems };
}

function iso(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, "Z");
}

/** `Milano`, `MIL` or `45.46 9.19`. A name must be a city's whole name: a guess would send a truck elsewhere. */
function readPlace(text: string): { point: { latitude: number; longitude: number }; name: string } | null {
  const pair = /^(-?\d+(?:\.\d+)?)[\s,;]+(-?\d+(?:\.\d+)?)$/.exec(text);
  if (pair) {
    const point = { latitude: Number(pair[1]), longitude: Number(pair[2]) };
    if (Math.abs(point.latitude) > 90 || Math.abs(point.longitude) > 180) return null;
    return { point, name: placeOf(point) };
  }
  const city = cityNamed(text);
  return city ? { point: { latitude: city.latitude, longitude: city.longitude }, name: text } : null;
}

/** A table to begin from; its load leaves a month from now, as windows far ahead are refused. */
export function template(now: Date): (string | number)[][] {
  const at = (days: number, hour: string) =>
    `${new Date(now.getTime() + days * DAY).toISOString().slice(0, 10)}T${hour}:00`;
  return [
    [...NAMES],
    [
      "Milano",
      "Via Esempio 1",
      at(30, "08"),
      at(30, "12"),
      "Roma",
      "Via Prova 2",
      at(31, "08"),
      at(31, "18"),
      8000,
      30,
      "general",
      "lift_gate",
      "12500.00",
      "standard",
    ],
  ];
}

/** Shipments as rows, with a head. */
export function shipmentRows(shipments: readonly Shipment[]): (string | number | null)[][] {
  const head = [
    "reference",
    "status",
    "posted",
    "pickup",
    "pickup_from",
    "pickup_to",
    "delivery",
    "delivery_from",
    "delivery_to",
    "weight_kg",
    "volume_m3",
    "kind",
    "road_km",
    "bids",
    "price",
    "currency",
    "delivered_at",
  ];
  return [
    head,
    ...shipments.map((shipment) => [
      shipment.reference,
      shipment.status,
      shipment.created_at,
      shipment.pickup.address ?? placeOf(shipment.pickup),
      shipment.pickup.window.from,
      shipment.pickup.window.to,
      shipment.delivery.address ?? placeOf(shipment.delivery),
      shipment.delivery.window.from,
      shipment.delivery.window.to,
      shipment.cargo.weight_kg,
      shipment.cargo.volume_m3 ?? 0,
      shipment.cargo.kind ?? "",
      Math.round(shipment.road_km),
      shipment.bids,
      shipment.booking?.price.amount ?? null,
      shipment.booking?.price.currency ?? null,
      shipment.proof?.delivered_at ?? null,
    ]),
  ];
}
