import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type AnswerOf, type DataOf } from "@/api/client";
import { explain } from "@/api/explain";
import { reads } from "@/api/queries";
import { Form } from "@/app/Form";
import { useSubmission } from "@/app/forms";
import { useKnownMe } from "@/app/useMe";
import { t, useLocale } from "@/i18n";
import { readNumber } from "@/pages/shipments/draft";
import { formatNumber } from "@/ui/format";
import { Button } from "@/ui/Button";
import { Card, Facts, PageHead } from "@/ui/Card";
import { SelectField, TextField } from "@/ui/Field";
import { Loaded, Notice } from "@/ui/States";
import { toast } from "@/ui/Toast";

/** The languages of messages to people, in their own names. */
const LANGUAGES = [
  { value: "it", label: "Italiano" },
  { value: "en", label: "English" },
  { value: "fr", label: "Français" },
  { value: "sw", label: "Kiswahili" },
  { value: "ar", label: "العربية" },
] as const;

export function Settings() {
  useLocale();
  const me = useKnownMe();
  const tenant = useQuery(reads.tenant());
  return (
    <>
      <PageHead title={t("tenant.title")} />
      <div className="flex max-w-xl flex-col gap-4">
        <Loaded query={tenant}>{(found) => <TenantForm tenant={found} />}</Loaded>
        {me.tenant.is_host ? <Configuration /> : null}
      </div>
    </>
  );
}

function TenantForm({ tenant }: { readonly tenant: DataOf<"/api/v1/tenant"> }) {
  const queries = useQueryClient();
  const [hours, setHours] = useState(formatNumber(tenant.dispute_window_seconds / 3600, 2));
  const [locale, setLocale] = useState<string>(tenant.locale);
  const form = useSubmission(
    (body: { hours: string; locale: string }) =>
      api.patch("/api/v1/tenant", {
        body: {
          dispute_window_seconds: Math.round((readNumber(body.hours) ?? -1) * 3600),
          locale: body.locale as (typeof LANGUAGES)[number]["value"],
        },
      }),
    () => {
      toast.done(t("tenant.saved"));
      void queries.invalidateQueries({ queryKey: ["tenant"] });
    },
  );
  return (
    <Card>
      <Form onSubmit={() => form.submit({ hours, locale })} problem={form.problem}>
        <Facts items={[[t("tenant.name"), tenant.name]]} />
        <TextField
          hint={t("tenant.window.hint")}
          inputMode="decimal"
          label={t("tenant.window")}
          onValue={setHours}
          problem={form.at("dispute_window_seconds")}
          unit={t("tenant.window.unit")}
          value={hours}
        />
        <SelectField
          choices={LANGUAGES}
          label={t("tenant.locale")}
          onValue={setLocale}
          problem={form.at("locale")}
          value={locale}
        />
        <div>
          <Button look="primary" pending={form.pending} type="submit">
            {t("do.save")}
          </Button>
        </div>
      </Form>
    </Card>
  );
}

/** Has the server read its configuration file again, and says what became of it. */
function Configuration() {
  const [result, setResult] = useState<
    AnswerOf<"post", "/api/v1/operations/configuration/reload">["data"] | null
  >(null);
  const reload = useSubmission(
    () => api.post("/api/v1/operations/configuration/reload", {}),
    ({ data }) => setResult(data),
  );
  const names = (options: readonly string[]) => options.join(", ");
  return (
    <Card title={t("configuration.title")}>
      <div className="flex flex-col gap-3">
        <p className="text-sm text-ink-2">{t("configuration.lead")}</p>
        {reload.problem ? (
          <Notice tone="bad">
            {explain(reload.problem)}
            {reload.problem.errors.map(({ field, detail }) => (
              <span className="block" key={field}>
                {t("problem.field.at", { field, detail })}
              </span>
            ))}
          </Notice>
        ) : null}
        {result && !reload.problem ? (
          <Notice tone={result.needs_restart.length > 0 ? "warn" : "good"}>
            {result.applied.length === 0 && result.needs_restart.length === 0
              ? t("configuration.same")
              : null}
            {result.applied.length > 0 ? t("configuration.applied", { names: names(result.applied) }) : null}{" "}
            {result.needs_restart.length > 0
              ? t("configuration.restart", { names: names(result.needs_restart) })
              : null}
          </Notice>
        ) : null}
        <div>
          <Button onClick={() => reload.submit({})} pending={reload.pending}>
            {t("configuration.reload")}
          </Button>
        </div>
      </div>
    </Card>
  );
}
