import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { explain } from "@/api/explain";
import { useSubmission } from "@/app/forms";
import { currentLocale, t, tKnown } from "@/i18n";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Field, Input, Select } from "@/ui/Field";
import { Notice } from "@/ui/States";
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
    <form
      className="flex flex-col gap-4"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        form.submit({ docks: dock === "" ? [] : [dock], from: wire(from), to: wire(to), reason });
      }}
    >
      {form.problem ? <Notice tone="bad">{explain(form.problem)}</Notice> : null}
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t("docks.col.dock")} problem={form.at("docks")}>
          {(control) => (
            <Select
              {...control}
              choices={[
                { value: "", label: t("docks.closures.all") },
                ...docks.map((name) => ({ value: name, label: t("docks.dock", { name }) })),
              ]}
              onValue={setDock}
              value={dock}
            />
          )}
        </Field>
        <Field label={t("docks.closures.why")} problem={form.at("reason")}>
          {(control) => (
            <Select
              {...control}
              choices={REASONS.map((value) => ({ value, label: t(`dockclosure.${value}`) }))}
              onValue={(value) => setReason(REASONS.find((known) => known === value) ?? "other")}
              value={reason}
            />
          )}
        </Field>
        <Field label={t("docks.closures.from")} problem={form.at("from")}>
          {(control) => <Input {...control} onValue={setFrom} type="datetime-local" value={from} />}
        </Field>
        <Field label={t("docks.closures.to")} problem={form.at("to")}>
          {(control) => <Input {...control} onValue={setTo} type="datetime-local" value={to} />}
        </Field>
      </div>
      <p className="text-xs text-ink-2">{t("docks.closures.how", { zone })}</p>
      <div>
        <Button pending={form.pending} type="submit">
          {t("docks.close")}
        </Button>
      </div>
    </form>
  );
}
