import { useState } from "react";
import { useDraft } from "@/app/forms";
import type { IssueKind } from "@/api/types";
import { t } from "@/i18n";
import type { Picture, Report } from "@/offline/acts";
import { Button } from "@/ui/Button";
import { AreaField, SelectField, TextField } from "@/ui/Field";
import { PhotoInput } from "@/ui/PhotoInput";

export const ISSUE_KINDS = [
  "delay",
  "breakdown",
  "accident",
  "theft",
  "cargo",
  "access",
  "other",
] as const satisfies readonly IssueKind[];

/** Minutes as somebody types them; `null` for none, `undefined` for what is no number of minutes. */
export function readMinutes(text: string): number | null | undefined {
  if (text.trim() === "") return null;
  const minutes = Number(text);
  return Number.isInteger(minutes) && minutes > 0 && minutes <= 10_080 ? minutes : undefined;
}

interface ReportFormProps {
  readonly shipment: string;
  readonly pending?: boolean;
  /** `forget` empties the form: called once the report is safe. */
  readonly onReport: (report: Omit<Report, "id" | "shipment">, forget: () => void) => void;
}

/** What went wrong, in a few taps. It is kept on the device first and sent when there is a network. */
export function ReportForm({ shipment, onReport, pending = false }: ReportFormProps) {
  const [draft, change, clear] = useDraft(`issue-${shipment}`, {
    kind: "delay" as IssueKind,
    description: "",
    minutes: "",
  });
  const [photos, setPhotos] = useState<readonly Blob[]>([]);
  const minutes = readMinutes(draft.minutes);
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (minutes === undefined) return;
        const pictures: Picture[] = photos.map((blob) => ({ kind: "issue_photo", blob }));
        const description = draft.description.trim();
        onReport({ kind: draft.kind, description, delayMinutes: minutes, pictures }, clear);
      }}
    >
      <p className="text-sm text-ink-2">{t("issue.report.lead")}</p>
      <SelectField
        choices={ISSUE_KINDS.map((kind) => ({ value: kind, label: t(`issue.kind.${kind}`) }))}
        label={t("issue.kind")}
        onValue={(kind) => change({ kind: kind as IssueKind })}
        value={draft.kind}
      />
      <TextField
        inputMode="numeric"
        label={t("issue.delay")}
        onValue={(text) => change({ minutes: text })}
        optional
        problem={minutes === undefined ? t("issue.delay.bad") : null}
        unit="min"
        value={draft.minutes}
      />
      <AreaField
        hint={t("issue.description.hint")}
        label={t("issue.description")}
        maxLength={2000}
        onValue={(description) => change({ description })}
        optional
        value={draft.description}
      />
      <PhotoInput label={t("issue.photos")} onPhotos={setPhotos} photos={photos} />
      <Button disabled={minutes === undefined} look="primary" pending={pending} size="lg" type="submit" wide>
        {t("issue.submit")}
      </Button>
    </form>
  );
}
