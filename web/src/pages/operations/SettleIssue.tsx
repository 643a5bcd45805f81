import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { desk, type QueueEntry } from "@/api/desk";
import { explain } from "@/api/explain";
import { useDraft, useSubmission } from "@/app/forms";
import { t, tKnown } from "@/i18n";
import { Button } from "@/ui/Button";
import { Facts } from "@/ui/Card";
import { Dialog } from "@/ui/Dialog";
import { Field, TextArea } from "@/ui/Field";
import { Loaded, Notice } from "@/ui/States";
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
  const issues = useQuery({ ...desk.issues(entry.shipment_id ?? ""), enabled: Boolean(entry.shipment_id) });
  const [draft, change, clear] = useDraft(`issue.${entry.id}`, { resolution: "" });
  const form = useSubmission(
    (body: { resolution: string }, idempotencyKey) =>
      api.post("/api/v1/issues/{id}/resolve", { path: { id: entry.id }, body, idempotencyKey }),
    () => {
      clear();
      toast.done(t("queue.done"));
      void queries.invalidateQueries({ queryKey: ["queue"] });
      if (entry.shipment_id) void queries.invalidateQueries({ queryKey: ["shipment", entry.shipment_id] });
      onClose();
    },
  );
  return (
    <Dialog onClose={onClose} open title={t("issue.settle.title", { name: entry.reference ?? "" })}>
      <form
        className="flex flex-col gap-4"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          form.submit({ resolution: draft.resolution.trim() });
        }}
      >
        <Loaded lines={2} query={issues}>
          {(all) => {
            const issue = all.find(({ id }) => id === entry.id);
            if (!issue) return null;
            return (
              <>
                <Facts
                  items={[
                    [t("issue.kind"), tKnown("queue.reason", issue.kind)],
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
              </>
            );
          }}
        </Loaded>
        {form.problem ? <Notice tone="bad">{explain(form.problem)}</Notice> : null}
        <Field
          hint={t("issue.resolution.hint")}
          label={t("issue.resolution")}
          problem={form.at("resolution")}
        >
          {(control) => (
            <TextArea
              {...control}
              autoFocus
              maxLength={1000}
              onValue={(resolution) => change({ resolution })}
              value={draft.resolution}
            />
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("do.cancel")}</Button>
          <Button look="primary" pending={form.pending} type="submit">
            {t("queue.settle")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
