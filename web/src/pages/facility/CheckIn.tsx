import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { explain } from "@/api/explain";
import { reads } from "@/api/queries";
import type { components } from "@/api/schema";
import { useSubmission } from "@/app/forms";
import { t } from "@/i18n";
import { readNumber } from "@/pages/shipments/draft";
import { Facts } from "@/ui/Card";
import { Confirm } from "@/ui/Confirm";
import { Field, Input } from "@/ui/Field";
import { formatNumber } from "@/ui/format";
import { Loaded, Notice } from "@/ui/States";
import { toast } from "@/ui/Toast";
import type { Appointment } from "./Docks";

type Stated = components["schemas"]["WireStatedCargo"];
type Counted = components["schemas"]["WireDockCargo"];

/** What the papers say beside what is counted; the server compares. */
export function CheckIn({
  appointment,
  facility,
  onClose,
}: {
  readonly appointment: Appointment;
  readonly facility: string;
  readonly onClose: () => void;
}) {
  const queries = useQueryClient();
  const papers = useQuery(reads.dockPapers(facility, appointment.id));
  const [weight, setWeight] = useState("");
  const [pieces, setPieces] = useState("");
  const [reference, setReference] = useState("");
  const form = useSubmission(
    (cargo: Counted, idempotencyKey) =>
      api.post("/api/v1/appointments/{id}/check-in", {
        path: { id: appointment.id },
        body: { cargo },
        idempotencyKey,
      }),
    ({ data }) => {
      if (data.differs.length === 0) toast.done(t("docks.checkedin"));
      else toast.done(t("docks.checkedin.differs"));
      void queries.invalidateQueries({ queryKey: ["facility", facility] });
      onClose();
    },
  );
  // What is no number is refused by the server, at its field.
  const number = (text: string) => readNumber(text) ?? -1;
  const submit = () =>
    form.submit({
      ...(weight.trim() === "" ? {} : { weight_kg: number(weight) }),
      ...(pieces.trim() === "" ? {} : { pieces: number(pieces) }),
      ...(reference.trim() === "" ? {} : { reference: reference.trim() }),
    });
  return (
    <Confirm
      act={t("docks.do.checkin")}
      look="primary"
      onClose={onClose}
      onConfirm={submit}
      pending={form.pending}
      title={t("docks.checkin")}
    >
      <form
        className="flex flex-col gap-4"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {form.problem ? <Notice tone="bad">{explain(form.problem)}</Notice> : null}
        <Loaded lines={2} query={papers}>
          {({ booked, consignment }) => (
            <Facts
              items={[
                [t("docks.papers.booked"), said(booked)],
                [t("docks.papers.note"), consignment ? said(consignment) : t("docks.papers.none")],
              ]}
            />
          )}
        </Loaded>
        <p className="text-sm text-ink-2">{t("docks.checkin.how")}</p>
        <div className="grid gap-4 sm:grid-cols-3">
          <Field label={t("docks.counted.weight")} optional problem={form.at("cargo.weight_kg")}>
            {(control) => (
              <Input {...control} inputMode="decimal" onValue={setWeight} unit="kg" value={weight} />
            )}
          </Field>
          <Field label={t("docks.counted.pieces")} optional problem={form.at("cargo.pieces")}>
            {(control) => <Input {...control} inputMode="numeric" onValue={setPieces} value={pieces} />}
          </Field>
          <Field label={t("docks.counted.reference")} optional problem={form.at("cargo.reference")}>
            {(control) => <Input {...control} onValue={setReference} value={reference} />}
          </Field>
        </div>
      </form>
    </Confirm>
  );
}

function said({ weight_kg: kg, pieces, reference }: Stated): string {
  const parts = [
    reference ?? "",
    typeof kg === "number" ? t("word.kg", { n: formatNumber(kg) }) : "",
    typeof pieces === "number" ? t("docks.pieces", { n: pieces }) : "",
  ];
  const known = parts.filter((part) => part !== "");
  return known.length > 0 ? known.join(" · ") : t("word.unknown");
}
