import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { ApiProblem } from "@/api/problem";
import { LiveProvider } from "@/live";
import { Toaster } from "@/ui/Toast";
import { live } from "./live";
import { Relogin } from "./Relogin";
import { router } from "./router";
import { Update } from "./Update";
import { useMe } from "./useMe";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Live topics say what is stale; without one a page is read again when it is looked at.
      staleTime: 5_000,
      retry: (count, error) => error instanceof ApiProblem && error.isPassing && count < 3,
    },
  },
});

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <Connected />
    </QueryClientProvider>
  );
}

function Connected() {
  const me = useMe();
  return (
    <LiveProvider connection={live} user={me?.id ?? null}>
      <RouterProvider router={router} />
      <Relogin />
      <Toaster />
      <Update />
    </LiveProvider>
  );
}
