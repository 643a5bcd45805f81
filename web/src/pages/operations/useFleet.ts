import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useRef } from "react";
import { api } from "@/api/client";
import { useKnownMe } from "@/app/useMe";
import { useTopic } from "@/live";
import { fleetOf, isRelabelled, movedOf, withMoved, type Fleet, type Truck } from "@/live/fleet";

const KEY = ["fleet"] as const;
/** Trucks that fell silent leave the map with the next whole answer, which must come before this one may not be shown. */
const WHOLE_EVERY_MS = 40_000;
/** Labels of trucks that took another load are asked for at most so often. */
const LABELS_EVERY_MS = 5_000;

/** All trucks of the tenant: one whole answer, then once a second those that moved. */
export function useFleet(): UseQueryResult<Fleet, Error> {
  const me = useKnownMe();
  const heard = useRef(new Map<string, Truck>());
  const fleet = useQuery({
    queryKey: KEY,
    structuralSharing: false,
    refetchInterval: WHOLE_EVERY_MS,
    queryFn: async ({ signal }) => {
      heard.current = new Map();
      const { data } = await api.get("/api/v1/operations/live", { signal });
      // What was heard while the answer was under way is newer than it.
      return withMoved(fleetOf(data, Date.now()), heard.current.values());
    },
  });
  useTopic(`fleet:${me.tenant.id}`, {
    keys: [KEY],
    onEvent: ({ data }, queries) => {
      const before = queries.getQueryData<Fleet>(KEY);
      const moved = movedOf(data);
      for (const truck of moved) heard.current.set(truck.id, truck);
      if (!before) return true;
      queries.setQueryData<Fleet>(KEY, withMoved(before, moved));
      const isOld = Date.now() - before.readAt > LABELS_EVERY_MS;
      return !(isOld && moved.some((truck) => isRelabelled(before, truck)));
    },
  });
  return fleet;
}
