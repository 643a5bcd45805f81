import { keepPreviousData, queryOptions, type QueryClient } from "@tanstack/react-query";
import { KEPT } from "@/offline/keptReads";
import { api, getOpenly, readFile, type DataOf } from "./client";
import type { components, paths } from "./schema";
import type { NewShipment } from "./types";

/** What may be asked for in an address. */
export type QueryOf<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } }
  ? NonNullable<Q>
  : never;
type ListQuery = QueryOf<"/api/v1/shipments">;
type Span = { readonly from?: string; readonly to?: string };
/** One route; what is absent the server fills in. */
export type RouteQuestion = Omit<components["schemas"]["RouteQuestion"], "count">;
type Page = { readonly page?: number; readonly per_page?: number };

/**
 * What the pages read, by key. A key begins with the noun and its id, so that an event about a shipment makes
 * everything about it stale at once.
 */
export const reads = {
  me: () =>
    queryOptions({
      queryKey: ["me"],
      queryFn: async ({ signal }) => (await api.get("/api/v1/me", { signal })).data,
      staleTime: 60_000,
      ...KEPT,
    }),
  shipments: (query: ListQuery) =>
    queryOptions({
      queryKey: ["shipments", query],
      queryFn: ({ signal }) => api.get("/api/v1/shipments", { query, signal }),
      placeholderData: keepPreviousData,
    }),
  shipment: (id: string) =>
    queryOptions({
      queryKey: ["shipment", id],
      queryFn: async ({ signal }) => (await api.get("/api/v1/shipments/{id}", { path: { id }, signal })).data,
    }),
  bids: (id: string) =>
    queryOptions({
      queryKey: ["shipment", id, "bids"],
      queryFn: async ({ signal }) =>
        (await api.get("/api/v1/shipments/{id}/bids", { path: { id }, signal })).data,
    }),
  history: (id: string) =>
    queryOptions({
      queryKey: ["shipment", id, "events"],
      queryFn: async ({ signal }) =>
        allPages((page) =>
          api.get("/api/v1/shipments/{id}/events", { path: { id }, query: { ...page }, signal }),
        ),
    }),
  position: (id: string) =>
    queryOptions({
      queryKey: ["shipment", id, "position"],
      queryFn: async ({ signal }) =>
        (await api.get("/api/v1/shipments/{id}/position", { path: { id }, signal })).data,
    }),
  /** When the truck will be at its next stop, with the interval that eight of ten come in. */
  eta: (id: string) =>
    queryOptions({
      queryKey: ["shipment", id, "eta"],
      queryFn: async ({ signal }) =>
        (await api.get("/api/v1/shipments/{id}/eta", { path: { id }, signal })).data,
    }),
  alertsOf: (shipment: string) =>
    queryOptions({
      queryKey: ["shipment", shipment, "alerts"],
      queryFn: async ({ signal }) =>
        (
          await api.get("/api/v1/shipments/{id}/alerts", {
            path: { id: shipment },
            query: { per_page: 100 },
            signal,
          })
        ).data,
    }),
  paymentsOf: (shipment: string) =>
    queryOptions({
      queryKey: ["shipment", shipment, "payments"],
      queryFn: async ({ signal }) =>
        (await api.get("/api/v1/payments", { query: { shipment_id: shipment }, signal })).data,
    }),
  payments: (query: Page & { readonly status?: DataOf<"/api/v1/payments">[number]["status"] }) =>
    queryOptions({
      queryKey: ["payments", query],
      queryFn: ({ signal }) => api.get("/api/v1/payments", { query, signal }),
      placeholderData: keepPreviousData,
    }),
  /** All of a carrier. */
  agentsOf: (carrier: string) =>
    queryOptions({
      queryKey: ["agents", "of", carrier],
      queryFn: ({ signal }) =>
        allPages((page) => api.get("/api/v1/agents", { query: { carrier_id: carrier, ...page }, signal })),
    }),
  agents: (query: Page & { readonly online?: boolean } = {}) =>
    queryOptions({
      queryKey: ["agents", query],
      queryFn: ({ signal }) => api.get("/api/v1/agents", { query, signal }),
      placeholderData: keepPreviousData,
    }),
  agent: (id: string) =>
    queryOptions({
      queryKey: ["agent", id],
      queryFn: async ({ signal }) => (await api.get("/api/v1/agents/{id}", { path: { id }, signal })).data,
    }),
  /** The agents that act for the caller itself: a driver's own truck, a carrier's papers, a facility's sites. */
  ownAgents: () =>
    queryOptions({
      queryKey: ["agents", "own"],
      queryFn: async ({ signal }) => (await api.get("/api/v1/agents/own", { signal })).data,
    }),
  performance: (agent: string, span: Span = {}) =>
    queryOptions({
      queryKey: ["agent", agent, "performance", span],
      queryFn: async ({ signal }) =>
        (await api.get("/api/v1/agents/{id}/performance", { path: { id: agent }, query: span, signal })).data,
      placeholderData: keepPreviousData,
    }),
  devices: (query: Page) =>
    queryOptions({
      queryKey: ["devices", query],
      queryFn: ({ signal }) => api.get("/api/v1/devices", { query, signal }),
      placeholderData: keepPreviousData,
    }),
  trip: (agent: string, span: Span) =>
    queryOptions({
      queryKey: ["agent", agent, "trip", span],
      queryFn: async ({ signal }) =>
        (await api.get("/api/v1/agents/{id}/trip", { path: { id: agent }, query: span, signal })).data,
    }),
  /** The line that was driven, as GeoJSON. */
  line: (agent: string, span: Span) =>
    queryOptions({
      queryKey: ["agent", agent, "line", span],
      queryFn: async ({ signal }) => {
        const file = await readFile("/api/v1/agents/{id}/line", { path: { id: agent }, query: span, signal });
        return JSON.parse(await file.text()) as unknown;
      },
    }),
  replay: (agent: string, span: Span, speed: number) =>
    queryOptions({
      queryKey: ["agent", agent, "replay", span, speed],
      queryFn: async ({ signal }) =>
        (
          await api.get("/api/v1/agents/{id}/replay", {
            path: { id: agent },
            query: { ...span, speed },
            signal,
          })
        ).data,
      // What was driven does not change while somebody looks at it.
      staleTime: Infinity,
    }),
  utilisation: (query: QueryOf<"/api/v1/fleet/utilisation">) =>
    queryOptions({
      queryKey: ["utilisation", query],
      queryFn: ({ signal }) => api.get("/api/v1/fleet/utilisation", { query, signal }),
      placeholderData: keepPreviousData,
    }),
  statement: (span: Span) =>
    queryOptions({
      queryKey: ["payments", "statement", span],
      queryFn: async ({ signal }) => (await api.get("/api/v1/statements", { query: span, signal })).data,
      placeholderData: keepPreviousData,
    }),
  issues: (shipment: string) =>
    queryOptions({
      queryKey: ["shipment", shipment, "issues"],
      queryFn: async ({ signal }) =>
        (await api.get("/api/v1/shipments/{id}/issues", { path: { id: shipment }, signal })).data,
    }),
  shares: (shipment: string) =>
    queryOptions({
      queryKey: ["shipment", shipment, "shares"],
      queryFn: async ({ signal }) =>
        (await api.get("/api/v1/shipments/{id}/shares", { path: { id: shipment }, signal })).data,
    }),
  documents: (shipment: string) =>
    queryOptions({
      queryKey: ["shipment", shipment, "documents"],
      queryFn: async ({ signal }) =>
        (await api.get("/api/v1/shipments/{id}/documents", { path: { id: shipment }, signal })).data,
    }),
  /** What anybody sees who has a link; asked without a session. */
  tracking: (token: string) =>
    queryOptions({
      queryKey: ["tracking", token],
      queryFn: async ({ signal }) =>
        (await getOpenly("/api/v1/public/tracking/{token}", { path: { token }, signal })).data,
    }),
  places: (query: string) =>
    queryOptions({
      queryKey: ["places", query],
      queryFn: async ({ signal }) =>
        (await api.get("/api/v1/places", { query: { q: query, limit: 8 }, signal })).data,
      placeholderData: keepPreviousData,
      // The gazetteer changes with the server.
      staleTime: Infinity,
    }),
  /** What a shipment would cost; its body as a text, so that one question has one key. */
  estimate: (body: string) =>
    queryOptions({
      queryKey: ["estimate", body],
      queryFn: async ({ signal }) =>
        (await api.post("/api/v1/shipments/estimate", { body: JSON.parse(body) as NewShipment, signal }))
          .data,
      placeholderData: keepPreviousData,
      staleTime: 60_000,
      retry: false,
    }),
  /** What organisations are called; for staff. */
  organisations: (query: QueryOf<"/api/v1/organisations">) =>
    queryOptions({
      queryKey: ["organisations", query],
      queryFn: ({ signal }) => api.get("/api/v1/organisations", { query, signal }),
      placeholderData: keepPreviousData,
    }),
  route: (question: RouteQuestion) =>
    queryOptions({
      queryKey: ["route", question],
      queryFn: async ({ signal }) =>
        (await api.post("/api/v1/routes", { body: { ...question, count: 1 }, signal })).data,
      // Roads change with the server's data, and a POST each time somebody looks is for nothing.
      staleTime: 600_000,
    }),
  offers: (agent: string) =>
    queryOptions({
      queryKey: ["agent", agent, "offers"],
      queryFn: async ({ signal }) =>
        (await api.get("/api/v1/agents/{id}/offers", { path: { id: agent }, signal })).data,
    }),
  bid: (id: string) =>
    queryOptions({
      queryKey: ["bid", id],
      queryFn: async ({ signal }) => (await api.get("/api/v1/bids/{id}", { path: { id }, signal })).data,
    }),
  /** The caller's own open sessions, or a user's. */
  sessions: (user?: string) =>
    queryOptions({
      queryKey: ["sessions", user ?? "own"],
      queryFn: async ({ signal }) =>
        (
          await api.get("/api/v1/sessions", {
            query: { per_page: 50, ...(user === undefined ? {} : { user_id: user }) },
            signal,
          })
        ).data,
    }),
  users: (query: Page & { readonly role?: DataOf<"/api/v1/users">[number]["role"] }) =>
    queryOptions({
      queryKey: ["users", query],
      queryFn: ({ signal }) => api.get("/api/v1/users", { query, signal }),
      placeholderData: keepPreviousData,
    }),
  keys: (query: Page) =>
    queryOptions({
      queryKey: ["keys", query],
      queryFn: ({ signal }) => api.get("/api/v1/api-keys", { query, signal }),
    }),
  policies: () =>
    queryOptions({
      queryKey: ["policies"],
      queryFn: async ({ signal }) => (await api.get("/api/v1/policies", { signal })).data,
    }),
  tenant: () =>
    queryOptions({
      queryKey: ["tenant"],
      queryFn: async ({ signal }) => (await api.get("/api/v1/tenant", { signal })).data,
    }),
  accounts: (query: Page & { readonly kind?: string }) =>
    queryOptions({
      queryKey: ["accounts", query],
      queryFn: ({ signal }) => api.get("/api/v1/ledger/accounts", { query: query as Page, signal }),
      placeholderData: keepPreviousData,
    }),
  postings: (query: Page & { readonly payment_id?: string }) =>
    queryOptions({
      queryKey: ["postings", query],
      queryFn: ({ signal }) => api.get("/api/v1/ledger/postings", { query, signal }),
      placeholderData: keepPreviousData,
    }),
  trialBalance: () =>
    queryOptions({
      queryKey: ["trial-balance"],
      queryFn: async ({ signal }) => (await api.get("/api/v1/ledger/trial-balance", { signal })).data,
    }),
  facilities: () =>
    queryOptions({
      queryKey: ["facilities"],
      queryFn: ({ signal }) => api.get("/api/v1/facilities", { query: { per_page: 100 }, signal }),
    }),
  facility: (id: string) =>
    queryOptions({
      queryKey: ["facility", id],
      queryFn: async ({ signal }) =>
        (await api.get("/api/v1/facilities/{id}", { path: { id }, signal })).data,
    }),
  docks: (id: string) =>
    queryOptions({
      queryKey: ["facility", id, "docks"],
      queryFn: async ({ signal }) =>
        (await api.get("/api/v1/facilities/{id}/docks", { path: { id }, signal })).data,
    }),
  yard: (id: string) =>
    queryOptions({
      queryKey: ["facility", id, "yard"],
      queryFn: async ({ signal }) =>
        (await api.get("/api/v1/facilities/{id}/yard", { path: { id }, signal })).data,
    }),
  appointment: (id: string) =>
    queryOptions({
      queryKey: ["appointment", id],
      queryFn: async ({ signal }) =>
        (await api.get("/api/v1/appointments/{id}", { path: { id }, signal })).data,
    }),
  appointments: (id: string, from: string, to: string) =>
    queryOptions({
      queryKey: ["facility", id, "appointments", from, to],
      queryFn: ({ signal }) =>
        allPages((page) =>
          api.get("/api/v1/facilities/{id}/appointments", {
            path: { id },
            query: { from, to, ...page },
            signal,
          }),
        ),
      placeholderData: keepPreviousData,
    }),
  /** When a truck could come. Short-lived: another may take a slot at any moment. */
  availability: (
    id: string,
    {
      vehicle,
      ...query
    }: {
      readonly from: string;
      readonly to: string;
      readonly work: "loading" | "unloading";
      readonly vehicle: "van" | "box_truck" | "semi_truck" | "container";
      readonly minutes: number;
    },
  ) =>
    queryOptions({
      queryKey: ["facility", id, "availability", vehicle, query],
      queryFn: async ({ signal }) =>
        (
          await api.get("/api/v1/facilities/{id}/availability", {
            path: { id },
            query: { ...query, vehicle },
            signal,
          })
        ).data,
      placeholderData: keepPreviousData,
    }),
  dockPapers: (facility: string, id: string) =>
    queryOptions({
      queryKey: ["facility", facility, "papers", id],
      queryFn: async ({ signal }) =>
        (await api.get("/api/v1/appointments/{id}/papers", { path: { id }, signal })).data,
    }),
  facilityIssues: (id: string) =>
    queryOptions({
      queryKey: ["facility", id, "issues"],
      queryFn: async ({ signal }) =>
        (await api.get("/api/v1/facilities/{id}/issues", { path: { id }, signal })).data,
    }),
  plan: (id: string) =>
    queryOptions({
      queryKey: ["plan", id],
      queryFn: async ({ signal }) => (await api.get("/api/v1/plans/{id}", { path: { id }, signal })).data,
    }),
  /** What tours come to that somebody changed. It changes nothing, so it is read like anything else. */
  pricedTours: (
    id: string,
    tours: readonly { readonly vehicle: string; readonly stops: readonly string[] }[],
  ) =>
    queryOptions({
      queryKey: ["plan", id, "priced", tours],
      queryFn: async ({ signal }) => {
        const routes = tours.map(({ vehicle, stops }) => ({ vehicle, stops: [...stops] }));
        return (await api.post("/api/v1/plans/{id}/price", { path: { id }, body: { routes }, signal })).data;
      },
      placeholderData: keepPreviousData,
      retry: false,
    }),
  deadLetters: () =>
    queryOptions({
      queryKey: ["dead-letters"],
      queryFn: async ({ signal }) =>
        (await api.get("/api/v1/effects/dead-letters", { query: { limit: 100 }, signal })).data,
    }),
};

/** Pages that are read of one list: a page of the app shows at most so many hundreds. */
const PAGES = 20;
const PER_PAGE = 100;

/** A whole list of the API, page by page. */
async function allPages<T>(
  read: (page: Required<Page>) => Promise<{
    readonly data: readonly T[];
    readonly meta: { readonly pagination?: { readonly total: number } | null };
  }>,
): Promise<readonly T[]> {
  const all: T[] = [];
  for (let page = 1; page <= PAGES; page++) {
    const answer = await read({ page, per_page: PER_PAGE });
    all.push(...answer.data);
    if (all.length >= (answer.meta.pagination?.total ?? 0)) break;
  }
  return all;
}

/** Everything about a shipment, and the lists it stands in, was changed by what this page just did. */
export function shipmentChanged(queries: QueryClient, id: string): void {
  void queries.invalidateQueries({ queryKey: ["shipment", id] });
  void queries.invalidateQueries({ queryKey: ["shipments"] });
  void queries.invalidateQueries({ queryKey: ["agent"] });
}
