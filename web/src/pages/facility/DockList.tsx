import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { Form } from "@/app/Form";
import { useSubmission } from "@/app/forms";
import { t } from "@/i18n";
import { readNumber } from "@/pages/shipments/draft";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Confirm } from "@/ui/Confirm";
import { Checkbox, SelectField, TextField } from "@/ui/Field";
import { Empty } from "@/ui/States";
import { Table } from "@/ui/Table";
import { toast } from "@/ui/Toast";

type Dock = components["schemas"]["WireDock"];

export const VEHICLES = ["van", "box_truck", "semi_truck", "container"] as const;
const EQUIPMENT = ["lift_gate", "cooled", "frozen", "forklift", "crane", "hazmat"] as const;
const WORKS = ["loading", "unloading"] as const;

const NEW: Dock = {
  name: "",
  max_vehicle: "semi_truck",
  max_length_cm: 1650,
  max_height_cm: 400,
  equipment: [],
  works: ["loading", "unloading"],
  retired: false,
};

/** A facility's docks, each to be changed, and new ones. */
export function DockList({
  docks,
  facility,
}: {
  readonly docks: readonly Dock[];
  readonly facility: string;
}) {
  const [edited, setEdited] = useState<Dock | null>(null);
  return (
    <Card
      aside={
        <Button icon="plus" onClick={() => setEdited(NEW)} size="sm">
          {t("docks.add")}
        </Button>
      }
      flush
      title={t("docks.list")}
    >
      <Table
        caption={t("docks.list")}
        columns={[
          { key: "name", title: t("docks.col.dock"), cell: (dock) => dock.name, sort: (dock) => dock.name },
          {
            key: "vehicle",
            title: t("docks.vehicle.max"),
            cell: (dock) => t(`dockvehicle.${dock.max_vehicle}`),
          },
          {
            key: "works",
            title: t("docks.col.work"),
            wideOnly: true,
            cell: (dock) => dock.works.map((work) => t(`dockwork.${work}`)).join(", "),
          },
          {
            key: "state",
            title: t("ship.col.status"),
            cell: (dock) => (
              <Badge tone={dock.retired ? "neutral" : "good"}>
                {t(dock.retired ? "docks.retired" : "docks.inuse")}
              </Badge>
            ),
          },
          {
            key: "do",
            title: "",
            align: "right",
            cell: (dock) => (
              <Button onClick={() => setEdited(dock)} size="sm">
                {t("docks.change")}
              </Button>
            ),
          },
        ]}
        empty={<Empty icon="warehouse" title={t("docks.no.docks")} />}
        rowKey={(dock) => dock.name}
        rows={docks}
      />
      {edited ? (
        <DockDialog
          dock={edited}
          facility={facility}
          isNew={edited === NEW}
          key={edited.name}
          onClose={() => setEdited(null)}
        />
      ) : null}
    </Card>
  );
}

function DockDialog({
  dock,
  facility,
  isNew,
  onClose,
}: {
  readonly dock: Dock;
  readonly facility: string;
  readonly isNew: boolean;
  readonly onClose: () => void;
}) {
  const queries = useQueryClient();
  const [draft, setDraft] = useState(dock);
  const [length, setLength] = useState(String(dock.max_length_cm));
  const [height, setHeight] = useState(String(dock.max_height_cm));
  const form = useSubmission(
    (body: Dock, idempotencyKey) =>
      api.post("/api/v1/facilities/{id}/docks", { path: { id: facility }, body, idempotencyKey }),
    () => {
      toast.done(t("docks.settings.saved"));
      void queries.invalidateQueries({ queryKey: ["facility", facility] });
      onClose();
    },
  );
  const change = (part: Partial<Dock>) => setDraft({ ...draft, ...part });
  const toggled = <T,>(all: readonly T[], one: T, on: boolean) =>
    on ? [...all, one] : all.filter((known) => known !== one);
  const submit = () =>
    form.submit({
      ...draft,
      // What is no number is refused by the server, at its field.
      max_length_cm: readNumber(length) ?? 0,
      max_height_cm: readNumber(height) ?? 0,
    });
  return (
    <Confirm
      act={t("do.save")}
      look="primary"
      onClose={onClose}
      onConfirm={submit}
      pending={form.pending}
      title={isNew ? t("docks.add") : t("docks.dock", { name: dock.name })}
    >
      <Form onSubmit={submit} problem={form.problem}>
        {isNew ? (
          <TextField
            label={t("docks.name")}
            onValue={(name) => change({ name })}
            problem={form.at("name")}
            value={draft.name}
          />
        ) : null}
        <div className="grid gap-4 sm:grid-cols-3">
          <SelectField
            choices={VEHICLES.map((value) => ({ value, label: t(`dockvehicle.${value}`) }))}
            label={t("docks.vehicle.max")}
            onValue={(value) => change({ max_vehicle: VEHICLES.find((known) => known === value) ?? "van" })}
            problem={form.at("max_vehicle")}
            value={draft.max_vehicle}
          />
          <TextField
            inputMode="numeric"
            label={t("docks.length")}
            onValue={setLength}
            problem={form.at("max_length_cm")}
            unit="cm"
            value={length}
          />
          <TextField
            inputMode="numeric"
            label={t("docks.height")}
            onValue={setHeight}
            problem={form.at("max_height_cm")}
            unit="cm"
            value={height}
          />
        </div>
        <fieldset className="flex flex-col gap-2">
          <legend className="pb-1 text-sm font-medium">{t("docks.col.work")}</legend>
          {WORKS.map((work) => (
            <Checkbox
              checked={draft.works.includes(work)}
              key={work}
              label={t(`dockwork.${work}`)}
              onChecked={(on) => change({ works: toggled(draft.works, work, on) })}
            />
          ))}
          {form.at("works") ? <p className="text-xs font-medium text-bad">{form.at("works")}</p> : null}
        </fieldset>
        <fieldset className="grid grid-cols-2 gap-2">
          <legend className="pb-1 text-sm font-medium">{t("docks.equipment")}</legend>
          {EQUIPMENT.map((piece) => (
            <Checkbox
              checked={(draft.equipment ?? []).includes(piece)}
              key={piece}
              label={t(`dockequipment.${piece}`)}
              onChecked={(on) => change({ equipment: toggled(draft.equipment ?? [], piece, on) })}
            />
          ))}
        </fieldset>
        <Checkbox
          checked={draft.retired ?? false}
          label={t("docks.retire")}
          onChecked={(retired) => change({ retired })}
        />
      </Form>
    </Confirm>
  );
}
