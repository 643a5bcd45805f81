import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { reads } from "@/api/queries";
import { useDraft, useSubmission } from "@/app/forms";
import { useKnownMe } from "@/app/useMe";
import { t } from "@/i18n";
import { drivers, type DriverAgent } from "@/pages/driver/agent";
import { Button } from "@/ui/Button";
import { Field, Input, SelectField, TextField } from "@/ui/Field";
import { Empty, Loaded } from "@/ui/States";
import { toast } from "@/ui/Toast";
import { useState } from "react";
import { Form } from "@/app/Form";

const PROTOCOLS = ["osmand", "teltonika", "gt06", "h02"] as const;
const FIELDS = ["agent_id", "protocol", "identifier", "secret", "utc_offset_minutes"];
const SECRET_BYTES = 18;

/** A text that nobody guesses, of letters that survive every keyboard. */
function randomSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "a")
    .replaceAll("/", "b");
}

/** The trucks that the caller may bind a device to. */
function useOwnTrucks() {
  const me = useKnownMe();
  const isDriver = me.role === "driver";
  const own = useQuery({ ...reads.ownAgents(), enabled: isDriver, select: drivers });
  const all = useQuery({
    ...reads.agents({ per_page: 100 }),
    enabled: !isDriver,
    select: ({ data }) => drivers(data),
  });
  return isDriver ? own : all;
}

export function BindDevice({ onDone }: { readonly onDone: () => void }) {
  const trucks = useOwnTrucks();
  return (
    <Loaded query={trucks}>
      {(list) =>
        list.length === 0 ? (
          <Empty detail={t("devices.trucks.none.detail")} icon="truck" title={t("devices.trucks.none")} />
        ) : (
          <BindForm onDone={onDone} trucks={list} />
        )
      }
    </Loaded>
  );
}

function BindForm({
  trucks,
  onDone,
}: {
  readonly trucks: readonly DriverAgent[];
  readonly onDone: () => void;
}) {
  const queries = useQueryClient();
  const [draft, change, clear] = useDraft("device", {
    agent: trucks[0]?.id ?? "",
    protocol: "osmand" as (typeof PROTOCOLS)[number],
    identifier: "",
    offset: "",
  });
  // Never in a draft: whoever knows it can report for the truck.
  const [secret, setSecret] = useState("");
  const form = useSubmission(
    (typed: typeof draft & { secret: string }, idempotencyKey) =>
      api.post("/api/v1/devices", {
        idempotencyKey,
        body: {
          agent_id: typed.agent,
          protocol: typed.protocol,
          identifier: typed.identifier.trim(),
          ...(typed.protocol === "osmand" && typed.secret !== "" ? { secret: typed.secret } : {}),
          ...(typed.protocol === "gt06" && typed.offset.trim() !== ""
            ? { utc_offset_minutes: Number(typed.offset) }
            : {}),
        },
      }),
    () => {
      clear();
      toast.done(t("devices.added"));
      void queries.invalidateQueries({ queryKey: ["devices"] });
      onDone();
    },
  );
  return (
    <Form fields={FIELDS} onSubmit={() => form.submit({ ...draft, secret })} problem={form.problem}>
      <SelectField
        choices={trucks.map(({ id, reference }) => ({ value: id, label: reference ?? id }))}
        label={t("alerts.truck")}
        onValue={(agent) => change({ agent })}
        problem={form.at("agent_id")}
        value={draft.agent}
      />
      <SelectField
        choices={PROTOCOLS.map((value) => ({ value, label: t(`devices.protocol.${value}`) }))}
        hint={t(`devices.protocol.${draft.protocol}.hint`)}
        label={t("devices.protocol")}
        onValue={(value) => change({ protocol: PROTOCOLS.find((known) => known === value) ?? "osmand" })}
        problem={form.at("protocol")}
        value={draft.protocol}
      />
      <TextField
        autoComplete="off"
        autoFocus
        hint={t("devices.identifier.hint")}
        label={t("devices.identifier")}
        maxLength={64}
        onValue={(identifier) => change({ identifier })}
        problem={form.at("identifier")}
        required
        spellCheck={false}
        value={draft.identifier}
      />
      {draft.protocol === "osmand" ? (
        <Field
          hint={t("devices.secret.hint")}
          label={t("devices.secret")}
          optional
          problem={form.at("secret")}
        >
          {(control) => (
            <div className="flex items-center gap-2">
              <Input
                {...control}
                autoComplete="off"
                maxLength={128}
                onValue={setSecret}
                spellCheck={false}
                value={secret}
              />
              <Button onClick={() => setSecret(randomSecret())}>{t("devices.secret.make")}</Button>
            </div>
          )}
        </Field>
      ) : null}
      {draft.protocol === "gt06" ? (
        <TextField
          hint={t("devices.offset.hint")}
          inputMode="numeric"
          label={t("devices.offset")}
          onValue={(offset) => change({ offset })}
          optional
          problem={form.at("utc_offset_minutes")}
          unit="min"
          value={draft.offset}
        />
      ) : null}
      <Button look="primary" pending={form.pending} size="lg" type="submit" wide>
        {t("devices.add")}
      </Button>
    </Form>
  );
}
