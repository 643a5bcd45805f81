import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { reads } from "@/api/queries";
import { t, tKnown, useLocale } from "@/i18n";
import { Card, PageHead } from "@/ui/Card";
import { Input } from "@/ui/Field";
import { Loaded } from "@/ui/States";
import { ROLES } from "./Users";

const REACHES = ["own", "organisation", "tenant"] as const;

/** Such as `shipment:create`: what it is about, and what is done with it. */
function inWords(permission: string): string {
  const [thing = "", act = ""] = permission.split(":");
  return `${tKnown("permission.of", thing)}: ${tKnown("permission.to", act)}`;
}

/** Who may what: a row for each permission, a column for each role, the widest reach in between. */
export function Policies() {
  useLocale();
  const [filter, setFilter] = useState("");
  const policies = useQuery(reads.policies());
  return (
    <>
      <PageHead subtitle={t("policies.lead")} title={t("policies.title")}>
        <div className="w-60">
          <Input
            aria-label={t("policies.filter")}
            onValue={setFilter}
            placeholder={t("policies.filter")}
            type="search"
            value={filter}
          />
        </div>
      </PageHead>
      <Card flush>
        <Loaded lines={10} query={policies}>
          {(grants) => {
            const wanted = filter.trim().toLowerCase();
            const names = [...new Set(grants.map((grant) => grant.permission))]
              .filter((name) => `${name} ${inWords(name)}`.toLowerCase().includes(wanted))
              .sort();
            const reach = (role: string, permission: string) => {
              const own = grants.filter((grant) => grant.role === role && grant.permission === permission);
              const widest = REACHES.findLast((wanted) => own.some((grant) => grant.reach === wanted));
              return { widest, byKey: own.some((grant) => grant.by_key) };
            };
            return (
              <div aria-label={t("policies.title")} className="overflow-x-auto" role="region" tabIndex={0}>
                <table className="w-full text-xs">
                  <caption className="sr-only">{t("policies.title")}</caption>
                  <thead>
                    <tr className="border-b border-line">
                      <th
                        className="sticky left-0 h-9 bg-surface px-4 text-left font-medium text-ink-3"
                        scope="col"
                      >
                        {t("policies.permission")}
                      </th>
                      {ROLES.map((role) => (
                        <th
                          className="px-2 text-left font-medium whitespace-nowrap text-ink-3"
                          key={role}
                          scope="col"
                        >
                          {tKnown("role", role)}
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody>
                    {names.map((permission) => (
                      <tr className="border-b border-line/70 last:border-0" key={permission}>
                        <th
                          className="sticky left-0 bg-surface px-4 py-1.5 text-left font-normal whitespace-nowrap"
                          scope="row"
                        >
                          <span className="block text-sm">{inWords(permission)}</span>
                          <span className="block font-mono text-ink-3">{permission}</span>
                        </th>
                        {ROLES.map((role) => {
                          const { widest, byKey } = reach(role, permission);
                          return (
                            <td
                              className="px-2 whitespace-nowrap"
                              key={role}
                              title={byKey ? t("policies.bykey") : undefined}
                            >
                              {widest ? (
                                <span
                                  className={
                                    widest === "tenant" ? "font-semibold text-brand-text" : "text-ink-2"
                                  }
                                >
                                  {t(`policies.reach.${widest}`)}
                                </span>
                              ) : (
                                <span className="text-ink-3">{"·"}</span>
                              )}
                            </td>
                          );
                        })}
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            );
          }}
        </Loaded>
      </Card>
    </>
  );
}
