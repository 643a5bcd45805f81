import { address, authorised } from "./client";
import { problemOf } from "./problem";
import type { paths } from "./schema";

export type DocumentKind = paths["/api/v1/shipments/{id}/documents"]["post"]["parameters"]["query"]["kind"];

/** What a consignment note says of the cargo. */
export interface StatedCargo {
  readonly weight_kg?: number;
  readonly pieces?: number;
  readonly reference?: string;
}

/** Brings a document to a shipment and answers its id. The same key brings it once. */
export async function uploadDocument(
  shipment: string,
  kind: DocumentKind,
  picture: Blob,
  key: string,
  states: StatedCargo = {},
): Promise<string> {
  const path = address("/api/v1/shipments/{id}/documents", { id: shipment }, { kind, ...states });
  const headers = { "content-type": picture.type, "idempotency-key": key };
  const response = await authorised(path, { method: "POST", headers, body: picture });
  if (!response.ok) throw await problemOf(response);
  const { data } = (await response.json()) as { data: { id: string } };
  return data.id;
}
