import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { reads, shipmentChanged } from "@/api/queries";
import type { Bid, Shipment } from "@/api/types";
import { useKnownMe } from "@/app/useMe";
import { t } from "@/i18n";
import { Badge, Status } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { cx } from "@/ui/cx";
import { formatWhen } from "@/ui/format";
import { Icon } from "@/ui/icons";
import { ScoreBar, ScoreBars, ScoreLegend } from "@/ui/ScoreBars";
import { Empty, Loaded } from "@/ui/States";
import { toast } from "@/ui/Toast";
import { Deadline, Money } from "@/ui/Values";

const TAKES_BIDS = ["requested", "bidding", "selected"];
const SELECTS = ["shipper", "broker", "supervisor", "admin"];

/** The bids, best first, each with the five terms that rank it. They arrive by themselves. */
export function Bids({ shipment }: { readonly shipment: Shipment }) {
  const me = useKnownMe();
  const bids = useQuery(reads.bids(shipment.id));
  const isOpen = TAKES_BIDS.includes(shipment.status);
  return (
    <Card
      aside={isOpen && shipment.deadline ? <BiddingClock shipment={shipment} /> : undefined}
      flush
      title={`${t("ship.page.bids")} · ${bids.data?.length ?? shipment.bids}`}
    >
      <Loaded query={bids}>
        {(list) =>
          list.length === 0 ? (
            <Empty
              icon="clock"
              title={t("ship.page.bids.none")}
              {...(isOpen ? { detail: t("ship.page.bids.none.detail", { n: shipment.offers }) } : {})}
            />
          ) : (
            <>
              <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-2">
                <ScoreLegend />
              </div>
              <ol>
                {list.map((bid) => (
                  <BidRow
                    bid={bid}
                    canSelect={
                      SELECTS.includes(me.role) && ["requested", "bidding"].includes(shipment.status)
                    }
                    isOwn={me.organisation.id === bid.carrier_id}
                    key={bid.id}
                    shipment={shipment}
                  />
                ))}
              </ol>
              <p className="border-t border-line px-4 py-2 text-xs text-ink-3">
                {t("ship.page.bids.why")} {t("money.explained")}
              </p>
            </>
          )
        }
      </Loaded>
    </Card>
  );
}

function BiddingClock({ shipment }: { readonly shipment: Shipment }) {
  return (
    <span className="flex items-center gap-2 text-xs text-ink-2">
      {t("ship.page.bids.closing")}
      <Deadline at={shipment.selection?.confirm_by ?? shipment.deadline ?? ""} />
    </span>
  );
}

interface BidRowProps {
  readonly bid: Bid;
  readonly shipment: Shipment;
  readonly canSelect: boolean;
  readonly isOwn: boolean;
}

function BidRow({ bid, shipment, canSelect, isOwn }: BidRowProps) {
  const [open, setOpen] = useState(false);
  const isChosen = [shipment.selection?.bid_id, shipment.booking?.bid_id].includes(bid.id);
  const hasScore = typeof bid.score === "number" && bid.terms;
  return (
    <li className={cx("border-b border-line last:border-0", isChosen && "bg-brand-soft")}>
      <div className="grid grid-cols-[2rem_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1 px-4 py-3 md:grid-cols-[2rem_minmax(9rem,1fr)_minmax(0,1fr)_minmax(0,1.2fr)_auto]">
        <span
          className="text-lg font-semibold text-ink-3 tabular"
          title={bid.rank ? t("ship.page.bid.rank", { n: bid.rank }) : undefined}
        >
          {bid.rank ?? "–"}
        </span>
        <div className="min-w-0">
          <p className="text-base">
            <Money strong value={bid.price} />
          </p>
          <p className="truncate text-sm font-medium" title={bid.carrier_name ?? undefined}>
            {bid.carrier_name ?? bid.driver_reference ?? bid.carrier_id}
          </p>
          <p className="flex flex-wrap items-center gap-x-1.5 text-xs text-ink-3">
            {bid.carrier_name ? <span className="tabular">{bid.driver_reference}</span> : null}
            {isOwn ? <Badge tone="brand">{t("ship.page.bid.own")}</Badge> : null}
            {bid.automatic ? t("ship.page.bid.auto") : null}
          </p>
        </div>
        <div className="text-xs text-ink-2 tabular max-md:col-span-3 max-md:col-start-2 max-md:row-start-2">
          <p>{t("ship.page.bid.pickup", { at: formatWhen(bid.pickup_at) })}</p>
          <p>{t("ship.page.bid.delivery", { at: formatWhen(bid.delivery_at) })}</p>
        </div>
        {hasScore && bid.terms ? (
          <button
            aria-expanded={open}
            className="flex min-w-0 items-center gap-2 rounded-sm max-md:col-span-3 max-md:row-start-3"
            onClick={() => setOpen(!open)}
            title={t("ship.page.bid.details")}
            type="button"
          >
            <span className="min-w-0 flex-1">
              <ScoreBar factor={bid.factor} score={bid.score ?? 0} terms={bid.terms} />
            </span>
            <Icon className="shrink-0 text-ink-3" name={open ? "chevronUp" : "chevronDown"} size={16} />
          </button>
        ) : (
          <span />
        )}
        <BidActions bid={bid} canSelect={canSelect} isChosen={isChosen} isOwn={isOwn} shipment={shipment} />
      </div>
      {open && bid.terms ? (
        <div className="max-w-xl px-4 pb-4 md:pl-15">
          <ScoreBars factor={bid.factor} score={bid.score ?? 0} terms={bid.terms} />
        </div>
      ) : null}
    </li>
  );
}

function BidActions({
  bid,
  shipment,
  canSelect,
  isOwn,
  isChosen,
}: BidRowProps & { readonly isChosen: boolean }) {
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: (step: "select" | "confirm" | "withdraw") => {
      const options = { path: { id: bid.id }, idempotencyKey: `${step}-${bid.id}` };
      if (step === "select") return api.post("/api/v1/bids/{id}/select", options);
      if (step === "confirm") return api.post("/api/v1/bids/{id}/confirm", options);
      return api.post("/api/v1/bids/{id}/withdraw", options);
    },
    onSuccess: (_, step) => {
      if (step === "select") toast.done(t("ship.page.bid.selected"));
    },
    onError: toast.failed,
    onSettled: () => shipmentChanged(queries, shipment.id),
  });
  const awaits = shipment.selection?.bid_id === bid.id;
  if (isOwn && awaits) {
    return (
      <Button look="primary" onClick={() => act.mutate("confirm")} pending={act.isPending} size="sm">
        {t("do.confirm")}
      </Button>
    );
  }
  if (isOwn && bid.status === "open") {
    return (
      <Button look="quiet" onClick={() => act.mutate("withdraw")} pending={act.isPending} size="sm">
        {t("bid.withdraw")}
      </Button>
    );
  }
  if (canSelect && bid.status === "open") {
    return (
      <Button
        look={bid.rank === 1 ? "primary" : "secondary"}
        onClick={() => act.mutate("select")}
        pending={act.isPending}
        size="sm"
      >
        {t("ship.page.bid.select")}
      </Button>
    );
  }
  return isChosen || bid.status !== "open" ? <Status of="bid" value={bid.status} /> : <span />;
}
