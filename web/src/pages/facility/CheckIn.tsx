import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { reads } from "@/api/queries";
import type { components } from "@/api/schema";
import { Form } from "@/app/Form";
import { useSubmission } from "@/app/forms";
import { t } from "@/i18n";
import { readNumber } from "@/pages/shipments/draft";
import { Facts } from "@/ui/Card";
import { Confirm } from "@/ui/Confirm";
import { TextField } from "@/ui/Field";
import { formatNumber } from "@/ui/format";
import { Loaded } from "@/ui/States";
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
      <Form onSubmit={submit} problem={form.problem}>
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
          <TextField
            inputMode="decimal"
            label={t("docks.counted.weight")}
            onValue={setWeight}
            optional
            problem={form.at("cargo.weight_kg")}
            unit="kg"
            value={weight}
          />
          <TextField
            inputMode="numeric"
            label={t("docks.counted.pieces")}
            onValue={setPieces}
            optional
            problem={form.at("cargo.pieces")}
            value={pieces}
          />
          <TextField
            label={t("docks.counted.reference")}
            onValue={setReference}
            optional
            problem={form.at("cargo.reference")}
            value={reference}
          />
        </div>
      </Form>
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
