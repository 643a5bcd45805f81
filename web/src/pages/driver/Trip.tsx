import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { explain } from "@/api/explain";
import { reads } from "@/api/queries";
import type { Shipment, TripStatus } from "@/api/types";
import { navigationAddress, placeOf, type Point } from "@/geo/places";
import { t } from "@/i18n";
import { isStep, type ActQueue, type Picture } from "@/offline/acts";
import { KEPT } from "@/offline/keptReads";
import { Status } from "@/ui/Badge";
import { Button, ButtonAnchor, ButtonLink } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/Field";
import { formatWindow } from "@/ui/format";
import { PhotoInput } from "@/ui/PhotoInput";
import { SignaturePad } from "@/ui/SignaturePad";
import { Loaded, Notice } from "@/ui/States";
import { Stepper } from "@/ui/Stepper";
import { toast } from "@/ui/Toast";
import type { DriverAgent } from "./agent";
import { Directions, lastRerouted } from "./Directions";
import { ReportForm } from "./ReportForm";

const STEPS = [
  "en_route_pickup",
  "loading",
  "in_transit",
  "unloading",
  "delivered",
] as const satisfies readonly TripStatus[];

/** The step after a status; nothing when the trip is over. */
export function nextStep(status: string): TripStatus | null {
  if (status === "booked") return "en_route_pickup";
  const at = STEPS.findIndex((step) => step === status);
  return at < 0 ? null : (STEPS[at + 1] ?? null);
}

/** Where a trip stands on this device: what the server knows, and the steps that are still on their way to it. */
export function statusHere(status: string, waiting: readonly { readonly status: string }[]): string {
  return waiting.at(-1)?.status ?? status;
}

interface TripProps {
  readonly agent: DriverAgent;
  readonly queue: ActQueue | null;
  /** Where the device is, once it has said so. */
  readonly at: Point | null;
}

export function Trip({ id, ...trip }: TripProps & { readonly id: string }) {
  const shipment = useQuery({ ...reads.shipment(id), ...KEPT });
  return <Loaded query={shipment}>{(found) => <Steps {...trip} shipment={found} />}</Loaded>;
}

function Steps({ agent, shipment, queue, at }: TripProps & { readonly shipment: Shipment }) {
  const [handing, setHanding] = useState(false);
  const [reporting, setReporting] = useState(false);
  const [photos, setPhotos] = useState<readonly Blob[]>([]);
  const history = useQuery(reads.history(shipment.id));
  const waiting = (queue?.waiting ?? []).filter((act) => act.shipment === shipment.id);
  const steps = waiting.filter(isStep);
  const reports = waiting.length - steps.length;
  const status = statusHere(shipment.status, steps);
  const next = nextStep(status);
  const towards = ["booked", "en_route_pickup"].includes(status) ? "pickup" : "delivery";
  const stop = shipment[towards];
  const take = (step: TripStatus, recipient: string | null, pictures: readonly Picture[]) => {
    void queue?.put({ id: crypto.randomUUID(), shipment: shipment.id, status: step, recipient, pictures });
    setPhotos([]);
  };
  return (
    <section className="flex flex-col gap-4 rounded-lg border border-line bg-surface p-4">
      <header className="flex items-center justify-between gap-3">
        <div className="min-w-0">
          <p className="font-semibold">
            {t("ship.route", { from: placeOf(shipment.pickup), to: placeOf(shipment.delivery) })}
          </p>
          <p className="text-xs text-ink-3 tabular">{shipment.reference}</p>
        </div>
        <Status of="status" value={status} />
      </header>
      <Stepper
        current={STEPS.findIndex((step) => step === next)}
        label={t("drive.trip")}
        steps={STEPS.map((step) => ({ key: step, title: t(`status.${step}`) }))}
      />
      {next ? (
        <div className="rounded-md bg-ground p-3">
          <p className="text-xs text-ink-3">{t(`drive.trip.towards.${towards}`)}</p>
          <p className="font-medium break-words">{stop.address ?? placeOf(stop)}</p>
          <p className="pb-3 text-xs text-ink-2 tabular">{formatWindow(stop.window.from, stop.window.to)}</p>
          <ButtonAnchor href={navigationAddress(stop)} icon="navigate" size="lg" wide>
            {t("drive.trip.navigate")}
          </ButtonAnchor>
          <Directions
            capacityKg={agent.vehicle.capacity_kg}
            from={at ?? (towards === "delivery" ? shipment.pickup : agent.base)}
            key={towards}
            name={`${shipment.id}-${towards}`}
            rerouted={lastRerouted(history.data ?? [], towards)}
            to={stop}
          />
        </div>
      ) : null}
      {steps.length > 0 ? <Notice tone="warn">{t("drive.queued", { n: steps.length })}</Notice> : null}
      {reports > 0 ? <Notice tone="warn">{t("drive.queued.reports", { n: reports })}</Notice> : null}
      {(queue?.refused ?? []).map(({ act, problem }) => (
        <Notice key={act.id} tone="bad">
          {t(isStep(act) ? "drive.queued.refused" : "drive.queued.report.refused", {
            reason: explain(problem),
          })}
          <div className="pt-2">
            <Button onClick={() => queue?.dismiss()} size="sm">
              {t("drive.queued.dismiss")}
            </Button>
          </div>
        </Notice>
      ))}
      {next === "in_transit" ? (
        <PhotoInput label={t("drive.photo.cargo")} onPhotos={setPhotos} photos={photos} />
      ) : null}
      {next === "delivered" ? (
        <Button disabled={queue === null} look="primary" onClick={() => setHanding(true)} size="lg" wide>
          {t("drive.step.delivered")}
        </Button>
      ) : next ? (
        <Button
          disabled={queue === null}
          look="primary"
          onClick={() =>
            take(
              next,
              null,
              photos.map((blob) => ({ kind: "cargo_photo", blob })),
            )
          }
          size="lg"
          wide
        >
          {t(`drive.step.${next}`)}
        </Button>
      ) : null}
      <div className="grid grid-cols-2 gap-2">
        <Button disabled={queue === null} icon="warning" onClick={() => setReporting(true)} wide>
          {t("issue.report")}
        </Button>
        <ButtonLink look="quiet" params={{ id: shipment.id }} to="/shipments/$id" wide>
          {t("ship.page.details")}
        </ButtonLink>
      </div>
      <Dialog onClose={() => setReporting(false)} open={reporting} title={t("issue.report")}>
        <ReportForm
          onReport={(report, forget) => {
            void queue?.put({ ...report, id: crypto.randomUUID(), shipment: shipment.id }).then(forget);
            setReporting(false);
            toast.done(t("issue.reported"));
          }}
          shipment={shipment.id}
        />
      </Dialog>
      <Dialog onClose={() => setHanding(false)} open={handing} title={t("drive.handover")}>
        <HandOver
          onDone={(recipient, pictures) => {
            take("delivered", recipient, pictures);
            setHanding(false);
          }}
        />
      </Dialog>
    </section>
  );
}

/** Who took it, with signature and photo. */
function HandOver({
  onDone,
}: {
  readonly onDone: (recipient: string, pictures: readonly Picture[]) => void;
}) {
  const [recipient, setRecipient] = useState("");
  const [signature, setSignature] = useState<Blob | null>(null);
  const [photos, setPhotos] = useState<readonly Blob[]>([]);
  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        onDone(recipient.trim(), [
          ...(signature ? [{ kind: "signature" as const, blob: signature }] : []),
          ...photos.map((blob) => ({ kind: "delivery_photo" as const, blob })),
        ]);
      }}
    >
      <TextField
        autoComplete="off"
        autoFocus
        hint={t("drive.handover.recipient.hint")}
        label={t("drive.handover.recipient")}
        maxLength={120}
        onValue={setRecipient}
        required
        value={recipient}
      />
      <SignaturePad onSigned={setSignature} />
      <PhotoInput label={t("drive.photo.delivery")} onPhotos={setPhotos} photos={photos} />
      <Button disabled={recipient.trim() === ""} look="primary" size="lg" type="submit" wide>
        {t("drive.handover.submit")}
      </Button>
    </form>
  );
}
