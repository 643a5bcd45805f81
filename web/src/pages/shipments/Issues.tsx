import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { explain } from "@/api/explain";
import { reads, shipmentChanged } from "@/api/queries";
import type { Issue, Role, Shipment } from "@/api/types";
import { Form } from "@/app/Form";
import { useDraft, useSubmission } from "@/app/forms";
import { useKnownMe } from "@/app/useMe";
import { t, tKnown } from "@/i18n";
import type { Report } from "@/offline/acts";
import { ReportForm } from "@/pages/driver/ReportForm";
import { sendAct } from "@/pages/driver/useActs";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Dialog } from "@/ui/Dialog";
import { AreaField } from "@/ui/Field";
import { formatNumber } from "@/ui/format";
import { Loaded, Notice } from "@/ui/States";
import { toast } from "@/ui/Toast";
import { When } from "@/ui/Values";
import { Pictures } from "./Documents";
import { ON_TRIP } from "./Track";

const BLIND: readonly Role[] = ["facility", "finance"];
const RESOLVES: readonly Role[] = ["broker", "supervisor", "support", "admin"];

export function seesIssues(role: Role): boolean {
  return !BLIND.includes(role);
}

/** What went wrong on the way, newest first. Nothing is shown where nothing did and nobody here can report. */
export function Issues({ shipment }: { readonly shipment: Shipment }) {
  const me = useKnownMe();
  const issues = useQuery({
    ...reads.issues(shipment.id),
    // The shipment's topic tells nothing of them.
    refetchInterval: ON_TRIP.includes(shipment.status) ? 15_000 : false,
  });
  const [reporting, setReporting] = useState(false);
  const reports = me.role === "carrier" && ON_TRIP.includes(shipment.status);
  if (issues.data?.length === 0 && !reports) return null;
  return (
    <Card
      aside={
        reports ? (
          <Button onClick={() => setReporting(true)} size="sm">
            {t("issue.report")}
          </Button>
        ) : undefined
      }
      title={t("issue.title")}
    >
      <Loaded lines={2} query={issues}>
        {(list) =>
          list.length === 0 ? (
            <p className="text-sm text-ink-2">{t("issue.none")}</p>
          ) : (
            <ul className="-my-2 divide-y divide-line">
              {list.map((issue) => (
                <IssueRow issue={issue} key={issue.id} resolves={RESOLVES.includes(me.role)} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <Dialog onClose={() => setReporting(false)} open={reporting} title={t("issue.report")}>
        <SentReport onDone={() => setReporting(false)} shipment={shipment.id} />
      </Dialog>
    </Card>
  );
}

/** A carrier reports from a desk: it is sent at once, and the dialog stays until it has arrived. */
function SentReport({ shipment, onDone }: { readonly shipment: string; readonly onDone: () => void }) {
  const queries = useQueryClient();
  // One report, however often it takes to send it.
  const [id] = useState(() => crypto.randomUUID());
  const form = useSubmission(
    async ({ report, forget }: { report: Report; forget: () => void }) => {
      await sendAct(report);
      forget();
    },
    () => {
      toast.done(t("issue.reported"));
      shipmentChanged(queries, shipment);
      onDone();
    },
  );
  return (
    <>
      {form.problem ? <Notice tone="bad">{explain(form.problem)}</Notice> : null}
      <ReportForm
        onReport={(report, forget) => form.submit({ report: { ...report, id, shipment }, forget })}
        pending={form.pending}
        shipment={shipment}
      />
    </>
  );
}

function IssueRow({ issue, resolves }: { readonly issue: Issue; readonly resolves: boolean }) {
  const [settling, setSettling] = useState(false);
  const isOpen = issue.state === "open";
  return (
    <li className="flex flex-col gap-1.5 py-3 text-sm">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span className="font-medium">
          {tKnown("issue.kind", issue.kind)}
          {typeof issue.delay_minutes === "number" ? (
            <span className="font-normal text-ink-2">
              {` · ${t("issue.delay.of", { n: formatNumber(issue.delay_minutes) })}`}
            </span>
          ) : null}
        </span>
        <Badge dot tone={isOpen ? "warn" : "good"}>
          {tKnown("issue.state", issue.state)}
        </Badge>
      </div>
      {issue.description ? <p className="break-words whitespace-pre-wrap">{issue.description}</p> : null}
      <Pictures ids={issue.document_ids} shipment={issue.shipment_id} />
      {issue.resolution ? (
        <p className="break-words text-ink-2">{t("issue.resolution.of", { text: issue.resolution })}</p>
      ) : null}
      <p className="text-xs text-ink-3">
        <When at={issue.reported_at} />
      </p>
      {resolves && isOpen ? (
        <div>
          <Button onClick={() => setSettling(true)} size="sm">
            {t("issue.settle")}
          </Button>
          <Dialog onClose={() => setSettling(false)} open={settling} title={t("issue.settle")}>
            <Settle issue={issue} onDone={() => setSettling(false)} />
          </Dialog>
        </div>
      ) : null}
    </li>
  );
}

/** How it was settled, in words that all parties of the shipment read. */
export function Settle({ issue, onDone }: { readonly issue: Issue; readonly onDone: () => void }) {
  const queries = useQueryClient();
  const [draft, change, clear] = useDraft(`settle-${issue.id}`, { resolution: "" });
  const form = useSubmission(
    (resolution: string, idempotencyKey) =>
      api.post("/api/v1/issues/{id}/resolve", {
        path: { id: issue.id },
        body: { resolution },
        idempotencyKey,
      }),
    () => {
      clear();
      shipmentChanged(queries, issue.shipment_id);
      onDone();
    },
  );
  return (
    <Form asksFirst onSubmit={() => form.submit(draft.resolution.trim())} problem={form.problem}>
      <AreaField
        autoFocus
        hint={t("issue.resolution.hint")}
        label={t("issue.resolution")}
        maxLength={2000}
        onValue={(resolution) => change({ resolution })}
        problem={form.at("resolution")}
        required
        value={draft.resolution}
      />
      <div className="flex justify-end">
        <Button disabled={draft.resolution.trim() === ""} look="primary" pending={form.pending} type="submit">
          {t("issue.settle")}
        </Button>
      </div>
    </Form>
  );
}
