/** Places as people write them: one a line, latitude then longitude. */

export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** Five decimals are a metre: finer than anybody clicks. */
const DECIMALS = 5;

/** The places of a text; `null` when a line is none. A comma may stand for the point of a decimal where a space parts. */
export function readPlaces(text: string): readonly Place[] | null {
  const lines = text.split("\n").map((line) => line.trim());
  const places = lines.filter((line) => line !== "").map(readPlace);
  return places.every((place) => place !== null) ? places : null;
}

function readPlace(line: string): Place | null {
  const plain = line.includes(";") || !/[.]/.test(line) ? line.replaceAll(",", ".").split(/[;\s]+/) : null;
  const parts = plain?.length === 2 ? plain : line.split(/[,;\s]+/);
  const [latitude, longitude] = parts.map((part) => (/^-?\d+(\.\d+)?$/.test(part) ? Number(part) : NaN));
  if (parts.length !== 2 || latitude === undefined || longitude === undefined) return null;
  if (!(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180)) return null;
  return { latitude, longitude };
}

/** A place as a line of such a text. */
export function writePlace({ latitude, longitude }: Place): string {
  return `${latitude.toFixed(DECIMALS)}, ${longitude.toFixed(DECIMALS)}`;
}
