import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { api } from "@/api/client";
import { desk, may, type Geofence } from "@/api/desk";
import { mapTexts, useTheme } from "@/app/mapping";
import { useDraft } from "@/app/forms";
import { useKnownMe } from "@/app/useMe";
import { placeOf } from "@/geo/places";
import { t, useLocale } from "@/i18n";
import { LiveMap, type MapLine, type MapPin } from "@/map";
import { Button, IconButton } from "@/ui/Button";
import { PageHead } from "@/ui/Card";
import { cx } from "@/ui/cx";
import { Confirm } from "@/ui/Confirm";
import { formatNumber } from "@/ui/format";
import { Empty, Loaded } from "@/ui/States";
import { toast } from "@/ui/Toast";
import { draftOf, EMPTY_FENCE, GeofenceForm, readPoints, type FenceDraft } from "./GeofenceForm";
import { outlineOf, POINTS } from "./shapes";

const FENCES = { ...desk.geofences(), refetchInterval: 30_000 };

/** Places of the tenant that trucks tell of when they come, stay and leave; drawn on a map, listed beside it. */
export function Geofences() {
  useLocale();
  const me = useKnownMe();
  const fences = useQuery(FENCES);
  const [chosen, setChosen] = useState<string | null>(null);
  const [editing, setEditing] = useState<Geofence | "new" | null>(null);
  const writes = may(me.role, "fence");
  return (
    <>
      <PageHead subtitle={t("fences.lead")} title={t("fences.title")}>
        {writes && editing === null ? (
          <Button icon="plus" look="primary" onClick={() => setEditing("new")}>
            {t("fences.add")}
          </Button>
        ) : null}
      </PageHead>
      <Loaded lines={8} query={fences}>
        {({ data }) =>
          editing === null ? (
            <Shown
              chosen={chosen}
              fences={data}
              onChoose={setChosen}
              onEdit={writes ? setEditing : undefined}
            />
          ) : (
            <Editor
              fence={editing === "new" ? null : editing}
              fences={data}
              key={editing === "new" ? "new" : editing.id}
              onDone={(id) => {
                setChosen(id ?? chosen);
                setEditing(null);
              }}
            />
          )
        }
      </Loaded>
    </>
  );
}

function lineOf(fence: Geofence, chosen: string | null): MapLine {
  return { id: fence.id, kind: fence.id === chosen ? "chosen" : "area", points: outlineOf(fence) };
}

/** The map beside what belongs to it. */
function Sides({ map, children }: { readonly map: ReactNode; readonly children: ReactNode }) {
  return (
    <div className="grid gap-3 lg:grid-cols-[minmax(0,1fr)_360px]">
      <div className="relative overflow-hidden rounded-lg border border-line">{map}</div>
      <section
        aria-label={t("map.list")}
        className="flex min-h-0 flex-col overflow-hidden rounded-lg border border-line bg-surface lg:max-h-[calc(100dvh-7.5rem)]"
      >
        {children}
      </section>
    </div>
  );
}

const MAP_SIZE = "h-[46dvh] min-h-72 w-full lg:h-[calc(100dvh-7.5rem)]";

function Shown({
  fences,
  chosen,
  onChoose,
  onEdit,
}: {
  readonly fences: readonly Geofence[];
  readonly chosen: string | null;
  readonly onChoose: (id: string | null) => void;
  readonly onEdit: ((fence: Geofence) => void) | undefined;
}) {
  const theme = useTheme();
  const [removing, setRemoving] = useState<Geofence | null>(null);
  return (
    <Sides
      map={
        <LiveMap
          className={MAP_SIZE}
          fit={fences.map(({ id }) => id).join()}
          lines={fences.map((fence) => lineOf(fence, chosen))}
          onSelect={onChoose}
          pins={fences.flatMap(({ id, name, points: [first] }): MapPin[] =>
            first
              ? [{ id, kind: id === chosen ? "chosen" : "stop", ...first, label: name, isChoice: true }]
              : [],
          )}
          texts={mapTexts(t("fences.map"))}
          theme={theme}
        />
      }
    >
      {fences.length === 0 ? (
        <Empty detail={t("fences.none.detail")} icon="flag" title={t("fences.none")} />
      ) : (
        <ul className="min-h-0 flex-1 overflow-y-auto max-lg:max-h-[50dvh]">
          {fences.map((fence) => (
            <li
              className={cx(
                "flex items-center gap-1 border-b border-line pr-2 last:border-0",
                fence.id === chosen && "bg-brand-soft",
              )}
              key={fence.id}
            >
              <button
                aria-pressed={fence.id === chosen}
                className="min-w-0 flex-1 px-4 py-2.5 text-left -outline-offset-2"
                onClick={() => onChoose(fence.id === chosen ? null : fence.id)}
                type="button"
              >
                <span className="block truncate text-sm font-medium">{fence.name}</span>
                <span className="block text-xs text-ink-2 tabular">{describe(fence)}</span>
              </button>
              {onEdit ? (
                <>
                  <IconButton
                    icon="settings"
                    label={t("fences.edit.of", { name: fence.name })}
                    onClick={() => onEdit(fence)}
                  />
                  <IconButton
                    icon="trash"
                    label={t("fences.remove.of", { name: fence.name })}
                    onClick={() => setRemoving(fence)}
                  />
                </>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {removing ? <Remove fence={removing} onClose={() => setRemoving(null)} /> : null}
    </Sides>
  );
}

function describe(fence: Geofence): string {
  const [first] = fence.points;
  return [
    t(`fences.kind.${fence.kind}`),
    ...(fence.radius_m === undefined ? [] : [t("fences.metres", { n: formatNumber(fence.radius_m) })]),
    ...(first ? [placeOf(first)] : []),
    t("fences.stays", { n: fence.dwell_minutes }),
  ].join(" · ");
}

function Remove({ fence, onClose }: { readonly fence: Geofence; readonly onClose: () => void }) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api.delete("/api/v1/geofences/{id}", { path: { id: fence.id } }),
    onSuccess: () => toast.done(t("fences.removed")),
    onError: toast.failed,
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ["geofences"] });
      onClose();
    },
  });
  return (
    <Confirm
      act={t("fences.remove")}
      onClose={onClose}
      onConfirm={() => remove.mutate()}
      pending={remove.isPending}
      title={t("fences.remove.of", { name: fence.name })}
    >
      <p className="text-sm text-ink-2">{t("fences.remove.what")}</p>
    </Confirm>
  );
}

/** Draws a fence: a click on the map adds a point, the form beside it has them all as numbers. */
function Editor({
  fence,
  fences,
  onDone,
}: {
  readonly fence: Geofence | null;
  readonly fences: readonly Geofence[];
  readonly onDone: (id: string | null) => void;
}) {
  const theme = useTheme();
  const [draft, change, clear] = useDraft<FenceDraft>(
    `fence-${fence?.id ?? "new"}`,
    fence ? draftOf(fence) : EMPTY_FENCE,
  );
  const points = readPoints(draft.points);
  const shape = { kind: draft.kind, points, radius_m: Number(draft.radius) };
  const others = fences.filter(({ id }) => id !== fence?.id);
  const pick = (latitude: number, longitude: number) => {
    const picked = { latitude: latitude.toFixed(5), longitude: longitude.toFixed(5) };
    const filled = draft.points.filter((point) => point.latitude !== "" || point.longitude !== "");
    change({ points: POINTS[draft.kind].most === 1 ? [picked] : [...filled, picked] });
  };
  return (
    <Sides
      map={
        <LiveMap
          className={MAP_SIZE}
          fit={fence?.id ?? "new"}
          lines={[
            ...others.map((other) => lineOf(other, null)),
            { id: "drawn", kind: "chosen", points: outlineOf(shape) },
          ]}
          onPick={pick}
          pins={points.map((point, at) => ({
            id: String(at),
            kind: "chosen" as const,
            ...point,
            label: String(at + 1),
          }))}
          texts={mapTexts(t("fences.map"))}
          theme={theme}
        />
      }
    >
      <GeofenceForm
        change={change}
        draft={draft}
        fence={fence}
        onCancel={() => {
          clear();
          onDone(null);
        }}
        onSaved={(id) => {
          clear();
          onDone(id);
        }}
      />
    </Sides>
  );
}
