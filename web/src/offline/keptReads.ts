import type { QueryClient, QueryKey } from "@tanstack/react-query";

/** An answer as it was kept on the device. */
export interface KeptRead {
  readonly id: string;
  readonly key: QueryKey;
  readonly data: unknown;
  /** When it came, in ms. */
  readonly at: number;
}

/** Where answers wait for a page that starts without a network. */
export interface ReadStore {
  all(): Promise<KeptRead[]>;
  put(read: KeptRead): Promise<void>;
  remove(id: string): Promise<void>;
  clear(): Promise<void>;
}

/** A session lasts seven days without a network; what is older belongs to nobody who is signed in. */
const LONGEST_MS = 7 * 86_400_000;

/** Marks a read whose last answer is kept on the device: what a driver needs on the road, and nothing else. */
export const KEPT = { meta: { kept: true }, gcTime: Infinity } as const;

/** Puts back what the last page on this device knew; each is read again as soon as there is a network. */
export async function restoreReads(queries: QueryClient, store: ReadStore, now: number): Promise<void> {
  for (const { id, key, data, at } of await store.all()) {
    if (now - at > LONGEST_MS) {
      await store.remove(id);
      continue;
    }
    // Without a network it could not be read again: it stays for as long as the page does.
    queries.setQueryDefaults(key, KEPT);
    queries.setQueryData(key, data, { updatedAt: at });
  }
}

/** Keeps the answers of marked reads from now on; the answer stops that. */
export function keepReads(queries: QueryClient, store: ReadStore): () => void {
  return queries.getQueryCache().subscribe((event) => {
    if (event.type !== "updated" || event.action.type !== "success") return;
    const { queryHash: id, queryKey: key, meta, state } = event.query;
    if (meta?.["kept"] !== true) return;
    // A device that keeps nothing shows less without a network, and works.
    void store.put({ id, key, data: state.data, at: state.dataUpdatedAt }).catch(() => undefined);
  });
}
