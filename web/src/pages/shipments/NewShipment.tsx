import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "@/api/client";
import { reads } from "@/api/queries";
import type { NewShipment as Body } from "@/api/types";
import { mapTexts, useTheme } from "@/app/mapping";
import { FormProblem } from "@/app/FormProblem";
import { useDraft, useSubmission } from "@/app/forms";
import { distanceKm, placeOf, type Point } from "@/geo/places";
import { t, tKnown } from "@/i18n";
import { LiveMap } from "@/map";
import { Button } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { Checkbox, Field, Input, RadioCards, SelectField, TextArea, TextField } from "@/ui/Field";
import { formatNumber, formatSpan } from "@/ui/format";
import { toast } from "@/ui/Toast";
import {
  emptyDraft,
  FEATURES,
  KINDS,
  toBody,
  type DraftProblem,
  type ShipmentDraft,
  type StopDraft,
} from "./draft";
import { CarrierPicker } from "./CarrierPicker";
import { Estimate } from "./Estimate";
import { PlaceField } from "./PlaceField";
import { planOf } from "./Track";
import { sourceOf } from "./way";

const FIELDS = [
  ...["pickup", "delivery"].flatMap((stop) =>
    ["", ".latitude", ".longitude", ".address", ".window"].map((part) => stop + part),
  ),
  "cargo.weight_kg",
  "cargo.volume_m3",
  "cargo.kind",
  "cargo.requires",
  "cargo.value",
  "tender",
];
type End = "pickup" | "delivery";

const WRONG: Record<DraftProblem, () => string> = {
  place: () => t("ship.form.place.missing"),
  number: () => t("ship.form.number.bad"),
  amount: () => t("ship.form.value.bad"),
};

export function NewShipment() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const theme = useTheme();
  const [draft, change, clear] = useDraft<ShipmentDraft>("shipment", emptyDraft(new Date()));
  const [wrong, setWrong] = useState<Readonly<Record<string, DraftProblem>>>({});
  const [picking, setPicking] = useState<End>("pickup");
  const form = useSubmission(
    (body: Body, idempotencyKey) => api.post("/api/v1/shipments", { body, idempotencyKey }),
    ({ data }) => {
      clear();
      void queries.invalidateQueries({ queryKey: ["shipments"] });
      toast.done(t("ship.form.posted", { reference: data.reference }));
      void navigate({ to: "/shipments/$id", params: { id: data.id } });
    },
  );
  const at = (field: string) => (wrong[field] ? WRONG[wrong[field]]() : form.at(field));
  const setStop = (end: End, part: Partial<StopDraft>) => {
    change({ [end]: { ...draft[end], ...part } });
    setWrong({ ...wrong, [end]: undefined as never });
  };
  const read = toBody(draft);
  const send = () => {
    if ("body" in read) {
      setWrong({});
      form.submit(read.body);
    } else {
      setWrong(read.problems);
    }
  };

  const priced = "body" in read ? read.body : null;
  const points = { pickup: pointOf(draft.pickup), delivery: pointOf(draft.delivery) };
  const route = useWay(points.pickup, points.delivery);
  const way = route.data?.routes[0];
  const pins = (["pickup", "delivery"] as const).flatMap((kind) => {
    const point = points[kind];
    return point ? [{ id: kind, kind, ...point, label: draft[kind].place || placeOf(point) }] : [];
  });

  return (
    <>
      <PageHead subtitle={t("ship.form.lead")} title={t("ship.new")} />
      <form
        className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,420px)]"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <div className="flex min-w-0 flex-col gap-4">
          <FormProblem fields={FIELDS} problem={form.problem} />
          <Stop
            at={at}
            end="pickup"
            onPick={() => setPicking("pickup")}
            onStop={(part) => setStop("pickup", part)}
            stop={draft.pickup}
          />
          <Stop
            at={at}
            end="delivery"
            onPick={() => setPicking("delivery")}
            onStop={(part) => setStop("delivery", part)}
            stop={draft.delivery}
          />
          <Cargo at={at} change={change} draft={draft} />
          <Tender at={at} change={change} draft={draft} />
        </div>
        <aside
          aria-label={t("ship.form.map")}
          className="flex flex-col gap-3 lg:sticky lg:top-5 lg:self-start"
        >
          <div className="overflow-hidden rounded-lg border border-line">
            <LiveMap
              className="h-64 w-full lg:h-[440px]"
              fit={pins.map((pin) => `${pin.latitude},${pin.longitude}`).join()}
              lines={
                points.pickup && points.delivery
                  ? [
                      {
                        id: "line",
                        kind: "planned",
                        points: planOf(way?.geometry, { from: points.pickup, to: points.delivery }),
                      },
                    ]
                  : []
              }
              onPick={(latitude, longitude) => {
                setStop(picking, { latitude, longitude, place: placeOf({ latitude, longitude }) });
                if (picking === "pickup" && !points.delivery) setPicking("delivery");
              }}
              pins={pins}
              texts={mapTexts(t("ship.form.map"))}
              theme={theme}
            />
          </div>
          <div className="grid grid-cols-2 gap-2" role="group">
            {(["pickup", "delivery"] as const).map((end) => (
              <Button
                aria-pressed={picking === end}
                key={end}
                look={picking === end ? "primary" : "secondary"}
                onClick={() => setPicking(end)}
                size="sm"
              >
                {t(`ship.form.pick.${end}`)}
              </Button>
            ))}
          </div>
          {points.pickup && points.delivery ? (
            <p aria-live="polite" className="text-sm text-ink-2">
              {way
                ? `${t("route.length", {
                    km: formatNumber(way.distance_m / 1000),
                    time: formatSpan(way.duration_s * 1000),
                  })} · ${route.data ? sourceOf(route.data) : ""}`
                : t("ship.form.line", {
                    km: t("word.km", { n: formatNumber(distanceKm(points.pickup, points.delivery)) }),
                  })}
            </p>
          ) : null}
          <Estimate body={priced} />
          <Button look="primary" pending={form.pending} size="lg" type="submit" wide>
            {t("ship.form.submit")}
          </Button>
        </aside>
      </form>
    </>
  );
}

function pointOf({ latitude, longitude }: StopDraft) {
  return latitude === null || longitude === null ? null : { latitude, longitude };
}

/** The way between both stops, once both are there. */
function useWay(from: Point | null, to: Point | null) {
  const nowhere = { latitude: 0, longitude: 0 };
  const question = { from: from ?? nowhere, to: to ?? nowhere, vehicle: "truck40" as const };
  return useQuery({ ...reads.route(question), enabled: from !== null && to !== null, retry: false });
}

interface StopProps {
  readonly end: End;
  readonly stop: StopDraft;
  readonly at: (field: string) => string | null;
  readonly onStop: (part: Partial<StopDraft>) => void;
  readonly onPick: () => void;
}

function Stop({ end, stop, at, onStop, onPick }: StopProps) {
  return (
    <Card title={t(`ship.form.${end}`)}>
      <div className="grid gap-4 sm:grid-cols-2">
        <PlaceField
          chosen={stop.latitude !== null}
          onPlace={(city, name) => {
            onPick();
            onStop({ place: name, latitude: city.latitude, longitude: city.longitude });
          }}
          onText={(place) => onStop({ place, latitude: null, longitude: null })}
          problem={at(end) ?? at(`${end}.latitude`) ?? at(`${end}.longitude`)}
          text={stop.place}
        />
        <TextField
          autoComplete="off"
          hint={t("ship.form.address.hint")}
          label={t("ship.form.address")}
          maxLength={200}
          onValue={(address) => onStop({ address })}
          optional
          problem={at(`${end}.address`)}
          value={stop.address}
        />
        <TextField
          label={t("ship.form.from")}
          onValue={(from) => onStop({ from })}
          problem={at(`${end}.window.from`)}
          required
          type="datetime-local"
          value={stop.from}
        />
        <TextField
          label={t("ship.form.to")}
          onValue={(to) => onStop({ to })}
          problem={at(`${end}.window.to`)}
          required
          type="datetime-local"
          value={stop.to}
        />
      </div>
    </Card>
  );
}

interface PartProps {
  readonly draft: ShipmentDraft;
  readonly at: (field: string) => string | null;
  readonly change: (part: Partial<ShipmentDraft>) => void;
}

function Cargo({ draft, at, change }: PartProps) {
  return (
    <Card title={t("ship.form.cargo")}>
      <div className="grid grid-cols-2 gap-4 sm:grid-cols-4">
        <TextField
          inputMode="decimal"
          label={t("ship.form.weight")}
          onValue={(weight) => change({ weight })}
          problem={at("cargo.weight_kg")}
          required
          unit="kg"
          value={draft.weight}
        />
        <TextField
          inputMode="decimal"
          label={t("ship.form.volume")}
          onValue={(volume) => change({ volume })}
          optional
          problem={at("cargo.volume_m3")}
          unit="m³"
          value={draft.volume}
        />
        <SelectField
          choices={KINDS.map((kind) => ({ value: kind, label: tKnown("cargo", kind) }))}
          label={t("ship.form.kind")}
          onValue={(kind) => change({ kind })}
          problem={at("cargo.kind")}
          value={draft.kind}
        />
        <TextField
          inputMode="decimal"
          label={t("ship.form.value")}
          onValue={(value) => change({ value })}
          optional
          problem={at("cargo.value") ?? at("cargo.value.amount")}
          unit="EUR"
          value={draft.value}
        />
      </div>
      <fieldset className="mt-4">
        <legend className="mb-2 text-sm font-medium">{t("ship.form.requires")}</legend>
        <div className="flex flex-wrap gap-x-6 gap-y-2">
          {FEATURES.map((feature) => (
            <Checkbox
              checked={draft.requires.includes(feature)}
              key={feature}
              label={tKnown("feature", feature)}
              onChecked={(on) =>
                change({
                  requires: on
                    ? [...draft.requires, feature]
                    : draft.requires.filter((other) => other !== feature),
                })
              }
            />
          ))}
        </div>
        {at("cargo.requires") ? (
          <p className="mt-1 text-xs font-medium text-bad">{at("cargo.requires")}</p>
        ) : null}
      </fieldset>
    </Card>
  );
}

const MODES = ["broadcast", "waterfall", "direct"] as const;
const LEVELS = ["standard", "express", "dedicated"] as const;

function Tender({ draft, at, change }: PartProps) {
  const problem = at("tender.carrier") ?? at("tender.carriers") ?? at("tender");
  return (
    <Card title={t("ship.form.tender")}>
      <div className="flex flex-col gap-4">
        <RadioCards
          choices={MODES.map((mode) => ({
            value: mode,
            label: t(`tender.${mode}`),
            hint: t(`tender.${mode}.hint`),
          }))}
          legend={t("ship.form.tender.who")}
          name="tender"
          onValue={(tender) => change({ tender })}
          value={draft.tender}
        />
        {draft.tender === "broadcast" ? null : (
          <CarrierPicker
            mode={draft.tender === "direct" ? "direct" : "waterfall"}
            onValue={(carriers) => change({ carriers })}
            value={draft.carriers}
          />
        )}
        {draft.tender === "broadcast" ? null : (
          <Field
            hint={t(draft.tender === "direct" ? "ship.form.carrier.hint" : "ship.form.carriers.hint")}
            label={t(draft.tender === "direct" ? "ship.form.carrier" : "ship.form.carriers")}
            problem={problem}
          >
            {(control) =>
              draft.tender === "direct" ? (
                <Input {...control} onValue={(carriers) => change({ carriers })} value={draft.carriers} />
              ) : (
                <TextArea {...control} onValue={(carriers) => change({ carriers })} value={draft.carriers} />
              )
            }
          </Field>
        )}
        <div className="grid gap-4 sm:grid-cols-2">
          <SelectField
            choices={LEVELS.map((level) => ({ value: level, label: t(`service.${level}`) }))}
            label={t("ship.form.service")}
            onValue={(service) => change({ service })}
            problem={at("service_level")}
            value={draft.service}
          />
          <div className="self-end pb-1">
            <Checkbox
              checked={draft.autoAccept}
              hint={t("ship.form.auto.hint")}
              label={t("ship.form.auto")}
              onChecked={(autoAccept) => change({ autoAccept })}
            />
          </div>
        </div>
      </div>
    </Card>
  );
}
