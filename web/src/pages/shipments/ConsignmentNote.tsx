import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { uploadDocument, type StatedCargo } from "@/api/documents";
import type { Role } from "@/api/types";
import { Form } from "@/app/Form";
import { useSubmission } from "@/app/forms";
import { t } from "@/i18n";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Field, FileInput, TextField } from "@/ui/Field";
import { toast } from "@/ui/Toast";
import { readNumber } from "./draft";

/** Who may bring documents. */
export function bringsPapers(role: Role): boolean {
  return ["shipper", "carrier", "driver", "broker", "supervisor", "support"].includes(role);
}

/** Brings the paper that travels with the cargo, and what it says, which a facility's gate compares with what it counts. */
export function ConsignmentNote({ shipment }: { readonly shipment: string }) {
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [weight, setWeight] = useState("");
  const [pieces, setPieces] = useState("");
  const [reference, setReference] = useState("");
  const [cleared, setCleared] = useState(0);
  const form = useSubmission(
    ({ states }: { name: string; states: StatedCargo }, key) =>
      uploadDocument(shipment, "consignment_note", file ?? new Blob(), key, states),
    () => {
      toast.done(t("doc.note.saved"));
      setFile(null);
      setCleared(cleared + 1);
      void queries.invalidateQueries({ queryKey: ["shipment", shipment] });
    },
  );
  // What is no number is refused by the server, at its field.
  const number = (text: string) => readNumber(text) ?? -1;
  return (
    <Card title={t("doc.note")}>
      <Form
        key={cleared}
        onSubmit={() => {
          const states = {
            ...(weight.trim() === "" ? {} : { weight_kg: number(weight) }),
            ...(pieces.trim() === "" ? {} : { pieces: number(pieces) }),
            ...(reference.trim() === "" ? {} : { reference: reference.trim() }),
          };
          form.submit({ name: file?.name ?? "", states });
        }}
        problem={form.problem}
      >
        <p className="text-sm text-ink-2">{t("doc.note.lead")}</p>
        <Field label={t("doc.note.file")} problem={form.at("body")}>
          {(control) => (
            <FileInput
              {...control}
              accept="application/pdf,image/jpeg,image/png,image/webp"
              name={file?.name ?? null}
              onFile={setFile}
            />
          )}
        </Field>
        <div className="grid grid-cols-2 gap-4">
          <TextField
            inputMode="decimal"
            label={t("docks.counted.weight")}
            onValue={setWeight}
            optional
            problem={form.at("weight_kg")}
            unit="kg"
            value={weight}
          />
          <TextField
            inputMode="numeric"
            label={t("docks.counted.pieces")}
            onValue={setPieces}
            optional
            problem={form.at("pieces")}
            value={pieces}
          />
        </div>
        <TextField
          label={t("docks.counted.reference")}
          onValue={setReference}
          optional
          problem={form.at("reference")}
          value={reference}
        />
        <div>
          <Button disabled={file === null} pending={form.pending} type="submit">
            {t("doc.note.bring")}
          </Button>
        </div>
      </Form>
    </Card>
  );
}
