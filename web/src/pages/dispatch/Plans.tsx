import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { reads } from "@/api/queries";
import type { Shipment } from "@/api/types";
import { t, useLocale } from "@/i18n";
import { Button } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { SelectField } from "@/ui/Field";
import { Loaded } from "@/ui/States";
import { toast } from "@/ui/Toast";
import { Choose } from "./Choose";
import { PlanResult } from "./PlanResult";

const SECONDS = ["5", "15", "60"] as const;
const OBJECTIVES = ["cheapest", "fewest_vehicles"] as const;

/** A dedicated truck carries nothing else: its shipment is in no tour. */
const canShare = (shipment: Shipment) => shipment.service_level !== "dedicated";

/** Shipments become tours: chosen, planned, changed by hand, tendered. */
export function Plans() {
  useLocale();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [seconds, setSeconds] = useState<string>(SECONDS[0]);
  const [objective, setObjective] = useState<string>(OBJECTIVES[0]);
  const [asked, setAsked] = useState<{ plan: string; shipments: readonly Shipment[] } | null>(null);
  const open = useQuery({
    ...reads.shipments({ per_page: 100, sort: "-created_at", status: "requested" }),
    refetchInterval: 30_000,
    select: ({ data, meta }) => ({ meta, data: data.filter(canShare) }),
  });
  // What was chosen may have found its carrier meanwhile.
  const wanted = open.data?.data.filter(({ id }) => chosen.has(id)) ?? [];
  const ask = useMutation({
    mutationFn: () =>
      api.post("/api/v1/plans", {
        body: {
          shipments: wanted.map(({ id }) => id),
          seconds: Number(seconds),
          objective: OBJECTIVES.find((known) => known === objective) ?? "cheapest",
        },
        idempotencyKey: crypto.randomUUID(),
      }),
    onSuccess: ({ data }) => {
      queries.setQueryData(reads.plan(data.id).queryKey, data);
      // They leave the list when they are tendered, and keep their names here.
      setAsked({ plan: data.id, shipments: wanted });
    },
    onError: toast.failed,
  });
  return (
    <>
      <PageHead subtitle={t("plans.lead")} title={t("plans.title")} />
      <div className="grid gap-4">
        <Card
          aside={
            <span className="text-xs text-ink-3 tabular">{t("plans.chosen", { n: wanted.length })}</span>
          }
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
              <SelectField
                choices={SECONDS.map((value) => ({ value, label: t("plans.seconds.n", { n: value }) }))}
                label={t("plans.seconds")}
                onValue={setSeconds}
                value={seconds}
              />
            </div>
            <div className="w-52">
              <SelectField
                choices={OBJECTIVES.map((value) => ({ value, label: t(`plans.objective.${value}`) }))}
                label={t("plans.objective")}
                onValue={setObjective}
                value={objective}
              />
            </div>
            <Button
              disabled={wanted.length === 0}
              icon="navigate"
              look="primary"
              onClick={() => ask.mutate()}
              pending={ask.isPending}
            >
              {t("plans.plan")}
            </Button>
          </div>
        </Card>
        {asked === null ? null : <PlanResult id={asked.plan} key={asked.plan} shipments={asked.shipments} />}
      </div>
    </>
  );
}
