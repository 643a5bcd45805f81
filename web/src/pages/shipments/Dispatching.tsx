import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { may } from "@/api/desk";
import { reads, shipmentChanged } from "@/api/queries";
import type { Shipment } from "@/api/types";
import { Form } from "@/app/Form";
import { useDraft, useSubmission } from "@/app/forms";
import { useKnownMe } from "@/app/useMe";
import { t } from "@/i18n";
import { drivers } from "@/pages/driver/agent";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Dialog } from "@/ui/Dialog";
import { Checkbox, RadioCards, SelectField, TextField } from "@/ui/Field";
import { fromLocalInput, readAmount, toLocalInput } from "@/ui/format";
import { Empty, Loaded } from "@/ui/States";
import { toast } from "@/ui/Toast";

const OPEN = ["requested", "bidding", "selected"];
const RADII = ["1", "1.5", "2", "3", "5"] as const;
type Task = "retender" | "assign";

/** What a dispatcher does about a shipment that looks for a carrier: takes it, tenders it again, gives it to a driver. */
export function Dispatching({ shipment }: { readonly shipment: Shipment }) {
  const me = useKnownMe();
  const queries = useQueryClient();
  const [task, setTask] = useState<Task | null>(null);
  const act = useMutation({
    mutationFn: (step: "take-over" | "hand-over") => {
      const options = { path: { id: shipment.id }, idempotencyKey: crypto.randomUUID() };
      return step === "take-over"
        ? api.post("/api/v1/shipments/{id}/take-over", options)
        : api.post("/api/v1/shipments/{id}/hand-over", options);
    },
    onSuccess: (_, step) => toast.done(t(`dispatching.done.${step}`)),
    onError: toast.failed,
    onSettled: () => {
      shipmentChanged(queries, shipment.id);
      void queries.invalidateQueries({ queryKey: ["queue"] });
    },
  });
  if (!may(me.role, "dispatch") || !OPEN.includes(shipment.status)) return null;
  const { dispatcher_id: dispatcher } = shipment;
  const isOwn = dispatcher === me.id;
  const close = () => setTask(null);
  return (
    <Card title={t("dispatching.title")}>
      <div className="flex flex-col gap-3">
        <p className="text-sm text-ink-2">
          {t(
            isOwn
              ? "dispatching.own"
              : dispatcher
                ? "dispatching.other"
                : shipment.handed_over
                  ? "dispatching.waits"
                  : "dispatching.market",
          )}
        </p>
        <div className="flex flex-wrap gap-2">
          {dispatcher ? null : (
            <Button
              look={shipment.handed_over ? "primary" : "secondary"}
              onClick={() => act.mutate("take-over")}
              pending={act.isPending && act.variables === "take-over"}
              size="sm"
            >
              {t("dispatching.take-over")}
            </Button>
          )}
          <Button onClick={() => setTask("retender")} size="sm">
            {t("dispatching.retender")}
          </Button>
          <Button onClick={() => setTask("assign")} size="sm">
            {t("dispatching.assign")}
          </Button>
          {dispatcher || !shipment.handed_over ? (
            <Button
              look="quiet"
              onClick={() => act.mutate("hand-over")}
              pending={act.isPending && act.variables === "hand-over"}
              size="sm"
            >
              {t("dispatching.hand-over")}
            </Button>
          ) : null}
        </div>
      </div>
      <Dialog onClose={close} open={task === "retender"} title={t("dispatching.retender")} wide>
        <RetenderForm onDone={close} shipment={shipment} />
      </Dialog>
      <Dialog onClose={close} open={task === "assign"} title={t("dispatching.assign")}>
        <AssignForm onDone={close} shipment={shipment} />
      </Dialog>
    </Card>
  );
}

interface FormProps {
  readonly shipment: Shipment;
  readonly onDone: () => void;
}

function useDone(
  shipment: string,
  text: "dispatching.done.retender" | "dispatching.done.assign",
  onDone: () => void,
) {
  const queries = useQueryClient();
  return () => {
    toast.done(t(text));
    shipmentChanged(queries, shipment);
    void queries.invalidateQueries({ queryKey: ["queue"] });
    onDone();
  };
}

/** As it is now, to everybody, or to one carrier. */
const MODES = ["same", "broadcast", "direct"] as const;

function RetenderForm({ shipment, onDone }: FormProps) {
  const [draft, change, clear] = useDraft(`retender-${shipment.id}`, {
    mode: "same",
    carrier: "",
    radius: "2",
    auto: shipment.auto_accept,
  });
  const done = useDone(shipment.id, "dispatching.done.retender", () => {
    clear();
    onDone();
  });
  const form = useSubmission(
    (typed: typeof draft, idempotencyKey) =>
      api.post("/api/v1/shipments/{id}/retender", {
        path: { id: shipment.id },
        body: {
          radius_factor: Number(typed.radius),
          auto_accept: typed.auto,
          ...(typed.mode === "broadcast" ? { tender: { mode: "broadcast" as const } } : {}),
          ...(typed.mode === "direct" ? { tender: { mode: "direct" as const, carrier: typed.carrier } } : {}),
        },
        idempotencyKey,
      }),
    done,
  );
  return (
    <Form fields={["tender", "radius_factor"]} onSubmit={() => form.submit(draft)} problem={form.problem}>
      <RadioCards
        choices={MODES.map((mode) => ({
          value: mode,
          label: t(`dispatching.mode.${mode}`),
          hint: t(`dispatching.mode.${mode}.hint`),
        }))}
        legend={t("ship.form.tender.who")}
        name="mode"
        onValue={(mode) => change({ mode })}
        value={draft.mode}
      />
      {draft.mode === "direct" ? (
        <CarrierSelect
          onCarrier={(carrier) => change({ carrier })}
          problem={form.at("tender.carrier") ?? form.at("tender")}
          value={draft.carrier}
        />
      ) : null}
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          choices={RADII.map((value) => ({ value, label: t("dispatching.radius.times", { n: value }) }))}
          hint={t("dispatching.radius.hint")}
          label={t("dispatching.radius")}
          onValue={(radius) => change({ radius })}
          problem={form.at("radius_factor")}
          value={draft.radius}
        />
        <div className="sm:self-center">
          <Checkbox
            checked={draft.auto}
            hint={t("ship.form.auto.hint")}
            label={t("ship.form.auto")}
            onChecked={(auto) => change({ auto })}
          />
        </div>
      </div>
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>{t("do.cancel")}</Button>
        <Button look="primary" pending={form.pending} type="submit">
          {t("dispatching.retender")}
        </Button>
      </div>
    </Form>
  );
}

/** The tenant's carriers by their names. */
function CarrierSelect({
  value,
  onCarrier,
  problem,
}: {
  readonly value: string;
  readonly onCarrier: (id: string) => void;
  readonly problem: string | null;
}) {
  const carriers = useQuery(reads.organisations({ kind: "carrier", per_page: 100 }));
  return (
    <SelectField
      choices={[
        { value: "", label: t(carriers.isPending ? "state.loading" : "dispatching.carrier.choose") },
        ...(carriers.data?.data ?? []).map(({ id, name }) => ({ value: id, label: name ?? id })),
      ]}
      label={t("ship.form.carrier")}
      onValue={onCarrier}
      problem={problem}
      value={value}
    />
  );
}

function AssignForm({ shipment, onDone }: FormProps) {
  const agents = useQuery(reads.agents({ online: true, per_page: 100 }));
  return (
    <Loaded query={agents}>
      {({ data }) => {
        const free = drivers(data).filter(({ shipment_id: trip, suspended }) => !trip && !suspended);
        if (free.length === 0)
          return (
            <Empty
              detail={t("dispatching.free.none.detail")}
              icon="truck"
              title={t("dispatching.free.none")}
            />
          );
        return (
          <AssignFields
            drivers={free.map(({ id, reference, vehicle }) => ({
              value: id,
              label: `${reference ?? id} · ${t(`vehicle.${vehicle.type}`)}`,
            }))}
            onDone={onDone}
            shipment={shipment}
          />
        );
      }}
    </Loaded>
  );
}

/** The first whole minute within a window, which a control can show. */
function firstMinute(from: string): string {
  return toLocalInput(new Date(Date.parse(from) + 59_999));
}

function AssignFields({
  shipment,
  drivers: choices,
  onDone,
}: FormProps & { readonly drivers: readonly { readonly value: string; readonly label: string }[] }) {
  const [draft, change, clear] = useDraft(`assign-${shipment.id}`, {
    agent: choices[0]?.value ?? "",
    price: "",
    pickup: firstMinute(shipment.pickup.window.from),
    delivery: firstMinute(shipment.delivery.window.from),
  });
  const done = useDone(shipment.id, "dispatching.done.assign", () => {
    clear();
    onDone();
  });
  const form = useSubmission(
    (typed: typeof draft, idempotencyKey) =>
      api.post("/api/v1/shipments/{id}/assign", {
        path: { id: shipment.id },
        body: {
          agent_id: typed.agent,
          price: { amount: readAmount(typed.price) ?? typed.price, currency: "EUR" },
          pickup_at: fromLocalInput(typed.pickup),
          delivery_at: fromLocalInput(typed.delivery),
        },
        idempotencyKey,
      }),
    done,
  );
  const isBad = draft.price !== "" && readAmount(draft.price) === null;
  return (
    <Form
      fields={["agent_id", "price", "pickup_at", "delivery_at"]}
      onSubmit={() => form.submit(draft)}
      problem={form.problem}
    >
      <p className="text-sm text-ink-2">{t("dispatching.assign.lead")}</p>
      <SelectField
        choices={choices}
        label={t("fleet.driver")}
        onValue={(agent) => change({ agent })}
        problem={form.at("agent_id")}
        value={draft.agent}
      />
      <TextField
        autoComplete="off"
        hint={t("money.explained")}
        inputMode="decimal"
        label={t("dispatching.price")}
        onValue={(price) => change({ price })}
        problem={isBad ? t("ship.form.value.bad") : (form.at("price") ?? form.at("price.amount"))}
        required
        unit="EUR"
        value={draft.price}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        {(["pickup", "delivery"] as const).map((end) => (
          <TextField
            key={end}
            label={t(`ship.form.${end}`)}
            onValue={(value) => change({ [end]: value })}
            problem={form.at(`${end}_at`)}
            required
            type="datetime-local"
            value={draft[end]}
          />
        ))}
      </div>
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>{t("do.cancel")}</Button>
        <Button
          disabled={readAmount(draft.price) === null}
          look="primary"
          pending={form.pending}
          type="submit"
        >
          {t("dispatching.assign")}
        </Button>
      </div>
    </Form>
  );
}
