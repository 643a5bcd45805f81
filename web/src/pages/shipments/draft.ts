import type { NewShipment } from "@/api/types";
import { fromLocalInput, readAmount, toLocalInput } from "@/ui/format";

/** One stop as it is typed. */
export interface StopDraft {
  readonly place: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly address: string;
  readonly from: string;
  readonly to: string;
}

/** A shipment as it is typed: everything is text until it is sent. */
export interface ShipmentDraft {
  readonly pickup: StopDraft;
  readonly delivery: StopDraft;
  readonly weight: string;
  readonly volume: string;
  readonly kind: string;
  readonly requires: readonly string[];
  readonly value: string;
  readonly service: string;
  readonly tender: string;
  readonly carriers: string;
  readonly autoAccept: boolean;
}

export const KINDS = [
  "general",
  "refrigerated",
  "fragile",
  "hazmat",
  "food",
  "furniture",
  "electronics",
  "machinery",
  "construction",
] as const;
export const FEATURES = ["lift_gate", "refrigeration", "adr", "gps"] as const;

const HOUR_MS = 3_600_000;

/** An empty form: load in four hours, deliver tomorrow. */
export function emptyDraft(now: Date): ShipmentDraft {
  const hour = new Date(Math.ceil(now.getTime() / HOUR_MS) * HOUR_MS);
  const in_ = (hours: number) => toLocalInput(new Date(hour.getTime() + hours * HOUR_MS));
  const stop = { place: "", latitude: null, longitude: null, address: "" };
  return {
    pickup: { ...stop, from: in_(4), to: in_(8) },
    delivery: { ...stop, from: in_(12), to: in_(28) },
    weight: "",
    volume: "",
    kind: "general",
    requires: [],
    value: "",
    service: "standard",
    tender: "broadcast",
    carriers: "",
    autoAccept: false,
  };
}

/** A number as people of either language type it: `1.250,5`, `1250.5`; `null` when it is none. */
export function readNumber(text: string): number | null {
  const amount = readAmount(text, 3);
  return amount === null ? null : Number(amount);
}

export type DraftProblem = "place" | "number" | "amount";

/** The body to send, or the fields that cannot be one. What only the server knows it checks itself. */
export function toBody(
  draft: ShipmentDraft,
): { readonly body: NewShipment } | { readonly problems: Readonly<Record<string, DraftProblem>> } {
  const problems: Record<string, DraftProblem> = {};
  const weight = readNumber(draft.weight);
  const volume = draft.volume.trim() === "" ? undefined : readNumber(draft.volume);
  const value = draft.value.trim() === "" ? null : readAmount(draft.value);
  if (weight === null) problems["cargo.weight_kg"] = "number";
  if (volume === null) problems["cargo.volume_m3"] = "number";
  if (draft.value.trim() !== "" && value === null) problems["cargo.value"] = "amount";
  const [pickup, delivery] = (["pickup", "delivery"] as const).map((name) => {
    const { latitude, longitude, address, place, from, to } = draft[name];
    if (latitude === null || longitude === null) {
      problems[name] = "place";
      return null;
    }
    const where = address.trim() === "" ? place : address.trim();
    return {
      latitude,
      longitude,
      address: where,
      window: { from: fromLocalInput(from), to: fromLocalInput(to) },
    };
  });
  if (!pickup || !delivery || weight === null || volume === null || Object.keys(problems).length > 0)
    return { problems };
  return {
    body: {
      pickup,
      delivery,
      cargo: {
        weight_kg: weight,
        ...(volume === undefined ? {} : { volume_m3: volume }),
        kind: draft.kind,
        requires: [...draft.requires],
        ...(value === null ? {} : { value: { amount: value, currency: "EUR" } }),
      },
      service_level: draft.service as NonNullable<NewShipment["service_level"]>,
      tender: tenderOf(draft),
      auto_accept: draft.autoAccept,
    },
  };
}

/** The ids that were typed or chosen, in order. */
export function carriersOf(text: string): readonly string[] {
  return text.split(/[\s,;]+/).filter(Boolean);
}

function tenderOf({ tender, carriers }: ShipmentDraft): NonNullable<NewShipment["tender"]> {
  const named = [...carriersOf(carriers)];
  if (tender === "waterfall") return { mode: "waterfall", carriers: named };
  if (tender === "direct") return { mode: "direct", carrier: named[0] ?? "" };
  return { mode: "broadcast" };
}
