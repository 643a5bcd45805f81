import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { explain } from "@/api/explain";
import { useSubmission } from "@/app/forms";
import { t } from "@/i18n";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { AreaField, Checkbox, SelectField, TextField } from "@/ui/Field";
import { Notice } from "@/ui/States";
import { toast } from "@/ui/Toast";
import { readPlaces } from "./places";

const EFFECTS = ["closed", "slowed"] as const;
const CAUSES = ["accident", "roadworks", "weather", "congestion", "event", "other"] as const;
/** Hours that an incident lasts; 0 is until it is lifted. */
const LASTS = ["1", "4", "24", "0"] as const;

interface Report {
  readonly effect: (typeof EFFECTS)[number];
  readonly cause: (typeof CAUSES)[number];
  readonly percent: string;
  readonly radius: string;
  readonly both: boolean;
  readonly lasts: string;
}

const BEGUN: Report = {
  effect: "closed",
  cause: "accident",
  percent: "50",
  radius: "",
  both: true,
  lasts: "4",
};

/** The form that reports a closed or slow road. The places come from the map, or are written. */
export function ReportIncident({
  places,
  onPlaces,
}: {
  readonly places: string;
  readonly onPlaces: (places: string) => void;
}) {
  const queries = useQueryClient();
  const [report, setReport] = useState(BEGUN);
  const change = (part: Partial<Report>) => setReport({ ...report, ...part });
  const points = readPlaces(places);
  const form = useSubmission(
    (body: Report & { places: string }, idempotencyKey) =>
      api.post("/api/v1/traffic/incidents", { body: wire(body), idempotencyKey }),
    () => {
      toast.done(t("traffic.reported"));
      onPlaces("");
      setReport(BEGUN);
      void queries.invalidateQueries({ queryKey: ["incidents"] });
    },
  );
  const pick = <C extends string>(choices: readonly C[], value: string, otherwise: C) =>
    choices.find((known) => known === value) ?? otherwise;
  return (
    <Card title={t("traffic.report")}>
      <form
        className="flex flex-col gap-4"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          form.submit({ ...report, places });
        }}
      >
        {form.problem ? (
          <Notice tone="bad">
            {explain(form.problem)}
            {form.problem.errors.map(({ field, detail }) => (
              <span className="block" key={field}>
                {t("problem.field.at", { field, detail })}
              </span>
            ))}
          </Notice>
        ) : null}
        <AreaField
          hint={t("traffic.places.hint")}
          label={t("traffic.places")}
          onValue={onPlaces}
          problem={points === null ? t("traffic.places.bad") : form.at("points")}
          rows={3}
          value={places}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <SelectField
            choices={EFFECTS.map((value) => ({ value, label: t(`traffic.${value}`) }))}
            label={t("traffic.what")}
            onValue={(value) => change({ effect: pick(EFFECTS, value, "closed") })}
            problem={form.at("effect")}
            value={report.effect}
          />
          <SelectField
            choices={CAUSES.map((value) => ({ value, label: t(`traffic.cause.${value}`) }))}
            label={t("traffic.cause")}
            onValue={(value) => change({ cause: pick(CAUSES, value, "other") })}
            problem={form.at("cause")}
            value={report.cause}
          />
          {report.effect === "slowed" ? (
            <TextField
              inputMode="numeric"
              label={t("traffic.percent")}
              onValue={(percent) => change({ percent })}
              problem={form.at("speed_percent")}
              unit="%"
              value={report.percent}
            />
          ) : null}
          {points?.length === 1 ? (
            <TextField
              hint={t("traffic.radius.hint")}
              inputMode="numeric"
              label={t("traffic.radius")}
              onValue={(radius) => change({ radius })}
              optional
              problem={form.at("radius_m")}
              unit="m"
              value={report.radius}
            />
          ) : null}
          <SelectField
            choices={LASTS.map((value) => ({
              value,
              label: value === "0" ? t("traffic.until.lifted") : t("traffic.lasts.n", { n: Number(value) }),
            }))}
            label={t("traffic.lasts")}
            onValue={(lasts) => change({ lasts })}
            problem={form.at("until")}
            value={report.lasts}
          />
        </div>
        {points !== null && points.length > 1 ? (
          <Checkbox checked={report.both} label={t("traffic.both")} onChecked={(both) => change({ both })} />
        ) : null}
        <div>
          <Button
            disabled={points === null || points.length === 0}
            look="primary"
            pending={form.pending}
            type="submit"
          >
            {t("traffic.report.do")}
          </Button>
        </div>
      </form>
    </Card>
  );
}

/** A number as it was typed; what is none becomes one that the server refuses by its field. */
function typed(text: string): number {
  const number = Number(text.trim().replace(",", "."));
  return Number.isFinite(number) ? Math.round(number) : 0;
}

function wire({ effect, cause, percent, radius, both, lasts, places }: Report & { places: string }) {
  const points = readPlaces(places) ?? [];
  const hours = Number(lasts);
  return {
    effect,
    cause,
    points: [...points],
    ...(effect === "slowed" ? { speed_percent: typed(percent) } : {}),
    ...(points.length === 1 && radius.trim() !== "" ? { radius_m: typed(radius) } : {}),
    ...(points.length > 1 ? { both_directions: both } : {}),
    ...(hours > 0 ? { until: new Date(Date.now() + hours * 3_600_000).toISOString() } : {}),
  };
}
