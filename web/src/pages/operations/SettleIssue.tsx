import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { QueueEntry } from "@/api/desk";
import { reads } from "@/api/queries";
import { t, tKnown } from "@/i18n";
import { Settle } from "@/pages/shipments/Issues";
import { Facts } from "@/ui/Card";
import { Dialog } from "@/ui/Dialog";
import { Loaded } from "@/ui/States";
import { toast } from "@/ui/Toast";
import { When } from "@/ui/Values";

/** What a driver reported, and how it was settled. */
export function SettleIssue({
  entry,
  onClose,
}: {
  readonly entry: QueueEntry;
  readonly onClose: () => void;
}) {
  const queries = useQueryClient();
  const issues = useQuery({ ...reads.issues(entry.shipment_id ?? ""), enabled: Boolean(entry.shipment_id) });
  const done = () => {
    toast.done(t("queue.done"));
    void queries.invalidateQueries({ queryKey: ["queue"] });
    onClose();
  };
  return (
    <Dialog onClose={onClose} open title={t("issue.settle.title", { name: entry.reference ?? "" })}>
      <Loaded lines={2} query={issues}>
        {(all) => {
          const issue = all.find(({ id }) => id === entry.id);
          if (!issue) return <p className="text-sm text-ink-2">{t("issue.none")}</p>;
          return (
            <div className="flex flex-col gap-4">
              <Facts
                items={[
                  [t("issue.kind"), tKnown("issue.kind", issue.kind)],
                  [t("issue.reported"), <When at={issue.reported_at} key="at" />],
                  ...(issue.delay_minutes
                    ? [[t("issue.delay"), t("unit.min", { n: issue.delay_minutes })] as const]
                    : []),
                ]}
              />
              {issue.description ? (
                <blockquote className="border-l-2 border-line-strong pl-3 text-sm break-words text-ink-2">
                  {issue.description}
                </blockquote>
              ) : null}
              <Settle issue={issue} onDone={done} />
            </div>
          );
        }}
      </Loaded>
    </Dialog>
  );
}
