import { memoryOf, openTable } from "./device";
import type { KeptRead, ReadStore } from "./keptReads";

/** Answers in the browser's own database; a browser that keeps nothing forgets them with the page. */
export function deviceReads(): ReadStore {
  const opened = openTable<KeptRead>("autobroker-reads", "reads", "id").catch(() =>
    memoryOf<KeptRead, string>((read) => read.id),
  );
  return {
    all: async () => (await opened).all(),
    put: async (read) => (await opened).put(read),
    remove: async (id) => (await opened).remove(id),
    clear: async () => (await opened).clear(),
  };
}
