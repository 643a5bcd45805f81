import type { QueryClient } from "@tanstack/react-query";
import { session } from "@/api/client";
import { forgetDrafts } from "./forms";
import { live } from "./live";
import { kept } from "./queryClient";

/** Between the tabs of a browser, which have one session. A message says that it was left. */
const tabs = new BroadcastChannel("autobroker.left");

/** Signs out, in every tab, and forgets what was seen and typed: the next person at this device starts anew. */
export async function leave(queries: QueryClient): Promise<void> {
  const ended = session.signOut();
  await Promise.all([ended, forget(queries)]);
}

/** Follows when another tab leaves. */
export function leaveWithOthers(queries: QueryClient): void {
  tabs.onmessage = () => {
    session.close();
    void forgetHere(queries);
  };
}

/** Forgets in every tab what the person before saw and typed; the others ask who is there now. */
export async function forget(queries: QueryClient): Promise<void> {
  tabs.postMessage(null);
  await forgetHere(queries);
}

async function forgetHere(queries: QueryClient): Promise<void> {
  live.signOut();
  forgetDrafts();
  queries.clear();
  await kept.clear();
}
