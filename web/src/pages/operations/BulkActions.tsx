import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { may } from "@/api/desk";
import type { Shipment } from "@/api/types";
import { useKnownMe } from "@/app/useMe";
import { download, writeCsv } from "@/csv/csv";
import { shipmentRows } from "@/csv/shipments";
import { t } from "@/i18n";
import { Badge, type Tone } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ACTS, bulk, suits, type Act, type Outcome } from "./bulk";

const RIGHTS = { select: "select", tender: "amend", cancel: "cancel" } as const;
const TONES: Record<Outcome["state"], Tone> = { waiting: "neutral", done: "good", failed: "bad" };

/** What can be done with the selected shipments: asked once, done for each, answered for each. */
export function BulkActions({
  chosen,
  onDone,
}: {
  readonly chosen: readonly Shipment[];
  readonly onDone: (failed: ReadonlySet<string>) => void;
}) {
  const me = useKnownMe();
  const queries = useQueryClient();
  const [act, setAct] = useState<Act | null>(null);
  const [targets, setTargets] = useState<readonly Shipment[]>([]);
  const [outcomes, setOutcomes] = useState<readonly Outcome[] | null>(null);
  const isRunning = outcomes?.some(({ state }) => state === "waiting") ?? false;

  const ask = (next: Act) => {
    setAct(next);
    setTargets(chosen.filter((shipment) => suits(next, shipment)));
    setOutcomes(null);
  };
  const run = async () => {
    if (act === null) return;
    await bulk(act, targets, t("bulk.nobid"), setOutcomes);
    void queries.invalidateQueries({ queryKey: ["shipments"] });
    void queries.invalidateQueries({ queryKey: ["queue"] });
  };
  const close = () => {
    if (isRunning) return;
    if (outcomes) onDone(new Set(outcomes.filter(({ state }) => state === "failed").map(({ id }) => id)));
    setAct(null);
  };
  const count = (state: Outcome["state"]) =>
    outcomes?.filter((outcome) => outcome.state === state).length ?? 0;
  return (
    <span className="flex flex-wrap gap-2 py-1">
      <Button
        icon="download"
        onClick={() => download("shipments.csv", writeCsv(shipmentRows(chosen)))}
        size="sm"
      >
        {t("board.export")}
      </Button>
      {ACTS.filter((known) => may(me.role, RIGHTS[known])).map((known) => {
        const fitting = chosen.filter((shipment) => suits(known, shipment)).length;
        return (
          <Button
            disabled={fitting === 0}
            key={known}
            look={known === "cancel" ? "danger" : "secondary"}
            onClick={() => ask(known)}
            size="sm"
          >
            {t(`bulk.${known}`)}
            <span className="tabular">{fitting}</span>
          </Button>
        );
      })}
      <Dialog
        footer={
          outcomes ? (
            <Button disabled={isRunning} look="primary" onClick={close}>
              {t("do.close")}
            </Button>
          ) : (
            <>
              <Button onClick={close}>{t("ship.page.cancel.keep")}</Button>
              <Button look={act === "cancel" ? "danger" : "primary"} onClick={() => void run()}>
                {act ? t(`bulk.${act}`) : ""}
              </Button>
            </>
          )
        }
        onClose={isRunning ? undefined : close}
        open={act !== null}
        title={act ? t(`bulk.${act}.sure`, { n: targets.length }) : ""}
      >
        {outcomes ? (
          <>
            <p aria-live="polite" className="pb-3 text-sm font-medium">
              {t("bulk.outcome", { n: count("done"), m: count("failed"), k: count("waiting") })}
            </p>
            <ul className="flex flex-col">
              {outcomes.map((outcome) => (
                <li
                  className="flex items-center justify-between gap-3 border-b border-line py-2 text-sm last:border-0"
                  key={outcome.id}
                >
                  <span className="min-w-0">
                    <span className="block font-medium tabular">{outcome.reference}</span>
                    {outcome.reason ? (
                      <span className="block text-xs text-ink-2">{outcome.reason}</span>
                    ) : null}
                  </span>
                  <Badge dot tone={TONES[outcome.state]}>
                    {t(`bulk.state.${outcome.state}`)}
                  </Badge>
                </li>
              ))}
            </ul>
          </>
        ) : (
          <>
            <p className="pb-3 text-sm text-ink-2">{act ? t(`bulk.${act}.detail`) : ""}</p>
            <ul className="flex flex-wrap gap-1.5">
              {targets.map((shipment) => (
                <li key={shipment.id}>
                  <Badge>{shipment.reference}</Badge>
                </li>
              ))}
            </ul>
            {targets.length < chosen.length ? (
              <p className="pt-3 text-xs text-ink-3">
                {t("bulk.skipped", { n: chosen.length - targets.length })}
              </p>
            ) : null}
          </>
        )}
      </Dialog>
    </span>
  );
}
