import { QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "@/api/problem";
import { deviceReads } from "@/offline/readStore";

/** What the page has read. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Live topics say what is stale; without one a page is read again when it is looked at.
      staleTime: 5_000,
      retry: (count, error) => error instanceof ApiProblem && error.isPassing && count < 3,
    },
  },
});

/** What the device keeps of it. */
export const kept = deviceReads();
