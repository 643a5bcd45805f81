import { memoryOf, openTable } from "./device";
import type { QueuedAct, ActStore } from "./acts";

/** Acts in the browser's own database, those of one driver apart from another's on the same device. */
export async function openActStore(driver: string): Promise<ActStore> {
  return openTable<QueuedAct, number>(`autobroker-steps-${driver}`, "steps", "sequence");
}

/** For browsers that keep nothing: acts wait as long as the page lives. */
export function memoryActStore(): ActStore {
  return memoryOf<QueuedAct, number>((act) => act.sequence);
}
