import type { QueuedStep, StepStore } from "./steps";

const TABLE = "steps";

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the device's store failed"));
  });
}

/** Steps in the browser's own database, those of one driver apart from another's on the same device. */
export async function openStepStore(driver: string): Promise<StepStore> {
  const opening = indexedDB.open(`autobroker-steps-${driver}`, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(TABLE, { keyPath: "sequence" });
  const database = await settled(opening);
  const table = (mode: IDBTransactionMode) => database.transaction(TABLE, mode).objectStore(TABLE);
  return {
    all: () => settled(table("readonly").getAll() as IDBRequest<QueuedStep[]>),
    add: async (step) => void (await settled(table("readwrite").put(step))),
    remove: (sequence) => settled(table("readwrite").delete(sequence)),
  };
}

/** For browsers that keep nothing: steps wait as long as the page lives. */
export function memoryStepStore(steps: QueuedStep[] = []): StepStore {
  return {
    all: () => Promise.resolve([...steps]),
    add: (step) => Promise.resolve(void steps.push(step)),
    remove: (sequence) => {
      const at = steps.findIndex((step) => step.sequence === sequence);
      if (at >= 0) steps.splice(at, 1);
      return Promise.resolve();
    },
  };
}
