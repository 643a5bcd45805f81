import { useQuery } from "@tanstack/react-query";
import { reads } from "@/api/queries";
import type { NewShipment } from "@/api/types";
import { t, tKnown } from "@/i18n";
import { formatMoney } from "@/ui/format";
import { Money } from "@/ui/Values";
import { useSettled } from "./useSettled";

/** What is being typed is priced when it has stood still for so long. */
const TYPED_MS = 500;

/** What the shipment would cost, with its range and what it is made of; nothing while it cannot be priced. */
export function Estimate({ body }: { readonly body: NewShipment | null }) {
  // Whom it is offered to changes no price, and may not have been chosen yet.
  const priced = body && { ...body, tender: { mode: "broadcast" } };
  const asked = useSettled(priced && JSON.stringify(priced), TYPED_MS);
  const estimate = useQuery({ ...reads.estimate(asked ?? ""), enabled: asked !== null });
  const found = asked === null || estimate.isError ? undefined : estimate.data;
  return (
    <section aria-label={t("estimate.title")} className="rounded-lg border border-line bg-surface px-4 py-3">
      <h2 className="text-xs text-ink-3">{t("estimate.title")}</h2>
      {found ? (
        <div aria-live="polite">
          <p className="text-xl font-semibold tracking-tight">
            <Money value={found.expected} />
          </p>
          <p className="text-sm text-ink-2 tabular">
            {t("estimate.range", { low: formatMoney(found.lowest), high: formatMoney(found.highest) })}
          </p>
          <details className="pt-1.5">
            <summary className="text-sm font-medium text-ink-2">{t("estimate.parts")}</summary>
            <dl className="flex flex-col gap-1 pt-1.5 text-sm">
              {found.parts.map(({ part, amount }) => (
                <div className="flex justify-between gap-3" key={part}>
                  <dt className="text-ink-2">{tKnown("estimate.part", part)}</dt>
                  <dd>
                    <Money value={amount} />
                  </dd>
                </div>
              ))}
            </dl>
          </details>
          <p className="pt-1.5 text-xs text-ink-3">{t("estimate.source")}</p>
        </div>
      ) : (
        <p className="text-sm text-ink-2">{t("estimate.none")}</p>
      )}
    </section>
  );
}
