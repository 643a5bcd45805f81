import type { components } from "@/api/schema";

type Schemas = components["schemas"];

/** A driver agent: what every agent has, and what a driver declares. */
type Declaration = Schemas["ShownDeclaration"];

export interface DriverAgent extends Declaration {
  readonly id: string;
  readonly kind: "driver";
  readonly organisation_id: string;
  /** Who drives it; a truck that its carrier acts for has nobody. */
  readonly user_id?: string | null;
  readonly reference?: string | null;
  readonly status?: string | null;
  readonly online?: boolean | null;
  readonly shipment_id?: string | null;
  /** What it is booked for after that. */
  readonly next_shipment_id?: string | null;
  /** Its stops in order, while it carries several shipments. */
  readonly stops?: readonly Schemas["ShownTripStop"][] | null;
  readonly suspended?: string | null;
  readonly record?: Schemas["ShownRecord"] | null;
}

interface Kinded {
  readonly kind: string;
}

/** The shipments of its trip, in the order of their first stops. */
export function carried(agent: DriverAgent): readonly string[] {
  const inOrder = (agent.stops ?? []).map((stop) => stop.shipment_id);
  return [...new Set([...inOrder, ...(agent.shipment_id ? [agent.shipment_id] : [])])];
}

/** The API answers all kinds of agents in one list. */
export function drivers(agents: readonly Kinded[]): readonly DriverAgent[] {
  return agents.filter((agent): agent is DriverAgent => agent.kind === "driver");
}

export type Paper = "licence" | "insurance";
export type PaperState = {
  readonly paper: Paper;
  readonly until: string;
  readonly state: "ok" | "soon" | "over";
};

const SOON_DAYS = 30;
const DAY_MS = 86_400_000;

/** Both papers, the one that ends first in front. The last day itself is valid. */
export function papersOf(
  declared: { readonly licence_valid_until: string; readonly insurance_valid_until: string },
  now: number,
): readonly PaperState[] {
  const state = (until: string) => {
    const left = Date.parse(`${until}T23:59:59Z`) - now;
    return left < 0 ? "over" : left < SOON_DAYS * DAY_MS ? "soon" : "ok";
  };
  const papers: PaperState[] = [
    { paper: "licence", until: declared.licence_valid_until, state: state(declared.licence_valid_until) },
    {
      paper: "insurance",
      until: declared.insurance_valid_until,
      state: state(declared.insurance_valid_until),
    },
  ];
  return papers.sort((a, b) => a.until.localeCompare(b.until));
}
