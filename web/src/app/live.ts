import { session } from "@/api/client";
import { createLive } from "@/live";

/** The page's one connection. */
export const live = createLive((fresh) => session.token(fresh));
