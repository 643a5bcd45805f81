/** A table on the device, by key. */
export interface DeviceTable<Row, Key> {
  all(): Promise<Row[]>;
  put(row: Row): Promise<void>;
  remove(key: Key): Promise<void>;
  clear(): Promise<void>;
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the device's store failed"));
  });
}

/** One table in a database of the browser's own. Fails where the browser keeps nothing, as in a private window. */
export async function openTable<Row, Key extends IDBValidKey = string>(
  database: string,
  name: string,
  keyPath: string,
): Promise<DeviceTable<Row, Key>> {
  const opening = indexedDB.open(database, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(name, { keyPath });
  const opened = await settled(opening);
  const table = (mode: IDBTransactionMode) => opened.transaction(name, mode).objectStore(name);
  return {
    all: () => settled(table("readonly").getAll() as IDBRequest<Row[]>),
    put: async (row) => void (await settled(table("readwrite").put(row))),
    remove: (key) => settled(table("readwrite").delete(key)),
    clear: () => settled(table("readwrite").clear()),
  };
}

/** The same for as long as the page lives. */
export function memoryOf<Row, Key>(keyOf: (row: Row) => Key): DeviceTable<Row, Key> {
  const rows = new Map<Key, Row>();
  return {
    all: () => Promise.resolve([...rows.values()]),
    put: (row) => Promise.resolve(void rows.set(keyOf(row), row)),
    remove: (key) => Promise.resolve(void rows.delete(key)),
    clear: () => Promise.resolve(rows.clear()),
  };
}
