import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { reads } from "@/api/queries";
import { useSubmission } from "@/app/forms";
import { placeOf } from "@/geo/places";
import { t, useLocale } from "@/i18n";
import { PlaceField } from "@/pages/shipments/PlaceField";
import { Button } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { SelectField, TextField } from "@/ui/Field";
import { Loaded } from "@/ui/States";
import { toast } from "@/ui/Toast";
import type { components } from "@/api/schema";
import { Form } from "@/app/Form";

type Facility = components["schemas"]["ShownFacility"] & {
  readonly id: string;
  readonly reference?: string | null;
};

const TYPES = ["warehouse", "depot", "terminal", "cross_dock"] as const;
const STATES = ["operational", "at_capacity", "maintenance", "closed"] as const;

export function Site() {
  useLocale();
  const agents = useQuery(reads.ownAgents());
  return (
    <>
      <PageHead subtitle={t("site.lead")} title={t("site.title")} />
      <Loaded query={agents}>
        {(data) => {
          const own = data.filter((agent): agent is typeof agent & Facility => agent.kind === "facility");
          return (
            <div className="flex max-w-2xl flex-col gap-4">
              {own.map((facility) => (
                <SiteForm facility={facility} key={facility.id} />
              ))}
              {own.length === 0 ? <SiteForm facility={null} /> : null}
            </div>
          );
        }}
      </Loaded>
    </>
  );
}

/** Whoever sets a site up is there or near: its clock is this device's, until its settings name another. */
async function keepTime(id: string): Promise<void> {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const settings = { path: { id }, body: { time_zone: timeZone } };
  // The site is there, whatever becomes of this.
  await api.patch("/api/v1/facilities/{id}", settings).catch(() => undefined);
}

function SiteForm({ facility }: { readonly facility: Facility | null }) {
  const queries = useQueryClient();
  const [type, setType] = useState<string>(facility?.facility_type ?? "warehouse");
  const [state, setState] = useState<string>(facility?.state ?? "operational");
  const [docks, setDocks] = useState(String(facility?.docks ?? ""));
  const [position, setPosition] = useState(facility?.position ?? null);
  const [place, setPlace] = useState(facility ? placeOf(facility.position) : "");
  const form = useSubmission(
    async (
      body: {
        facility_type: string;
        state: string;
        docks: number;
        position: { latitude: number; longitude: number } | null;
      },
      idempotencyKey,
    ) => {
      const { position: at, ...rest } = body;
      const fields = {
        facility_type: rest.facility_type as (typeof TYPES)[number],
        state: rest.state as (typeof STATES)[number],
        docks: rest.docks,
        ...(at ? { position: at } : {}),
      };
      if (facility) {
        await api.patch("/api/v1/agents/{id}", { path: { id: facility.id }, body: fields });
        return;
      }
      const made = await api.post("/api/v1/agents", {
        body: { kind: "facility", ...fields },
        idempotencyKey,
      });
      await keepTime(made.data.id);
    },
    () => {
      toast.done(t("site.saved"));
      void queries.invalidateQueries({ queryKey: ["agents"] });
    },
  );
  return (
    <Card title={facility?.reference ?? t("site.setup")}>
      <Form
        onSubmit={() => form.submit({ facility_type: type, state, docks: Number(docks), position })}
        problem={form.problem}
      >
        <PlaceField
          chosen={position !== null}
          onPlace={(city, name) => {
            setPlace(name);
            setPosition({ latitude: city.latitude, longitude: city.longitude });
          }}
          onText={(text) => {
            setPlace(text);
            setPosition(null);
          }}
          problem={form.at("position")}
          text={place}
        />
        <div className="grid gap-4 sm:grid-cols-3">
          <SelectField
            choices={TYPES.map((value) => ({ value, label: t(`facility.${value}`) }))}
            label={t("site.type")}
            onValue={setType}
            problem={form.at("facility_type")}
            value={type}
          />
          <SelectField
            choices={STATES.map((value) => ({ value, label: t(`facilitystate.${value}`) }))}
            label={t("site.state")}
            onValue={setState}
            problem={form.at("state")}
            value={state}
          />
          <TextField
            inputMode="numeric"
            label={t("site.docks")}
            onValue={setDocks}
            problem={form.at("docks")}
            value={docks}
          />
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
