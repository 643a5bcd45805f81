import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { shipmentChanged } from "@/api/queries";
import type { Payment, Shipment } from "@/api/types";
import { Form } from "@/app/Form";
import { useSubmission } from "@/app/forms";
import { t } from "@/i18n";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { RadioCards, TextField } from "@/ui/Field";
import { formatMoney, readAmount } from "@/ui/format";
import { toast } from "@/ui/Toast";

const VERDICTS = ["release", "refund", "split"] as const;
type Verdict = (typeof VERDICTS)[number];

interface SettleProps {
  readonly shipment: Shipment;
  /** The payment that is frozen; `null` when the money has moved already or was never held. */
  readonly payment: Payment | null;
}

/** Who gets the money that a dispute froze. It is final. */
export function SettleDispute({ shipment, payment }: SettleProps) {
  const [open, setOpen] = useState(false);
  return (
    <div>
      <Button onClick={() => setOpen(true)} size="sm">
        {t("dispute.settle")}
      </Button>
      <Dialog
        onClose={() => setOpen(false)}
        open={open}
        title={t("dispute.settle.title", { reference: shipment.reference })}
      >
        {payment ? (
          <VerdictForm onDone={() => setOpen(false)} payment={payment} />
        ) : (
          <CloseForm onDone={() => setOpen(false)} shipment={shipment.id} />
        )}
      </Dialog>
    </div>
  );
}

function useOnSettled(shipment: string, onDone: () => void) {
  const queries = useQueryClient();
  return () => {
    toast.done(t("dispute.settled"));
    shipmentChanged(queries, shipment);
    void queries.invalidateQueries({ queryKey: ["payments"] });
    void queries.invalidateQueries({ queryKey: ["queue"] });
    onDone();
  };
}

function VerdictForm({ payment, onDone }: { readonly payment: Payment; readonly onDone: () => void }) {
  const [verdict, setVerdict] = useState<Verdict>("release");
  const [part, setPart] = useState("");
  const { currency } = payment.amount;
  const settled = useOnSettled(payment.shipment_id, onDone);
  const form = useSubmission(
    (body: { verdict: Verdict; part: string | null }, idempotencyKey) =>
      api.post("/api/v1/payments/{id}/resolve", {
        path: { id: payment.id },
        body: {
          verdict: body.verdict,
          ...(body.part === null ? {} : { carrier_part: { amount: body.part, currency } }),
        },
        idempotencyKey,
      }),
    settled,
  );
  const amount = readAmount(part);
  const isMissing = verdict === "split" && amount === null;
  return (
    <Form
      onSubmit={() => form.submit({ verdict, part: verdict === "split" ? amount : null })}
      problem={form.problem}
    >
      <RadioCards
        choices={VERDICTS.map((value) => ({
          value,
          label: t(`dispute.verdict.${value}`),
          hint: t(`dispute.verdict.${value}.hint`, {
            amount: formatMoney(payment.amount),
            carrier: formatMoney(payment.carrier_amount),
          }),
        }))}
        columns={1}
        legend={t("dispute.verdict")}
        name="verdict"
        onValue={(value) => setVerdict(VERDICTS.find((known) => known === value) ?? "release")}
        value={verdict}
      />
      {verdict === "split" ? (
        <TextField
          autoComplete="off"
          hint={t("dispute.part.hint", { amount: formatMoney(payment.amount) })}
          inputMode="decimal"
          label={t("dispute.part")}
          onValue={setPart}
          problem={
            form.at("carrier_part") ?? (part !== "" && amount === null ? t("ship.form.value.bad") : null)
          }
          unit={currency}
          value={part}
        />
      ) : null}
      <p className="text-xs text-ink-3">{t("dispute.settle.final")}</p>
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>{t("do.cancel")}</Button>
        <Button disabled={isMissing} look="primary" pending={form.pending} type="submit">
          {t("dispute.settle")}
        </Button>
      </div>
    </Form>
  );
}

/** A dispute without money to settle is only ended. */
function CloseForm({ shipment, onDone }: { readonly shipment: string; readonly onDone: () => void }) {
  const settled = useOnSettled(shipment, onDone);
  const form = useSubmission(
    (id: string, idempotencyKey) =>
      api.post("/api/v1/shipments/{id}/dispute/close", { path: { id }, idempotencyKey }),
    settled,
  );
  return (
    <Form asksFirst onSubmit={() => form.submit(shipment)} problem={form.problem}>
      <p className="text-sm text-ink-2">{t("dispute.close.what")}</p>
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>{t("do.cancel")}</Button>
        <Button look="primary" pending={form.pending} type="submit">
          {t("dispute.close")}
        </Button>
      </div>
    </Form>
  );
}
