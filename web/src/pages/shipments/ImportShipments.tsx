import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { explain, explainField } from "@/api/explain";
import type { ApiProblem } from "@/api/problem";
import { IdempotencyKey, useDraft, useSubmission } from "@/app/forms";
import { download, parseCsv, writeCsv } from "@/csv/csv";
import {
  COLUMNS,
  importShipments,
  rowsOf,
  template,
  type ImportReport,
  type TableRow,
} from "@/csv/shipments";
import { t, useLocale } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { Button, ButtonLink } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { AreaField } from "@/ui/Field";
import { Notice } from "@/ui/States";
import { Table, type Column } from "@/ui/Table";

/** A table that was checked: what was sent, and what the server said. */
interface Checked {
  readonly text: string;
  readonly report: ImportReport;
  readonly rows: readonly TableRow[];
}

/** The server checks every cell before anything is posted; then it posts all rows, or none. */
export function ImportShipments() {
  useLocale();
  const queries = useQueryClient();
  const [draft, change, clear] = useDraft("import", { text: "" });
  const [checked, setChecked] = useState<Checked | null>(null);
  const [posted, setPosted] = useState<ImportReport | null>(null);
  const key = useRef(new IdempotencyKey());
  const check = useSubmission(
    async (text: string) => {
      const report = await importShipments(text, { dryRun: true });
      return { text, report, rows: rowsOf(parseCsv(text), report.errors) };
    },
    (next) => setChecked(next),
  );
  const post = useSubmission(
    (text: string) => importShipments(text, { dryRun: false, key: key.current.for(text) }),
    (report) => {
      key.current.done();
      clear();
      setPosted(report);
      void queries.invalidateQueries({ queryKey: ["shipments"] });
    },
  );
  const begin = (text: string) => {
    setChecked(null);
    setPosted(null);
    check.submit(text);
  };
  const bad = checked ? checked.report.rows - checked.report.valid : 0;
  const problem = post.problem ?? check.problem;

  return (
    <>
      <PageHead subtitle={t("csv.lead")} title={t("csv.title")}>
        <Button
          icon="download"
          onClick={() => download("shipments-template.csv", writeCsv(template(new Date())))}
        >
          {t("csv.template")}
        </Button>
      </PageHead>
      <div className="flex flex-col gap-4">
        <Card>
          <div className="flex flex-col gap-3">
            <FileField
              onText={(text) => {
                change({ text });
                begin(text);
              }}
            />
            <AreaField
              hint={t("csv.columns", { columns: COLUMNS.join(", ") })}
              label={t("csv.paste")}
              onValue={(text) => {
                change({ text });
                setChecked(null);
              }}
              rows={6}
              spellCheck={false}
              value={draft.text}
            />
            <div>
              <Button
                disabled={draft.text.trim() === ""}
                onClick={() => begin(draft.text)}
                pending={check.pending}
              >
                {t("csv.check")}
              </Button>
            </div>
          </div>
        </Card>
        {problem ? <Wrong problem={problem} /> : null}
        {posted ? <Notice tone="good">{t("csv.posted", { n: posted.created.length })}</Notice> : null}
        {checked ? (
          <Card
            aside={
              <span className="flex items-center gap-2">
                <Badge tone="good">{t("csv.rows.good", { n: checked.report.valid })}</Badge>
                {bad > 0 ? <Badge tone="bad">{t("csv.rows.bad", { n: bad })}</Badge> : null}
              </span>
            }
            flush
            title={t("csv.rows")}
          >
            <Table
              caption={t("csv.rows")}
              columns={columns(posted)}
              rowKey={(row) => String(row.row)}
              rows={[...checked.rows].sort((a, b) => b.errors.length - a.errors.length || a.row - b.row)}
            />
            <div className="flex flex-wrap items-center justify-end gap-3 border-t border-line p-3">
              {bad > 0 ? <span className="text-sm text-ink-2">{t("csv.post.all")}</span> : null}
              {posted ? (
                <ButtonLink look="primary" to="/shipments">
                  {t("nav.shipments")}
                </ButtonLink>
              ) : (
                <Button
                  disabled={bad > 0}
                  look="primary"
                  onClick={() => post.submit(checked.text)}
                  pending={post.pending}
                >
                  {t("csv.post", { n: checked.report.valid })}
                </Button>
              )}
            </div>
          </Card>
        ) : null}
      </div>
    </>
  );
}

function FileField({ onText }: { readonly onText: (text: string) => void }) {
  return (
    <label className="flex cursor-pointer flex-col items-center gap-1 rounded-md border border-dashed border-line-strong px-4 py-6 text-sm font-medium hover:bg-sunken has-focus-visible:outline-2 has-focus-visible:outline-[var(--focus)]">
      {t("csv.choose")}
      <span className="text-xs font-normal text-ink-3">{t("csv.choose.hint")}</span>
      <input
        accept=".csv,text/csv"
        className="sr-only"
        onChange={(event) => {
          const file = event.target.files?.[0];
          // The same file chosen again, after it was mended, is another choice.
          event.target.value = "";
          void file?.text().then(onText);
        }}
        type="file"
      />
    </label>
  );
}

/** What is wrong with the table as a whole: its head, its size. */
function Wrong({ problem }: { readonly problem: ApiProblem }) {
  return (
    <Notice tone="bad">
      {explain(problem)}
      {problem.errors.map((error) => (
        <p key={error.field + error.detail}>{explainField(error)}</p>
      ))}
    </Notice>
  );
}

function columns(posted: ImportReport | null): readonly Column<TableRow>[] {
  const cell = (row: TableRow, ...names: readonly string[]) =>
    names
      .map((name) => row.cells[name] ?? "")
      .filter(Boolean)
      .join(", ");
  const place = (row: TableRow, end: string) =>
    cell(row, `${end}_place`) || cell(row, `${end}_latitude`, `${end}_longitude`);
  return [
    { key: "row", title: t("csv.row"), cell: (row) => <span className="tabular">{row.row}</span> },
    {
      key: "route",
      title: t("ship.col.route"),
      cell: (row) => t("ship.route", { from: place(row, "pickup"), to: place(row, "delivery") }),
    },
    {
      key: "pickup",
      title: t("ship.col.pickup"),
      wideOnly: true,
      cell: (row) => <span className="tabular">{cell(row, "pickup_from")}</span>,
    },
    {
      key: "cargo",
      title: t("ship.col.cargo"),
      wideOnly: true,
      cell: (row) => t("word.kg", { n: cell(row, "weight_kg") }),
    },
    { key: "problem", title: t("csv.problem"), cell: (row) => <Outcome posted={posted} row={row} /> },
  ];
}

function Outcome({ row, posted }: { readonly row: TableRow; readonly posted: ImportReport | null }) {
  const made = posted?.created.find((created) => created.row === row.row);
  if (made) {
    return (
      <Link className="font-medium text-brand-text underline" params={{ id: made.id }} to="/shipments/$id">
        {made.reference}
      </Link>
    );
  }
  if (row.errors.length === 0) return <Badge tone="good">{t("csv.row.good")}</Badge>;
  return (
    <ul className="py-1 text-bad">
      {row.errors.map((error) => (
        <li className="break-words" key={error.column + error.code}>
          {t("csv.cell", {
            column: error.column,
            value: row.cells[error.column] ?? "",
            detail: explainField({ ...error, field: error.column }) ?? error.detail,
          })}
        </li>
      ))}
    </ul>
  );
}
