import { useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Geofence } from "@/api/desk";
import { FormProblem } from "@/app/FormProblem";
import { useSubmission } from "@/app/forms";
import type { Point } from "@/geo/places";
import { t } from "@/i18n";
import { Button, IconButton } from "@/ui/Button";
import { Input, SelectField, TextField } from "@/ui/Field";
import { toast } from "@/ui/Toast";
import { POINTS, type ShapeKind } from "./shapes";

/** A point as it is typed, or as the map was clicked. */
interface PointDraft {
  readonly latitude: string;
  readonly longitude: string;
}

export interface FenceDraft {
  readonly name: string;
  readonly kind: ShapeKind;
  readonly points: readonly PointDraft[];
  readonly radius: string;
  readonly dwell: string;
}

const NO_POINT: PointDraft = { latitude: "", longitude: "" };
const KINDS = ["circle", "polygon", "corridor"] as const satisfies readonly ShapeKind[];
const FIELDS = ["name", "kind", "points", "radius_m", "dwell_minutes"];

export const EMPTY_FENCE: FenceDraft = {
  name: "",
  kind: "circle",
  points: [NO_POINT],
  radius: "500",
  dwell: "10",
};

export function draftOf(fence: Geofence): FenceDraft {
  return {
    name: fence.name,
    kind: fence.kind,
    points: fence.points.map(({ latitude, longitude }) => ({
      latitude: String(latitude),
      longitude: String(longitude),
    })),
    radius: String(fence.radius_m ?? 500),
    dwell: String(fence.dwell_minutes),
  };
}

/** A coordinate as it is typed in either language; `null` when it is none. */
function readDegrees(text: string, most: number): number | null {
  const degrees = Number(text.trim().replace(",", "."));
  return text.trim() === "" || !Number.isFinite(degrees) || Math.abs(degrees) > most ? null : degrees;
}

/** The points that can be drawn; others are still being typed. */
export function readPoints(drafts: readonly PointDraft[]): readonly Point[] {
  return drafts.flatMap((draft) => {
    const [latitude, longitude] = [readDegrees(draft.latitude, 90), readDegrees(draft.longitude, 180)];
    return latitude === null || longitude === null ? [] : [{ latitude, longitude }];
  });
}

interface FormProps {
  readonly fence: Geofence | null;
  readonly draft: FenceDraft;
  readonly change: (part: Partial<FenceDraft>) => void;
  readonly onSaved: (id: string) => void;
  readonly onCancel: () => void;
}

/** A fence in words and numbers: all that a click on the map does can be typed. */
export function GeofenceForm({ fence, draft, change, onSaved, onCancel }: FormProps) {
  const queries = useQueryClient();
  const { least, most } = POINTS[draft.kind];
  const form = useSubmission(
    (typed: FenceDraft, idempotencyKey) => {
      const body = {
        name: typed.name.trim(),
        kind: typed.kind,
        points: [...readPoints(typed.points)],
        dwell_minutes: Number(typed.dwell),
        ...(typed.kind === "polygon" ? {} : { radius_m: Number(typed.radius) }),
      };
      return fence
        ? api.put("/api/v1/geofences/{id}", { path: { id: fence.id }, body })
        : api.post("/api/v1/geofences", { body, idempotencyKey });
    },
    ({ data }) => {
      toast.done(t("fences.saved", { name: data.name }));
      void queries.invalidateQueries({ queryKey: ["geofences"] });
      onSaved(data.id);
    },
  );
  const set = (at: number, part: Partial<PointDraft>) =>
    change({ points: draft.points.map((point, index) => (index === at ? { ...point, ...part } : point)) });
  const isIncomplete = readPoints(draft.points).length < Math.max(least, draft.points.length);
  return (
    <form
      className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto p-4"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        form.submit(draft);
      }}
    >
      <h2 className="text-base font-semibold">{t(fence ? "fences.edit" : "fences.add")}</h2>
      <FormProblem fields={FIELDS} problem={form.problem} />
      <TextField
        autoFocus
        label={t("fences.name")}
        maxLength={100}
        onValue={(name) => change({ name })}
        problem={form.at("name")}
        required
        value={draft.name}
      />
      <SelectField
        choices={KINDS.map((kind) => ({ value: kind, label: t(`fences.kind.${kind}`) }))}
        hint={t(`fences.kind.${draft.kind}.hint`)}
        label={t("fences.kind")}
        onValue={(value) => {
          const kind = KINDS.find((known) => known === value) ?? "circle";
          change({ kind, points: draft.points.slice(0, POINTS[kind].most) });
        }}
        problem={form.at("kind")}
        value={draft.kind}
      />
      <div className="grid grid-cols-2 gap-4">
        {draft.kind === "polygon" ? null : (
          <TextField
            inputMode="numeric"
            label={t("fences.radius")}
            onValue={(radius) => change({ radius })}
            problem={form.at("radius_m")}
            unit="m"
            value={draft.radius}
          />
        )}
        <TextField
          inputMode="numeric"
          label={t("fences.dwell")}
          onValue={(dwell) => change({ dwell })}
          problem={form.at("dwell_minutes")}
          unit="min"
          value={draft.dwell}
        />
      </div>
      <fieldset className="flex flex-col gap-2">
        <legend className="pb-1 text-sm font-medium">{t("fences.points")}</legend>
        <p className="text-xs text-ink-3">{t("fences.points.hint")}</p>
        {form.at("points") ? <p className="text-xs font-medium text-bad">{form.at("points")}</p> : null}
        <ol className="flex flex-col gap-1.5">
          {draft.points.map((point, at) => (
            <li className="flex items-center gap-1.5" key={at}>
              <span className="w-5 shrink-0 text-right text-xs text-ink-3 tabular">{at + 1}</span>
              {(["latitude", "longitude"] as const).map((name) => (
                <Input
                  aria-label={t(`fences.${name}.of`, { n: at + 1 })}
                  autoComplete="off"
                  inputMode="decimal"
                  key={name}
                  onValue={(value) => set(at, { [name]: value })}
                  placeholder={t(`fences.${name}`)}
                  value={point[name]}
                />
              ))}
              <IconButton
                disabled={draft.points.length <= 1}
                icon="trash"
                label={t("fences.point.remove", { n: at + 1 })}
                onClick={() => change({ points: draft.points.filter((_, index) => index !== at) })}
              />
            </li>
          ))}
        </ol>
        {draft.points.length < most ? (
          <div>
            <Button icon="plus" onClick={() => change({ points: [...draft.points, NO_POINT] })} size="sm">
              {t("fences.point.add")}
            </Button>
          </div>
        ) : null}
      </fieldset>
      <div className="flex items-center justify-end gap-2">
        {isIncomplete ? (
          <span className="mr-auto text-xs text-ink-3">{t("fences.points.least", { n: least })}</span>
        ) : null}
        <Button onClick={onCancel}>{t("do.cancel")}</Button>
        <Button disabled={isIncomplete} look="primary" pending={form.pending} type="submit">
          {t("do.save")}
        </Button>
      </div>
    </form>
  );
}
