import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, type DataOf } from "./client";
import type { QueryOf } from "./queries";

export type QueueEntry = DataOf<"/api/v1/operations/queue">[number];
export type Fact = DataOf<"/api/v1/operations/streams/{stream}">[number];
export type Lane = DataOf<"/api/v1/operations/lanes">[number];
export type Scorecard = DataOf<"/api/v1/operations/scorecards">[number];
export type Geofence = DataOf<"/api/v1/geofences">[number];
export type Incident = DataOf<"/api/v1/traffic/incidents">[number];
export type AgentsNow = DataOf<"/api/v1/operations/agents">;

/** What the pages of staff read; keys as in `reads`. */
export const desk = {
  queue: (query: QueryOf<"/api/v1/operations/queue">) =>
    queryOptions({
      queryKey: ["queue", query],
      queryFn: ({ signal }) => api.get("/api/v1/operations/queue", { query, signal }),
      placeholderData: keepPreviousData,
    }),
  incidents: () =>
    queryOptions({
      queryKey: ["incidents"],
      queryFn: ({ signal }) => api.get("/api/v1/traffic/incidents", { query: { per_page: 100 }, signal }),
    }),
  agents: () =>
    queryOptions({
      queryKey: ["agents-now"],
      queryFn: async ({ signal }) => ({
        at: Date.now(),
        ...(await api.get("/api/v1/operations/agents", { signal })).data,
      }),
    }),
  lanes: (query: QueryOf<"/api/v1/operations/lanes">) =>
    queryOptions({
      queryKey: ["lanes", query],
      queryFn: async ({ signal }) => (await api.get("/api/v1/operations/lanes", { query, signal })).data,
      placeholderData: keepPreviousData,
    }),
  scorecards: (query: QueryOf<"/api/v1/operations/scorecards">) =>
    queryOptions({
      queryKey: ["scorecards", query],
      queryFn: ({ signal }) => api.get("/api/v1/operations/scorecards", { query, signal }),
      placeholderData: keepPreviousData,
    }),
  alerts: (query: QueryOf<"/api/v1/alerts">) =>
    queryOptions({
      queryKey: ["alerts", query],
      queryFn: ({ signal }) => api.get("/api/v1/alerts", { query, signal }),
      placeholderData: keepPreviousData,
    }),
  geofences: () =>
    queryOptions({
      queryKey: ["geofences"],
      queryFn: ({ signal }) => api.get("/api/v1/geofences", { query: { per_page: 100 }, signal }),
    }),
  stream: (stream: string) =>
    queryOptions({
      queryKey: ["stream", stream],
      queryFn: async ({ signal }) =>
        (await api.get("/api/v1/operations/streams/{stream}", { path: { stream }, signal })).data,
    }),
};

/** What a role may do at the desk, as the policies say it; the server decides. */
const MAY = {
  select: ["broker", "supervisor", "admin"],
  dispatch: ["broker", "supervisor", "admin"],
  cancel: ["broker", "supervisor", "support", "admin"],
  amend: ["broker", "supervisor", "admin"],
  settle: ["support", "finance", "admin"],
  resolve: ["broker", "supervisor", "support", "admin"],
  replay: ["supervisor", "admin"],
  reinstate: ["support", "supervisor", "admin"],
  fence: ["broker", "supervisor", "support", "admin"],
  reset: ["admin"],
  traffic: ["broker", "supervisor", "support", "admin"],
  dock: ["broker", "supervisor", "support", "admin"],
  letters: ["supervisor", "support", "finance", "auditor", "admin"],
  log: ["support", "supervisor", "auditor", "admin"],
} as const;

export function may(role: string, act: keyof typeof MAY): boolean {
  return (MAY[act] as readonly string[]).includes(role);
}
