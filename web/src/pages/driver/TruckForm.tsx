import { useState } from "react";
import { api } from "@/api/client";
import { Form } from "@/app/Form";
import { useDraft, useSubmission } from "@/app/forms";
import { t, tKnown } from "@/i18n";
import { PlaceField } from "@/pages/shipments/PlaceField";
import { readNumber } from "@/pages/shipments/draft";
import { Button } from "@/ui/Button";
import { Checkbox, SelectField, TextField } from "@/ui/Field";
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
    <Form
      fields={FIELDS}
      onSubmit={() => {
        setNoPlace(draft.latitude === null);
        if (draft.latitude !== null) form.submit(draft);
      }}
      problem={form.problem}
    >
      <div className="grid grid-cols-2 gap-4">
        <SelectField
          choices={TYPES.map((type) => ({ value: type, label: t(`vehicle.${type}`) }))}
          label={t("drive.type")}
          onValue={(type) => change({ type })}
          problem={form.at("vehicle.type")}
          value={draft.type}
        />
        <TextField
          inputMode="numeric"
          label={t("drive.year")}
          onValue={(year) => change({ year })}
          problem={form.at("vehicle.year")}
          value={draft.year}
        />
        <TextField
          inputMode="decimal"
          label={t("drive.capacity")}
          onValue={(capacity) => change({ capacity })}
          problem={form.at("vehicle.capacity_kg")}
          unit="kg"
          value={draft.capacity}
        />
        <TextField
          inputMode="decimal"
          label={t("drive.volume")}
          onValue={(volume) => change({ volume })}
          problem={form.at("vehicle.capacity_m3")}
          unit="m³"
          value={draft.volume}
        />
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
        <TextField
          inputMode="numeric"
          label={t("drive.radius")}
          onValue={(radius) => change({ radius })}
          problem={form.at("service_radius_km")}
          unit="km"
          value={draft.radius}
        />
        <TextField
          inputMode="decimal"
          label={t("drive.rate")}
          onValue={(rate) => change({ rate })}
          optional
          problem={form.at("rate_per_km")}
          unit="EUR"
          value={draft.rate}
        />
        <TextField
          label={t("drive.licence")}
          onValue={(licence) => change({ licence })}
          problem={form.at("licence_valid_until")}
          type="date"
          value={draft.licence}
        />
        <TextField
          label={t("drive.insurance")}
          onValue={(insurance) => change({ insurance })}
          problem={form.at("insurance_valid_until")}
          type="date"
          value={draft.insurance}
        />
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
    </Form>
  );
}
