import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { reads } from "@/api/queries";
import { Form } from "@/app/Form";
import { useSubmission } from "@/app/forms";
import { currentLocale, t, type TextKey } from "@/i18n";
import { readNumber } from "@/pages/shipments/draft";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { SelectField, TextField } from "@/ui/Field";
import { Loaded } from "@/ui/States";
import { toast } from "@/ui/Toast";
import { Closures } from "./Closures";
import type { FacilityDetail } from "./Docks";
import { DockList } from "./DockList";
import { readSpans, spansText } from "./openHours";

/** When a facility is open, by what rules it gives slots, its docks, and when they are closed. */
export function FacilitySettings({ facility }: { readonly facility: FacilityDetail }) {
  const docks = useQuery(reads.docks(facility.id));
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <HoursForm facility={facility} />
      <div className="flex min-w-0 flex-col gap-4">
        <Loaded query={docks}>
          {(known) => (
            <>
              <DockList docks={known} facility={facility.id} />
              <Closures docks={known.map((dock) => dock.name)} facility={facility} />
            </>
          )}
        </Loaded>
      </div>
    </div>
  );
}

type Rules = FacilityDetail["rules"];

const RULES: readonly (readonly [keyof Rules, TextKey])[] = [
  ["slot_minutes", "docks.rule.slot"],
  ["usual_minutes", "docks.rule.usual"],
  ["buffer_minutes", "docks.rule.buffer"],
  ["lead_minutes", "docks.rule.lead"],
  ["hold_minutes", "docks.rule.hold"],
  ["free_minutes", "docks.rule.free"],
  ["horizon_days", "docks.rule.horizon"],
];

/** Zones that the browser knows, with the present one among them. */
function zones(present: string): string[] {
  return [...new Set(["Etc/UTC", present, ...Intl.supportedValuesOf("timeZone")])].sort();
}

/** Monday to Sunday: 5 January 2026 is a Monday. */
function weekdays(): string[] {
  const format = new Intl.DateTimeFormat(currentLocale(), { weekday: "long", timeZone: "UTC" });
  return Array.from({ length: 7 }, (_, day) => format.format(Date.UTC(2026, 0, 5 + day)));
}

function HoursForm({ facility }: { readonly facility: FacilityDetail }) {
  const queries = useQueryClient();
  const [zone, setZone] = useState(facility.time_zone);
  const [days, setDays] = useState(() => facility.hours.map((day) => spansText(day.open)));
  const [rules, setRules] = useState(() =>
    RULES.map(([name]) => [name, String(facility.rules[name])] as const),
  );
  const [unread, setUnread] = useState<ReadonlySet<number>>(new Set());
  const form = useSubmission(
    (body: Parameters<typeof patch>[1]) => patch(facility.id, body),
    () => {
      toast.done(t("docks.settings.saved"));
      void queries.invalidateQueries({ queryKey: ["facility", facility.id] });
    },
  );
  const submit = () => {
    const spans = days.map(readSpans);
    setUnread(new Set(spans.flatMap((span, day) => (span ? [] : [day]))));
    const hours = spans.flatMap((open) => (open ? [{ open }] : []));
    if (hours.length < days.length) return;
    // What is no number is refused by the server, at its field.
    const numbers = Object.fromEntries(rules.map(([name, text]) => [name, readNumber(text) ?? -1]));
    form.submit({ time_zone: zone, hours, rules: numbers as unknown as Rules });
  };
  return (
    <Card title={t("docks.hours")}>
      <Form onSubmit={submit} problem={form.problem}>
        <SelectField
          choices={zones(facility.time_zone).map((value) => ({ value, label: value }))}
          label={t("docks.zone.label")}
          onValue={setZone}
          problem={form.at("time_zone")}
          value={zone}
        />
        <p className="text-sm text-ink-2">{t("docks.hours.how")}</p>
        <div className="grid gap-3 sm:grid-cols-2">
          {weekdays().map((name, day) => (
            <TextField
              key={name}
              label={name}
              onValue={(text) => setDays(days.map((known, at) => (at === day ? text : known)))}
              placeholder={t("docks.hours.closed")}
              problem={unread.has(day) ? t("docks.hours.unread") : form.at(`hours.${day}`)}
              value={days[day] ?? ""}
            />
          ))}
        </div>
        <div className="grid gap-3 sm:grid-cols-2">
          {RULES.map(([name, title], at) => (
            <TextField
              inputMode="numeric"
              key={name}
              label={t(title)}
              onValue={(text) =>
                setRules(rules.map((known, place) => (place === at ? ([name, text] as const) : known)))
              }
              problem={form.at(`rules.${name}`)}
              unit={t(name === "horizon_days" ? "docks.unit.days" : "docks.unit.minutes")}
              value={rules[at]?.[1] ?? ""}
            />
          ))}
        </div>
        <div>
          <Button look="primary" pending={form.pending} type="submit">
            {t("do.save")}
          </Button>
        </div>
      </Form>
    </Card>
  );
}

function patch(
  id: string,
  body: {
    readonly time_zone: string;
    readonly hours: { open: { from: string; to: string }[] }[];
    readonly rules: Rules;
  },
) {
  return api.patch("/api/v1/facilities/{id}", { path: { id }, body });
}
