import type { QueryClient } from "@tanstack/react-query";
import { session } from "@/api/client";
import { forgetDrafts } from "./forms";
import { live } from "./live";
import { kept } from "./queryClient";

/** Signs out and forgets what was seen and typed: the next person at this device starts anew. */
export async function leave(queries: QueryClient): Promise<void> {
  live.signOut();
  forgetDrafts();
  const ended = session.signOut();
  queries.clear();
  await Promise.all([ended, kept.clear()]);
}
