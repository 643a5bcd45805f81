import type { Numbered } from "./frames";
import type { FixStore } from "./positions";

const DATABASE = "autobroker-positions";
const TABLE = "fixes";

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the device's store failed"));
  });
}

/** Fixes in the browser's own database, those of one driver apart from another's on the same device. */
export async function openFixStore(driver: string): Promise<FixStore> {
  const opening = indexedDB.open(`${DATABASE}-${driver}`, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(TABLE, { keyPath: "sequence" });
  const database = await settled(opening);
  const table = (mode: IDBTransactionMode) => database.transaction(TABLE, mode).objectStore(TABLE);
  return {
    all: () => settled(table("readonly").getAll() as IDBRequest<Numbered[]>),
    add: async (item) => void (await settled(table("readwrite").put(item))),
    removeTo: (sequence) => settled(table("readwrite").delete(IDBKeyRange.upperBound(sequence))),
  };
}

/** For browsers that keep nothing (a private window): fixes wait as long as the page lives. */
export function memoryFixStore(items: Numbered[] = []): FixStore {
  return {
    all: () => Promise.resolve([...items]),
    add: (item) => Promise.resolve(void items.push(item)),
    removeTo: (sequence) => {
      items.splice(0, items.findIndex((item) => item.sequence === sequence) + 1);
      return Promise.resolve();
    },
  };
}
