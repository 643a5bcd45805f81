import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { Form } from "@/app/Form";
import { useSubmission } from "@/app/forms";
import { currentLocale, t, tKnown } from "@/i18n";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { SelectField, TextField } from "@/ui/Field";
import { toast } from "@/ui/Toast";
import { instantOf, shownIn, wireTime } from "./calendar";
import type { FacilityDetail } from "./Docks";

const REASONS = ["maintenance", "holiday", "staff", "incident", "other"] as const;
const HOUR_MS = 3_600_000;

/** When docks are closed, and new closures; times by the facility's own clock. */
export function Closures({
  docks,
  facility,
}: {
  readonly docks: readonly string[];
  readonly facility: FacilityDetail;
}) {
  const queries = useQueryClient();
  const changed = () => void queries.invalidateQueries({ queryKey: ["facility", facility.id] });
  const end = useMutation({
    mutationFn: (number: number) =>
      api.post("/api/v1/facilities/{id}/closures/end", {
        path: { id: facility.id },
        body: { number },
        idempotencyKey: `reopen-${facility.id}-${number}`,
      }),
    onError: (problem) => toast.failed(problem),
    onSettled: changed,
  });
  const style = { dateStyle: "medium", timeStyle: "short", timeZone: facility.time_zone } as const;
  const format = new Intl.DateTimeFormat(currentLocale(), style);
  return (
    <Card title={t("docks.closures")}>
      {facility.closures.length === 0 ? (
        <p className="pb-4 text-sm text-ink-2">{t("docks.closures.none")}</p>
      ) : (
        <ul className="flex flex-col gap-3 pb-4">
          {facility.closures.map((closure) => (
            <li className="flex flex-wrap items-center justify-between gap-2 text-sm" key={closure.number}>
              <span className="min-w-0">
                <span className="block font-medium">
                  {closure.docks.length === 0
                    ? t("docks.closures.all")
                    : closure.docks.map((name) => t("docks.dock", { name })).join(", ")}
                  {` · ${tKnown("dockclosure", closure.reason)}`}
                </span>
                <span className="text-ink-2 tabular">
                  {format.formatRange(Date.parse(closure.from), Date.parse(closure.to))}
                </span>
              </span>
              <Button
                onClick={() => end.mutate(closure.number)}
                pending={end.isPending && end.variables === closure.number}
                size="sm"
              >
                {t("docks.reopen")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <ClosureForm docks={docks} facility={facility} onSaved={changed} />
    </Card>
  );
}

function ClosureForm({
  docks,
  facility,
  onSaved,
}: {
  readonly docks: readonly string[];
  readonly facility: FacilityDetail;
  readonly onSaved: () => void;
}) {
  const zone = facility.time_zone;
  const next = () => Math.ceil(Date.now() / HOUR_MS) * HOUR_MS;
  const [dock, setDock] = useState("");
  const [from, setFrom] = useState(() => shownIn(zone, next()));
  const [to, setTo] = useState(() => shownIn(zone, next() + 2 * HOUR_MS));
  const [reason, setReason] = useState<(typeof REASONS)[number]>("maintenance");
  const form = useSubmission(
    (body: { docks: string[]; from: string; to: string; reason: (typeof REASONS)[number] }, idempotencyKey) =>
      api.post("/api/v1/facilities/{id}/closures", { path: { id: facility.id }, body, idempotencyKey }),
    () => {
      toast.done(t("docks.closed"));
      onSaved();
    },
  );
  // What is no time is sent as it is, so that the server says so at its field.
  const wire = (shown: string) => {
    const at = instantOf(zone, shown);
    return at === null ? shown : wireTime(at);
  };
  return (
    <Form
      onSubmit={() =>
        form.submit({ docks: dock === "" ? [] : [dock], from: wire(from), to: wire(to), reason })
      }
      problem={form.problem}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          choices={[
            { value: "", label: t("docks.closures.all") },
            ...docks.map((name) => ({ value: name, label: t("docks.dock", { name }) })),
          ]}
          label={t("docks.col.dock")}
          onValue={setDock}
          problem={form.at("docks")}
          value={dock}
        />
        <SelectField
          choices={REASONS.map((value) => ({ value, label: t(`dockclosure.${value}`) }))}
          label={t("docks.closures.why")}
          onValue={(value) => setReason(REASONS.find((known) => known === value) ?? "other")}
          problem={form.at("reason")}
          value={reason}
        />
        <TextField
          label={t("docks.closures.from")}
          onValue={setFrom}
          problem={form.at("from")}
          type="datetime-local"
          value={from}
        />
        <TextField
          label={t("docks.closures.to")}
          onValue={setTo}
          problem={form.at("to")}
          type="datetime-local"
          value={to}
        />
      </div>
      <p className="text-xs text-ink-2">{t("docks.closures.how", { zone })}</p>
      <div>
        <Button pending={form.pending} type="submit">
          {t("docks.close")}
        </Button>
      </div>
    </Form>
  );
}
