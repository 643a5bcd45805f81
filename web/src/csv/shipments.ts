import { authorised, type AnswerOf } from "@/api/client";
import { problemOf } from "@/api/problem";
import type { Shipment } from "@/api/types";
import { placeOf } from "@/geo/places";

export type ImportReport = AnswerOf<"post", "/api/v1/shipments/import">["data"];
export type CellError = ImportReport["errors"][number];

/** The columns of an import that people fill in; the API takes exact points instead of places too. */
export const COLUMNS = [
  "pickup_place",
  "pickup_address",
  "pickup_from",
  "pickup_to",
  "delivery_place",
  "delivery_address",
  "delivery_from",
  "delivery_to",
  "weight_kg",
  "volume_m3",
  "cargo_kind",
  "requires",
] as const;

const DAY_MS = 86_400_000;

/** A table to begin from; its load leaves a month from now, as windows far ahead are refused. */
export function template(now: Date): (string | number)[][] {
  const at = (days: number, hour: string) =>
    `${new Date(now.getTime() + days * DAY_MS).toISOString().slice(0, 10)}T${hour}:00:00Z`;
  return [
    [...COLUMNS],
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
    ],
  ];
}

/**
 * Sends a table: a dry run says what is wrong with each cell, without one all rows are posted or none. The same key posts
 * the same table once.
 */
export async function importShipments(
  table: string,
  options: { readonly dryRun: boolean; readonly key?: string },
): Promise<ImportReport> {
  const headers = new Headers({ "content-type": "text/csv" });
  if (options.key !== undefined) headers.set("idempotency-key", options.key);
  const path = `/api/v1/shipments/import${options.dryRun ? "?dry_run=true" : ""}`;
  const response = await authorised(path, { method: "POST", headers, body: table });
  if (!response.ok) throw await problemOf(response);
  return ((await response.json()) as { data: ImportReport }).data;
}

/** One row of a table as it was written, with what is wrong with it. */
export interface TableRow {
  /** Counted from 1, without the head. */
  readonly row: number;
  readonly cells: Readonly<Record<string, string>>;
  readonly errors: readonly CellError[];
}

/** The rows of a table beside what the server says about each. */
export function rowsOf(
  table: readonly (readonly string[])[],
  errors: readonly CellError[],
): readonly TableRow[] {
  const [head = [], ...rows] = table;
  const names = head.map((name) => name.trim().toLowerCase());
  return rows.map((cells, index) => ({
    row: index + 1,
    cells: Object.fromEntries(names.map((name, at) => [name, cells[at] ?? ""])),
    errors: errors.filter((error) => error.row === index + 1),
  }));
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
