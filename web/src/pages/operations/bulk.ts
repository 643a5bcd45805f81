import { api } from "@/api/client";
import { explain } from "@/api/explain";
import type { Shipment } from "@/api/types";

export const ACTS = ["select", "tender", "cancel"] as const;
export type Act = (typeof ACTS)[number];

const OPEN = ["requested", "bidding"];
const BEFORE_LOADING = [...OPEN, "selected", "booked", "en_route_pickup"];

/** Whether an act makes sense for a shipment as it was last seen; the server decides. */
export function suits(act: Act, shipment: Shipment): boolean {
  switch (act) {
    case "select":
      return shipment.status === "bidding" && shipment.bids > 0;
    case "tender":
      return OPEN.includes(shipment.status) && shipment.bids === 0;
    case "cancel":
      return BEFORE_LOADING.includes(shipment.status);
  }
}

/** Does it, under one key for one run, so that a repeated call acts once. */
async function call(act: Act, id: string, run: string): Promise<void> {
  const idempotencyKey = `${act}-${id}-${run}`;
  switch (act) {
    case "select": {
      const { data } = await api.get("/api/v1/shipments/{id}/bids", { path: { id } });
      const best = data.find((bid) => bid.status === "open" || bid.status === "submitted");
      if (!best) throw new NothingToSelect();
      await api.post("/api/v1/bids/{id}/select", { path: { id: best.id }, idempotencyKey });
      return;
    }
    case "tender":
      await api.patch("/api/v1/shipments/{id}", { path: { id }, body: { tender: { mode: "broadcast" } } });
      return;
    case "cancel":
      await api.post("/api/v1/shipments/{id}/cancel", { path: { id }, idempotencyKey });
  }
}

export class NothingToSelect extends Error {}

/** What became of one row. */
export interface Outcome {
  readonly id: string;
  readonly reference: string;
  readonly state: "waiting" | "done" | "failed";
  /** Why not, in words. */
  readonly reason: string | null;
}

/** So many calls are out at a time: a hundred rows must not crowd out everybody else. */
const AT_ONCE = 4;

/** Does an act for each shipment; tells after each what became of all of them. A refusal stops no other. */
export async function runBulk(
  shipments: readonly Pick<Shipment, "id" | "reference">[],
  one: (id: string) => Promise<void>,
  words: (error: unknown) => string,
  tell: (outcomes: readonly Outcome[]) => void,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = shipments.map(({ id, reference }) => ({
    id,
    reference,
    state: "waiting",
    reason: null,
  }));
  tell([...outcomes]);
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < shipments.length; at = next++) {
      const { id = "", reference = "" } = shipments[at] ?? {};
      const failure = await one(id).then(
        () => null,
        (error: unknown) => words(error),
      );
      outcomes[at] = { id, reference, state: failure === null ? "done" : "failed", reason: failure };
      tell([...outcomes]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, shipments.length) }, worker));
  return outcomes;
}

export function bulk(
  act: Act,
  shipments: readonly Shipment[],
  noBid: string,
  tell: (outcomes: readonly Outcome[]) => void,
): Promise<readonly Outcome[]> {
  const run = crypto.randomUUID();
  const words = (error: unknown) => (error instanceof NothingToSelect ? noBid : explain(error));
  return runBulk(shipments, (id) => call(act, id, run), words, tell);
}
