/** A stream's id without the hex behind its kind and first digits, for people to tell apart. */
export function shortId(id: string): string {
  return /^[a-z]{3}_[0-9a-f]{32}$/.test(id) ? `${id.slice(0, 4)}…${id.slice(-6)}` : id;
}

/** Where a thing has a page of its own. */
export function pageOf(
  stream: string,
): { readonly to: "/shipments/$id" | "/drivers/$id"; readonly id: string } | null {
  if (stream.startsWith("shp_")) return { to: "/shipments/$id", id: stream };
  if (stream.startsWith("drv_")) return { to: "/drivers/$id", id: stream };
  return null;
}

/** Microseconds since 1970 that a log holds for an instant; nothing else there is as large. */
const MICROS = { least: 1e15, most: 4e15 } as const;

/** One particular of a fact as people read it; `at` when it is an instant. */
export interface Particular {
  readonly path: string;
  readonly value: string;
  readonly kind: "text" | "instant" | "id";
}

/** The particulars of a fact, one a line: what is nested has a dotted path. */
export function particularsOf(data: object): readonly Particular[] {
  const found: Particular[] = [];
  const visit = (path: string, value: unknown): void => {
    if (value === null || value === undefined) return;
    if (Array.isArray(value)) {
      value.forEach((inner, at) => visit(`${path}[${at}]`, inner));
    } else if (typeof value === "object") {
      for (const [name, inner] of Object.entries(value)) visit(path === "" ? name : `${path}.${name}`, inner);
    } else if (typeof value === "number" && value > MICROS.least && value < MICROS.most) {
      found.push({ path, value: new Date(value / 1000).toISOString(), kind: "instant" });
    } else {
      const text = String(value);
      found.push({ path, value: text, kind: /^[a-z]{3}_[0-9a-f]{32}$/.test(text) ? "id" : "text" });
    }
  };
  visit("", data);
  return found;
}
