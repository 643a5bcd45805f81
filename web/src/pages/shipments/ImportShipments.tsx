import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { api } from "@/api/client";
import { explain, explainField } from "@/api/explain";
import { ApiProblem } from "@/api/problem";
import { useDraft } from "@/app/forms";
import { CsvProblem, download, parseCsv, writeCsv } from "@/csv/csv";
import { COLUMNS, readShipments, template, type ReadRow } from "@/csv/shipments";
import { t } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { Button, ButtonLink } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { Field, TextArea } from "@/ui/Field";
import { Notice } from "@/ui/States";
import { Table, type Column } from "@/ui/Table";

type Posted = Readonly<Record<number, { readonly id: string; readonly reference: string }>>;

/** Rows are read and checked here; only when all are good is anything posted, one by one, each with a key of its own. */
export function ImportShipments() {
  const queries = useQueryClient();
  const [draft, change] = useDraft("import", { text: "" });
  const [read, setRead] = useState<ReturnType<typeof readShipments> | null>(null);
  const [posted, setPosted] = useState<Posted>({});
  const [posting, setPosting] = useState(false);
  const [stopped, setStopped] = useState<string | null>(null);
  const keys = useRef(new Map<number, string>());

  const check = (text: string) => {
    keys.current.clear();
    setPosted({});
    setStopped(null);
    try {
      setRead(readShipments(parseCsv(text), new Date()));
    } catch (error) {
      setRead({ head: [error instanceof CsvProblem ? t("csv.bad.quote") : String(error)], rows: [] });
    }
  };
  const rows = read?.rows ?? [];
  const bad = rows.filter((row) => row.body === null);
  const left = rows.filter((row) => row.body !== null && !posted[row.row]);

  const post = async () => {
    setPosting(true);
    setStopped(null);
    for (const row of left) {
      if (!row.body) continue;
      const idempotencyKey = keys.current.get(row.row) ?? crypto.randomUUID();
      keys.current.set(row.row, idempotencyKey);
      try {
        const { data } = await api.post("/api/v1/shipments", { body: row.body, idempotencyKey });
        setPosted((before) => ({ ...before, [row.row]: { id: data.id, reference: data.reference } }));
      } catch (error) {
        setStopped(t("csv.stopped", { row: row.row, reason: reasonOf(error) }));
        if (error instanceof ApiProblem && !error.isPassing) keys.current.delete(row.row);
        break;
      }
    }
    setPosting(false);
    void queries.invalidateQueries({ queryKey: ["shipments"] });
  };

  const done = Object.keys(posted).length;
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
            <label className="flex cursor-pointer flex-col items-center gap-1 rounded-md border border-dashed border-line-strong px-4 py-6 text-sm font-medium hover:bg-sunken has-focus-visible:outline-2 has-focus-visible:outline-[var(--focus)]">
              {t("csv.choose")}
              <input
                accept=".csv,text/csv"
                className="sr-only"
                onChange={(event) => {
                  const file = event.target.files?.[0];
                  event.target.value = "";
                  void file?.text().then((text) => {
                    change({ text });
                    check(text);
                  });
                }}
                type="file"
              />
            </label>
            <Field
              hint={t("csv.columns", { columns: Object.keys(COLUMNS).join(", ") })}
              label={t("csv.paste")}
            >
              {(control) => (
                <TextArea
                  {...control}
                  onValue={(text) => change({ text })}
                  rows={6}
                  spellCheck={false}
                  value={draft.text}
                />
              )}
            </Field>
            <div>
              <Button disabled={draft.text.trim() === ""} onClick={() => check(draft.text)}>
                {t("csv.check")}
              </Button>
            </div>
          </div>
        </Card>
        {read?.head.map((text) => (
          <Notice key={text} tone="bad">
            {text}
          </Notice>
        ))}
        {stopped ? <Notice tone="bad">{stopped}</Notice> : null}
        {done > 0 && !posting ? <Notice tone="good">{t("csv.posted", { n: done })}</Notice> : null}
        {rows.length > 0 ? (
          <Card
            aside={
              <span className="flex items-center gap-2">
                <Badge tone="good">{t("csv.rows.good", { n: rows.length - bad.length })}</Badge>
                {bad.length > 0 ? <Badge tone="bad">{t("csv.rows.bad", { n: bad.length })}</Badge> : null}
              </span>
            }
            flush
            title={t("nav.import")}
          >
            <Table
              caption={t("csv.title")}
              columns={columns(posted)}
              rowKey={(row) => String(row.row)}
              rows={rows}
            />
            <div className="flex flex-wrap items-center justify-end gap-3 border-t border-line p-3">
              {bad.length > 0 ? <span className="text-sm text-ink-2">{t("csv.post.all")}</span> : null}
              {left.length === 0 && bad.length === 0 ? (
                <ButtonLink look="primary" to="/shipments">
                  {t("nav.shipments")}
                </ButtonLink>
              ) : (
                <Button
                  disabled={bad.length > 0}
                  look="primary"
                  onClick={() => void post()}
                  pending={posting}
                >
                  {posting
                    ? t("csv.posting", { n: done, m: rows.length })
                    : t("csv.post", { n: left.length })}
                </Button>
              )}
            </div>
          </Card>
        ) : null}
      </div>
    </>
  );
}

function reasonOf(error: unknown): string {
  const fields = error instanceof ApiProblem ? error.errors : [];
  const named = fields.map((field) =>
    t("problem.field.at", { field: field.field, detail: explainField(field) ?? "" }),
  );
  return [explain(error), ...named].join(" ");
}

function columns(posted: Posted): readonly Column<ReadRow>[] {
  return [
    { key: "row", title: t("csv.row"), cell: (row) => <span className="tabular">{row.row}</span> },
    {
      key: "route",
      title: t("ship.col.route"),
      cell: (row) => t("ship.route", { from: row.cells.pickup ?? "", to: row.cells.delivery ?? "" }),
    },
    {
      key: "pickup",
      title: t("ship.col.pickup"),
      wideOnly: true,
      cell: (row) => row.cells.pickup_from ?? "",
    },
    {
      key: "cargo",
      title: t("ship.col.cargo"),
      wideOnly: true,
      cell: (row) => t("word.kg", { n: row.cells.weight_kg ?? "" }),
    },
    {
      key: "problem",
      title: t("csv.problem"),
      cell: (row) => {
        const done = posted[row.row];
        if (done) {
          return (
            <Link
              className="font-medium text-brand-text underline"
              params={{ id: done.id }}
              to="/shipments/$id"
            >
              {done.reference}
            </Link>
          );
        }
        if (row.problems.length === 0) return <Badge tone="good">{t("word.none")}</Badge>;
        return (
          <ul className="py-1 text-bad">
            {row.problems.map((problem) => (
              <li key={problem.column + problem.text}>
                {problem.column === ""
                  ? problem.text
                  : t("problem.field.at", { field: problem.column, detail: problem.text })}
              </li>
            ))}
          </ul>
        );
      },
    },
  ];
}
