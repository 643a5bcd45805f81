import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { api } from "@/api/client";
import { uploadDocument } from "@/api/documents";
import { shipmentChanged } from "@/api/queries";
import { session } from "@/api/client";
import { memoryStepStore, openStepStore } from "@/offline/stepStore";
import { StepQueue, type Step } from "@/offline/steps";

const after = (ms: number, call: () => void) => {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
};

/** One step to the server: its pictures first, then the step that names them. */
async function send(step: Step): Promise<void> {
  const ids: { kind: string; id: string }[] = [];
  for (const [index, picture] of step.pictures.entries()) {
    ids.push({
      kind: picture.kind,
      id: await uploadDocument(step.shipment, picture.kind, picture.blob, `${step.id}-${index}`),
    });
  }
  const signature = ids.find(({ kind }) => kind === "signature")?.id;
  const photos = ids.filter(({ kind }) => kind === "delivery_photo").map(({ id }) => id);
  const proof = step.recipient === null ? null : { recipient: step.recipient };
  const documents = {
    ...(signature ? { signature_document_id: signature } : {}),
    ...(photos.length > 0 ? { photo_document_ids: photos } : {}),
  };
  await api.post("/api/v1/shipments/{id}/status", {
    path: { id: step.shipment },
    body: { status: step.status, ...(proof ? { proof: { ...proof, ...documents } } : {}) },
    idempotencyKey: step.id,
  });
}

const NONE = { waiting: [], refused: [] } as const;

/** The queue of this driver's steps; `null` until the device's store is open. */
export function useSteps(driver: string): StepQueue | null {
  const queries = useQueryClient();
  const [queue, setQueue] = useState<StepQueue | null>(null);
  useEffect(() => {
    let made: StepQueue | null = null;
    let gone = false;
    const sent = async (step: Step) => {
      await send(step);
      shipmentChanged(queries, step.shipment);
    };
    void openStepStore(driver)
      .catch(() => memoryStepStore())
      .then((store) => StepQueue.open(store, sent, after))
      .then((opened) => {
        if (gone) return opened.close();
        made = opened;
        setQueue(opened);
      });
    const flush = () => void made?.flush();
    window.addEventListener("online", flush);
    const unwatch = session.watch(flush);
    return () => {
      gone = true;
      window.removeEventListener("online", flush);
      unwatch();
      made?.close();
    };
  }, [driver, queries]);
  useSyncExternalStore(
    (call) => queue?.watch(call) ?? (() => {}),
    () => queue?.waiting ?? NONE.waiting,
  );
  useSyncExternalStore(
    (call) => queue?.watch(call) ?? (() => {}),
    () => queue?.refused ?? NONE.refused,
  );
  return queue;
}
