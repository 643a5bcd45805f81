import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { reads } from "@/api/queries";
import { t, useLocale } from "@/i18n";
import { Button } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { Field, Select } from "@/ui/Field";
import { Loaded } from "@/ui/States";
import { toast } from "@/ui/Toast";
import { Choose } from "./Choose";
import { PlanResult } from "./PlanResult";

const SECONDS = ["5", "15", "60"] as const;
const OBJECTIVES = ["cheapest", "fewest_vehicles"] as const;

/** Shipments become tours: chosen, planned, changed by hand, tendered. */
export function Plans() {
  useLocale();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [seconds, setSeconds] = useState<string>(SECONDS[0]);
  const [objective, setObjective] = useState<string>(OBJECTIVES[0]);
  const [plan, setPlan] = useState<string | null>(null);
  const open = useQuery({
    ...reads.shipments({ per_page: 100, sort: "-created_at", status: "requested" }),
    refetchInterval: 30_000,
  });
  const ask = useMutation({
    mutationFn: () =>
      api.post("/api/v1/plans", {
        body: {
          shipments: [...chosen],
          seconds: Number(seconds),
          objective: OBJECTIVES.find((known) => known === objective) ?? "cheapest",
        },
        idempotencyKey: crypto.randomUUID(),
      }),
    onSuccess: ({ data }) => {
      queries.setQueryData(reads.plan(data.id).queryKey, data);
      setPlan(data.id);
    },
    onError: toast.failed,
  });
  return (
    <>
      <PageHead subtitle={t("plans.lead")} title={t("plans.title")} />
      <div className="grid gap-4">
        <Card
          aside={<span className="text-xs text-ink-3 tabular">{t("plans.chosen", { n: chosen.size })}</span>}
          flush
          title={t("plans.open")}
        >
          <Loaded lines={6} query={open}>
            {({ data, meta }) => (
              <Choose
                chosen={chosen}
                onChosen={setChosen}
                shipments={data}
                total={meta.pagination?.total ?? data.length}
              />
            )}
          </Loaded>
          <div className="flex flex-wrap items-end gap-3 border-t border-line p-4">
            <div className="w-44">
              <Field label={t("plans.seconds")}>
                {(control) => (
                  <Select
                    {...control}
                    choices={SECONDS.map((value) => ({ value, label: t("plans.seconds.n", { n: value }) }))}
                    onValue={setSeconds}
                    value={seconds}
                  />
                )}
              </Field>
            </div>
            <div className="w-52">
              <Field label={t("plans.objective")}>
                {(control) => (
                  <Select
                    {...control}
                    choices={OBJECTIVES.map((value) => ({ value, label: t(`plans.objective.${value}`) }))}
                    onValue={setObjective}
                    value={objective}
                  />
                )}
              </Field>
            </div>
            <Button
              disabled={chosen.size === 0}
              icon="navigate"
              look="primary"
              onClick={() => ask.mutate()}
              pending={ask.isPending}
            >
              {t("plans.plan")}
            </Button>
          </div>
        </Card>
        {plan === null ? null : <PlanResult id={plan} key={plan} shipments={open.data?.data ?? []} />}
      </div>
    </>
  );
}
