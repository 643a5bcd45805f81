import { useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { session } from "@/api/client";
import { reads } from "@/api/queries";
import type { Me } from "@/api/types";
import type { SessionState } from "@/api/session";

export function useSession(): SessionState {
  return useSyncExternalStore(
    (call) => session.watch(call),
    () => session.state,
  );
}

/** Who is signed in, once that is known. It stays while a session that ended is being taken up again. */
export function useMe(): Me | undefined {
  const state = useSession();
  return useQuery({ ...reads.me(), enabled: state === "open" }).data;
}

/** For pages inside the shell, which shows nothing before it is known. */
export function useKnownMe(): Me {
  const me = useMe();
  if (!me) throw new Error("this page stands outside the shell");
  return me;
}
