import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { api } from "@/api/client";
import { uploadDocument } from "@/api/documents";
import { shipmentChanged } from "@/api/queries";
import { session } from "@/api/client";
import { ActQueue, isStep, type Act, type Report, type Step } from "@/offline/acts";
import { memoryActStore, openActStore } from "@/offline/actStore";

const after = (ms: number, call: () => void) => {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
};

interface Sent {
  readonly kind: string;
  readonly id: string;
}

/** One act to the server: its pictures first, then what names them. */
export async function sendAct(act: Act): Promise<void> {
  const pictures: Sent[] = [];
  for (const [index, { kind, blob }] of act.pictures.entries()) {
    pictures.push({ kind, id: await uploadDocument(act.shipment, kind, blob, `${act.id}-${index}`) });
  }
  await (isStep(act) ? sendStep(act, pictures) : sendReport(act, pictures));
}

async function sendStep(step: Step, pictures: readonly Sent[]): Promise<void> {
  const signature = pictures.find(({ kind }) => kind === "signature")?.id;
  const photos = pictures.filter(({ kind }) => kind === "delivery_photo").map(({ id }) => id);
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

async function sendReport(report: Report, pictures: readonly Sent[]): Promise<void> {
  const { kind, description, delayMinutes } = report;
  await api.post("/api/v1/shipments/{id}/issues", {
    path: { id: report.shipment },
    body: {
      kind,
      ...(description === "" ? {} : { description }),
      ...(delayMinutes === null ? {} : { delay_minutes: delayMinutes }),
      ...(pictures.length === 0 ? {} : { document_ids: pictures.map(({ id }) => id) }),
    },
    idempotencyKey: report.id,
  });
}

const NONE = { waiting: [], refused: [] } as const;

/** The queue of what this driver did; `null` until the device's store is open. */
export function useActs(driver: string): ActQueue | null {
  const queries = useQueryClient();
  const [queue, setQueue] = useState<ActQueue | null>(null);
  useEffect(() => {
    let made: ActQueue | null = null;
    let gone = false;
    const sent = async (act: Act) => {
      await sendAct(act);
      shipmentChanged(queries, act.shipment);
    };
    void openActStore(driver)
      .catch(() => memoryActStore())
      .then((store) => ActQueue.open(store, sent, after))
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
