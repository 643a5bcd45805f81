import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { LiveProvider } from "@/live";
import { Toaster } from "@/ui/Toast";
import { live } from "./live";
import { queries } from "./queryClient";
import { Relogin } from "./Relogin";
import { router } from "./router";
import { Update } from "./Update";
import { useMe } from "./useMe";

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
