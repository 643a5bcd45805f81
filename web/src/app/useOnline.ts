import { useSyncExternalStore } from "react";

function watch(call: () => void): () => void {
  window.addEventListener("online", call);
  window.addEventListener("offline", call);
  return () => {
    window.removeEventListener("online", call);
    window.removeEventListener("offline", call);
  };
}

/** Whether the device has a network; that says nothing about the server. */
export function useOnline(): boolean {
  return useSyncExternalStore(watch, () => navigator.onLine);
}
