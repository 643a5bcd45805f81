import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { may } from "@/api/desk";
import { reads, shipmentChanged } from "@/api/queries";
import type { Payment, Role, Shipment } from "@/api/types";
import { useKnownMe } from "@/app/useMe";
import { t } from "@/i18n";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Confirm";
import { Notice } from "@/ui/States";
import { toast } from "@/ui/Toast";
import { SettleDispute } from "./SettleDispute";

const DISPUTES: readonly Role[] = ["shipper", "carrier", "support", "admin"];
const DISPUTABLE: readonly string[] = ["in_transit", "unloading", "delivered"];

export type DisputeState = "none" | "possible" | "open" | "over";

/** Where a dispute stands: it can be opened from the loading until the payout begins, which ends it for good. */
export function disputeState(
  shipment: Pick<Shipment, "status">,
  payments: readonly Pick<Payment, "status">[],
): DisputeState {
  if (shipment.status === "disputed" || payments.some(({ status }) => status === "disputed")) return "open";
  if (payments.some(({ status }) => status === "held") && DISPUTABLE.includes(shipment.status))
    return "possible";
  const paid = payments.some(({ status }) => status === "released" || status === "refunded");
  return paid && ["delivered", "completed"].includes(shipment.status) ? "over" : "none";
}

/** Stops the payout until the operator has looked at the evidence. */
export function Dispute({ shipment }: { readonly shipment: Shipment }) {
  const me = useKnownMe();
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const payments = useQuery(reads.paymentsOf(shipment.id));
  const state = disputeState(shipment, payments.data ?? []);
  const dispute = useMutation({
    mutationFn: () =>
      api.post("/api/v1/shipments/{id}/dispute", {
        path: { id: shipment.id },
        idempotencyKey: `dispute-${shipment.id}`,
      }),
    onSuccess: () => toast.done(t("dispute.opened")),
    onError: toast.failed,
    onSettled: () => {
      setOpen(false);
      shipmentChanged(queries, shipment.id);
    },
  });
  if (state === "open") {
    const frozen = (payments.data ?? []).find(({ status }) => status === "disputed") ?? null;
    return (
      <div className="flex flex-col gap-2">
        <Notice tone="warn">{t("dispute.state.open")}</Notice>
        {may(me.role, "settle") ? <SettleDispute payment={frozen} shipment={shipment} /> : null}
      </div>
    );
  }
  if (!DISPUTES.includes(me.role)) return null;
  if (state === "over") return <p className="text-xs text-ink-3">{t("dispute.state.over")}</p>;
  if (state === "none") return null;
  return (
    <div className="flex flex-col gap-2">
      <div>
        <Button look="danger" onClick={() => setOpen(true)} size="sm">
          {t("dispute.open")}
        </Button>
      </div>
      <p className="text-xs text-ink-3">{t("dispute.hint")}</p>
      <Confirm
        act={t("dispute.open")}
        onClose={() => setOpen(false)}
        onConfirm={() => dispute.mutate()}
        open={open}
        pending={dispute.isPending}
        title={t("dispute.sure", { reference: shipment.reference })}
      >
        <ul className="flex list-disc flex-col gap-1 pl-4 text-sm text-ink-2">
          <li>{t("dispute.sure.money")}</li>
          <li>{t("dispute.sure.evidence")}</li>
          <li>{t("dispute.sure.both")}</li>
        </ul>
      </Confirm>
    </div>
  );
}
