import { useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { Form } from "@/app/Form";
import { useSubmission } from "@/app/forms";
import { t, tKnown } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { AreaField, SelectField } from "@/ui/Field";
import { Empty, Loaded } from "@/ui/States";
import { toast } from "@/ui/Toast";
import { When } from "@/ui/Values";

type Issue = components["schemas"]["WireFacilityIssue"];

const KINDS = ["cargo_mismatch", "damage", "papers", "equipment", "safety", "other"] as const;

/** What is wrong at a facility, and how it was settled. */
export function FacilityIssues({
  id,
  issues,
}: {
  readonly id: string;
  readonly issues: UseQueryResult<readonly Issue[]>;
}) {
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[1fr_20rem]">
      <Card flush title={t("docks.tab.issues")}>
        <Loaded query={issues}>
          {(data) =>
            data.length === 0 ? (
              <Empty icon="check" title={t("docks.issues.none")} />
            ) : (
              <ul>
                {data.map((issue) => (
                  <IssueLine facility={id} issue={issue} key={issue.number} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Card>
      <ReportForm facility={id} />
    </div>
  );
}

function useIssueChange(facility: string) {
  const queries = useQueryClient();
  return () => {
    toast.done(t("docks.issue.saved"));
    void queries.invalidateQueries({ queryKey: ["facility", facility] });
  };
}

function IssueLine({ facility, issue }: { readonly facility: string; readonly issue: Issue }) {
  const [resolution, setResolution] = useState("");
  const saved = useIssueChange(facility);
  const form = useSubmission(
    (body: { number: number; resolution: string }, idempotencyKey) =>
      api.post("/api/v1/facilities/{id}/issues/resolve", { path: { id: facility }, body, idempotencyKey }),
    saved,
  );
  const open = issue.state === "open";
  return (
    <li className="flex flex-col gap-2 border-b border-line p-4 last:border-b-0">
      <p className="flex flex-wrap items-center gap-2 text-sm">
        <span className="font-medium">{tKnown("yardissue", issue.kind)}</span>
        <Badge dot tone={open ? "warn" : "good"}>
          {t(open ? "docks.issue.open" : "docks.issue.resolved")}
        </Badge>
        <span className="text-ink-2">
          <When at={issue.reported_at} />
        </span>
      </p>
      {issue.description ? <p className="text-sm">{issue.description}</p> : null}
      {issue.reported_by ? null : <p className="text-sm text-ink-2">{t("docks.issue.byagent")}</p>}
      {issue.resolution ? (
        <p className="text-sm text-ink-2">{t("docks.issue.how", { text: issue.resolution })}</p>
      ) : null}
      {open ? (
        <form
          className="flex flex-wrap items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            form.submit({ number: issue.number, resolution });
          }}
        >
          <div className="min-w-0 flex-1">
            <AreaField
              label={t("docks.issue.resolution")}
              onValue={setResolution}
              problem={form.at("resolution")}
              rows={1}
              value={resolution}
            />
          </div>
          <Button pending={form.pending} type="submit">
            {t("docks.issue.settle")}
          </Button>
        </form>
      ) : null}
    </li>
  );
}

function ReportForm({ facility }: { readonly facility: string }) {
  const [kind, setKind] = useState<(typeof KINDS)[number]>("damage");
  const [description, setDescription] = useState("");
  const saved = useIssueChange(facility);
  const form = useSubmission(
    (body: { kind: (typeof KINDS)[number]; description: string }, idempotencyKey) =>
      api.post("/api/v1/facilities/{id}/issues", { path: { id: facility }, body, idempotencyKey }),
    () => {
      setDescription("");
      saved();
    },
  );
  return (
    <Card title={t("docks.issue.report")}>
      <Form onSubmit={() => form.submit({ kind, description })} problem={form.problem}>
        <SelectField
          choices={KINDS.map((value) => ({ value, label: t(`yardissue.${value}`) }))}
          label={t("docks.issue.kind")}
          onValue={(value) => setKind(KINDS.find((known) => known === value) ?? "other")}
          problem={form.at("kind")}
          value={kind}
        />
        <AreaField
          hint={t("docks.issue.private")}
          label={t("docks.issue.what")}
          onValue={setDescription}
          problem={form.at("description")}
          value={description}
        />
        <Button look="primary" pending={form.pending} type="submit">
          {t("docks.issue.report")}
        </Button>
      </Form>
    </Card>
  );
}
