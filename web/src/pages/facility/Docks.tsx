import { useQuery, type QueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { components } from "@/api/schema";
import { reads } from "@/api/queries";
import { t, tKnown, useLocale } from "@/i18n";
import type { LiveEvent } from "@/live/protocol";
import { useTopic } from "@/live/useTopic";
import { Badge, type Tone } from "@/ui/Badge";
import { ButtonLink } from "@/ui/Button";
import { PageHead } from "@/ui/Card";
import { Select } from "@/ui/Field";
import { Empty, Loaded } from "@/ui/States";
import { Tabs } from "@/ui/Tabs";
import { DockCalendar } from "./DockCalendar";
import { FacilityIssues } from "./FacilityIssues";
import { FacilitySettings } from "./FacilitySettings";
import { YardNow } from "./YardNow";

export type FacilityDetail = components["schemas"]["WireFacilityDetail"];
export type Appointment = components["schemas"]["WireAppointment"];

const STATE_TONES: Readonly<Record<string, Tone>> = {
  operational: "good",
  at_capacity: "warn",
  maintenance: "bad",
  closed: "neutral",
};

/** A facility's portal: who comes when, who is here, what is wrong. */
export function Docks() {
  useLocale();
  const facilities = useQuery(reads.facilities());
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <Loaded query={facilities}>
      {({ data }) => {
        const first = data.find((facility) => facility.id === chosen) ?? data[0];
        if (!first) {
          return (
            <Empty detail={t("docks.none.detail")} heading="h1" icon="warehouse" title={t("docks.none")}>
              <ButtonLink look="primary" to="/site">
                {t("docks.none.do")}
              </ButtonLink>
            </Empty>
          );
        }
        return (
          <>
            <PageHead subtitle={t("docks.lead")} title={t("docks.title")}>
              {data.length > 1 ? (
                <div className="w-56">
                  <Select
                    aria-label={t("docks.facility")}
                    choices={data.map(({ id, reference }) => ({ value: id, label: reference }))}
                    onValue={setChosen}
                    value={first.id}
                  />
                </div>
              ) : null}
            </PageHead>
            <Portal id={first.id} key={first.id} />
          </>
        );
      }}
    </Loaded>
  );
}

interface Arrival {
  readonly appointment_id: string;
  readonly expected: components["schemas"]["WireExpectedTruck"];
}

/** The new arrivals of an event, into the lists that show them; whether it was about arrivals. */
function takeArrivals(id: string, event: LiveEvent, queries: QueryClient): boolean {
  if (event.type !== "arrivals.expected") return false;
  const arrivals = event.data["arrivals"] as readonly Arrival[];
  const news = new Map(arrivals.map(({ appointment_id, expected }) => [appointment_id, expected]));
  queries.setQueriesData<Appointment[]>({ queryKey: ["facility", id, "appointments"] }, (rows) =>
    rows?.map((row) => {
      const expected = news.get(row.id);
      return expected ? { ...row, expected } : row;
    }),
  );
  return true;
}

function Portal({ id }: { readonly id: string }) {
  const facility = useQuery(reads.facility(id));
  const issues = useQuery(reads.facilityIssues(id));
  useTopic(`facility:${id}`, {
    keys: [["facility", id]],
    onEvent: (event, queries) => takeArrivals(id, event, queries),
  });
  const { tab = "calendar" } = useSearch({ from: "/shell/docks" });
  const navigate = useNavigate();
  const open = issues.data?.filter((issue) => issue.state === "open").length;
  return (
    <Loaded query={facility}>
      {(data) => (
        <div className="flex flex-col gap-4">
          <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-ink-2">
            <span className="font-medium text-ink">{data.reference}</span>
            <Badge dot tone={STATE_TONES[data.state] ?? "neutral"}>
              {tKnown("facilitystate", data.state)}
            </Badge>
            <span>{t("docks.zone", { zone: data.time_zone })}</span>
            <span>
              {data.rating === null || data.rating === undefined
                ? t("docks.rating.none")
                : t("docks.rating", {
                    rating: data.rating.toFixed(1),
                    delayed: data.delayed_trucks,
                    n: data.rated_trucks,
                  })}
            </span>
          </p>
          <Tabs
            current={tab}
            label={t("docks.title")}
            onTab={(next) => void navigate({ to: "/docks", search: { tab: next } })}
            tabs={[
              { key: "calendar", title: t("docks.tab.calendar") },
              { key: "yard", title: t("docks.tab.yard") },
              {
                key: "issues",
                title: t("docks.tab.issues"),
                ...(open === undefined ? {} : { count: open }),
              },
              { key: "settings", title: t("docks.tab.settings") },
            ]}
          >
            {tab === "calendar" ? <DockCalendar facility={data} /> : null}
            {tab === "yard" ? <YardNow facility={data} /> : null}
            {tab === "settings" ? <FacilitySettings facility={data} /> : null}
            {tab === "issues" ? <FacilityIssues id={id} issues={issues} /> : null}
          </Tabs>
        </div>
      )}
    </Loaded>
  );
}
