import { useState } from "react";
import { api } from "@/api/client";
import { FormProblem } from "@/app/FormProblem";
import { useDraft, useSubmission } from "@/app/forms";
import { t, tKnown } from "@/i18n";
import { PlaceField } from "@/pages/shipments/PlaceField";
import { readNumber } from "@/pages/shipments/draft";
import { Button } from "@/ui/Button";
import { Checkbox, Field, Input, Select } from "@/ui/Field";
import { readAmount } from "@/ui/format";

const TYPES = ["box_truck", "refrigerated", "flatbed", "pickup"] as const;
const FEATURES = ["lift_gate", "adr", "gps", "electric"] as const;
const FIELDS = [
  "vehicle.type",
  "vehicle.capacity_kg",
  "vehicle.capacity_m3",
  "vehicle.year",
  "vehicle.features",
  "base",
  "service_radius_km",
  "rate_per_km",
  "licence_valid_until",
  "insurance_valid_until",
];

const EMPTY = {
  type: "box_truck",
  capacity: "",
  volume: "",
  year: "",
  features: [] as readonly string[],
  place: "",
  latitude: null as number | null,
  longitude: null as number | null,
  radius: "200",
  rate: "",
  licence: "",
  insurance: "",
  autoBid: false,
};

/** Declares a truck: what it can carry, where it stands, what it costs, until when its papers are good. */
export function TruckForm({ onDone }: { readonly onDone: () => void }) {
  const [draft, change, clear] = useDraft("truck", EMPTY);
  const [noPlace, setNoPlace] = useState(false);
  const form = useSubmission(
    (body: typeof EMPTY, idempotencyKey) =>
      api.post("/api/v1/agents", {
        idempotencyKey,
        body: {
          kind: "driver",
          vehicle: {
            type: body.type as (typeof TYPES)[number],
            capacity_kg: readNumber(body.capacity) ?? 0,
            capacity_m3: readNumber(body.volume) ?? 0,
            year: readNumber(body.year) ?? 0,
            features: [...body.features],
          },
          base: { latitude: body.latitude ?? 0, longitude: body.longitude ?? 0 },
          service_radius_km: readNumber(body.radius) ?? 0,
          ...(body.rate.trim()
            ? { rate_per_km: { amount: readAmount(body.rate) ?? body.rate, currency: "EUR" } }
            : {}),
          licence_valid_until: body.licence,
          insurance_valid_until: body.insurance,
          auto_bid: body.autoBid,
        },
      }),
    () => {
      clear();
      onDone();
    },
  );
  return (
    <form
      className="flex flex-col gap-4"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setNoPlace(draft.latitude === null);
        if (draft.latitude !== null) form.submit(draft);
      }}
    >
      <FormProblem fields={FIELDS} problem={form.problem} />
      <div className="grid grid-cols-2 gap-4">
        <Field label={t("drive.type")} problem={form.at("vehicle.type")}>
          {(control) => (
            <Select
              {...control}
              choices={TYPES.map((type) => ({ value: type, label: t(`vehicle.${type}`) }))}
              onValue={(type) => change({ type })}
              value={draft.type}
            />
          )}
        </Field>
        <Field label={t("drive.year")} problem={form.at("vehicle.year")}>
          {(control) => (
            <Input {...control} inputMode="numeric" onValue={(year) => change({ year })} value={draft.year} />
          )}
        </Field>
        <Field label={t("drive.capacity")} problem={form.at("vehicle.capacity_kg")}>
          {(control) => (
            <Input
              {...control}
              inputMode="decimal"
              onValue={(capacity) => change({ capacity })}
              unit="kg"
              value={draft.capacity}
            />
          )}
        </Field>
        <Field label={t("drive.volume")} problem={form.at("vehicle.capacity_m3")}>
          {(control) => (
            <Input
              {...control}
              inputMode="decimal"
              onValue={(volume) => change({ volume })}
              unit="m³"
              value={draft.volume}
            />
          )}
        </Field>
      </div>
      <fieldset>
        <legend className="mb-2 text-sm font-medium">{t("drive.features")}</legend>
        <div className="flex flex-wrap gap-x-5 gap-y-2">
          {FEATURES.map((feature) => (
            <Checkbox
              checked={draft.features.includes(feature)}
              key={feature}
              label={tKnown("feature", feature)}
              onChecked={(on) =>
                change({
                  features: on
                    ? [...draft.features, feature]
                    : draft.features.filter((other) => other !== feature),
                })
              }
            />
          ))}
        </div>
      </fieldset>
      <PlaceField
        chosen={draft.latitude !== null}
        onPlace={(city, place) => change({ place, latitude: city.latitude, longitude: city.longitude })}
        onText={(place) => change({ place, latitude: null, longitude: null })}
        problem={
          form.at("base") ?? (noPlace && draft.latitude === null ? t("ship.form.place.missing") : null)
        }
        text={draft.place}
      />
      <div className="grid grid-cols-2 gap-4">
        <Field label={t("drive.radius")} problem={form.at("service_radius_km")}>
          {(control) => (
            <Input
              {...control}
              inputMode="numeric"
              onValue={(radius) => change({ radius })}
              unit="km"
              value={draft.radius}
            />
          )}
        </Field>
        <Field label={t("drive.rate")} optional problem={form.at("rate_per_km")}>
          {(control) => (
            <Input
              {...control}
              inputMode="decimal"
              onValue={(rate) => change({ rate })}
              unit="EUR"
              value={draft.rate}
            />
          )}
        </Field>
        <Field label={t("drive.licence")} problem={form.at("licence_valid_until")}>
          {(control) => (
            <Input
              {...control}
              onValue={(licence) => change({ licence })}
              type="date"
              value={draft.licence}
            />
          )}
        </Field>
        <Field label={t("drive.insurance")} problem={form.at("insurance_valid_until")}>
          {(control) => (
            <Input
              {...control}
              onValue={(insurance) => change({ insurance })}
              type="date"
              value={draft.insurance}
            />
          )}
        </Field>
      </div>
      <Checkbox
        checked={draft.autoBid}
        hint={t("drive.autobid.hint")}
        label={t("drive.autobid")}
        onChecked={(autoBid) => change({ autoBid })}
      />
      <Button look="primary" pending={form.pending} size="lg" type="submit" wide>
        {t("drive.setup.submit")}
      </Button>
    </form>
  );
}
