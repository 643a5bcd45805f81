import { useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { t } from "@/i18n";
import { IconButton } from "./Button";
import { cx } from "./cx";
import { Icon } from "./icons";

export interface Column<Row> {
  readonly key: string;
  /** Empty for a column of buttons, which is then only spoken. */
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  readonly align?: "right";
  /** What the rows are sorted by, when this column can sort them. */
  readonly sort?: (row: Row) => string | number;
  /** Left out on a phone, where the first column carries the row. */
  readonly wideOnly?: boolean;
}

interface TableProps<Row> {
  /** Says what the table holds; spoken, not shown. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly rowName?: (row: Row) => string;
  readonly onOpen?: (row: Row) => void;
  readonly selected?: ReadonlySet<string>;
  readonly onSelected?: (selected: ReadonlySet<string>) => void;
  readonly empty?: ReactNode;
}

interface Sorting {
  readonly key: string;
  readonly down: boolean;
}

/**
 * Rows that can be sorted, selected and opened, by mouse and keyboard: one row holds the tab stop, arrows move it, Space
 * selects and Enter opens.
 */
export function Table<Row>({
  caption,
  columns,
  rows,
  rowKey,
  rowName,
  onOpen,
  selected,
  onSelected,
  empty,
}: TableProps<Row>) {
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const [active, setActive] = useState(0);
  const body = useRef<HTMLTableSectionElement>(null);
  const shown = sorted(rows, columns, sorting);
  const stop = Math.min(active, shown.length - 1);
  const name = (row: Row) => rowName?.(row) ?? rowKey(row);

  const toggle = (row: Row) => {
    if (!selected || !onSelected) return;
    const next = new Set(selected);
    if (!next.delete(rowKey(row))) next.add(rowKey(row));
    onSelected(next);
  };
  const move = (to: number) => {
    const next = Math.max(0, Math.min(shown.length - 1, to));
    setActive(next);
    body.current?.querySelectorAll<HTMLElement>("tr[data-row]")[next]?.focus();
  };
  const onKey = (event: KeyboardEvent<HTMLTableRowElement>, row: Row, index: number) => {
    if (event.target !== event.currentTarget) return;
    const steps: Record<string, () => void> = {
      ArrowDown: () => move(index + 1),
      ArrowUp: () => move(index - 1),
      Home: () => move(0),
      End: () => move(shown.length - 1),
      " ": () => toggle(row),
      Enter: () => onOpen?.(row),
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  };
  const isInteractive = Boolean(onOpen ?? onSelected);

  if (rows.length === 0 && empty) return <>{empty}</>;
  return (
    // `relative`: what is only spoken is placed absolutely, and would widen the page from outside the scrolled box.
    <div aria-label={caption} className="relative overflow-x-auto" role="region" tabIndex={0}>
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">
          {caption}
          {isInteractive ? ` ${t("table.help")}` : ""}
        </caption>
        <thead>
          <tr className="border-b border-line">
            {onSelected && selected ? (
              <th className="w-10 px-3" scope="col">
                <input
                  aria-label={t("table.select.all")}
                  checked={rows.length > 0 && rows.every((row) => selected.has(rowKey(row)))}
                  className="size-4 accent-brand align-middle"
                  onChange={(event) => onSelected(new Set(event.target.checked ? rows.map(rowKey) : []))}
                  type="checkbox"
                />
              </th>
            ) : null}
            {columns.map((column) => (
              <Head column={column} key={column.key} onSort={setSorting} sorting={sorting} />
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {shown.map((row, index) => {
            const key = rowKey(row);
            const isSelected = selected?.has(key) ?? false;
            return (
              <tr
                aria-selected={selected ? isSelected : undefined}
                className={cx(
                  "border-b border-line/70 last:border-0 -outline-offset-2",
                  isSelected ? "bg-brand-soft" : "hover:bg-ground",
                  onOpen && "cursor-pointer",
                )}
                data-row
                key={key}
                onClick={(event) => {
                  const at = event.target as HTMLElement;
                  if (!at.closest("a,button,input,label,select")) onOpen?.(row);
                }}
                onFocus={() => setActive(index)}
                onKeyDown={(event) => onKey(event, row, index)}
                tabIndex={isInteractive ? (index === stop ? 0 : -1) : undefined}
              >
                {onSelected ? (
                  <td className="px-3">
                    <input
                      aria-label={t("table.select.row", { name: name(row) })}
                      checked={isSelected}
                      className="size-4 accent-brand align-middle"
                      onChange={() => toggle(row)}
                      tabIndex={-1}
                      type="checkbox"
                    />
                  </td>
                ) : null}
                {columns.map((column) => (
                  <td
                    className={cx(
                      "h-11 px-3 py-1.5 align-middle",
                      column.align === "right" && "text-right whitespace-nowrap tabular",
                      column.wideOnly && "hidden md:table-cell",
                    )}
                    key={column.key}
                  >
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Head<Row>({
  column,
  sorting,
  onSort,
}: {
  readonly column: Column<Row>;
  readonly sorting: Sorting | null;
  readonly onSort: (sorting: Sorting | null) => void;
}) {
  const own = sorting?.key === column.key ? sorting : null;
  const next = own ? (own.down ? null : { key: column.key, down: true }) : { key: column.key, down: false };
  return (
    <th
      aria-sort={own ? (own.down ? "descending" : "ascending") : undefined}
      className={cx(
        "h-9 px-3 text-xs font-medium whitespace-nowrap text-ink-3",
        column.align === "right" ? "text-right" : "text-left",
        column.wideOnly && "hidden md:table-cell",
      )}
      scope="col"
    >
      {column.sort ? (
        <button
          className="inline-flex items-center gap-1 rounded-sm hover:text-ink"
          onClick={() => onSort(next)}
          title={t("table.sort", { name: column.title })}
          type="button"
        >
          {column.title}
          {own ? <Icon name={own.down ? "chevronDown" : "chevronUp"} size={12} /> : null}
        </button>
      ) : column.title === "" ? (
        <span className="sr-only">{t("table.actions")}</span>
      ) : (
        column.title
      )}
    </th>
  );
}

function sorted<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sorting: Sorting | null,
): readonly Row[] {
  const by = columns.find((column) => column.key === sorting?.key)?.sort;
  if (!by || !sorting) return rows;
  const order = [...rows].sort((a, b) => {
    const [x, y] = [by(a), by(b)];
    return typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
  });
  return sorting.down ? order.reverse() : order;
}

/** The foot of a list that the server pages. */
export function Pager({
  page,
  perPage,
  total,
  onPage,
}: {
  readonly page: number;
  readonly perPage: number;
  readonly total: number;
  readonly onPage: (page: number) => void;
}) {
  // An empty list says so itself.
  if (total === 0) return null;
  const pages = Math.max(1, Math.ceil(total / perPage));
  return (
    <div className="flex items-center justify-between gap-3 border-t border-line px-3 py-1 text-xs text-ink-2">
      <span className="tabular">{t("table.rows", { n: total })}</span>
      {pages > 1 ? (
        <span className="flex items-center gap-1">
          <IconButton
            disabled={page <= 1}
            icon="back"
            label={t("table.previous")}
            onClick={() => onPage(page - 1)}
          />
          <span className="tabular">{t("table.page", { n: page, m: pages })}</span>
          <IconButton
            disabled={page >= pages}
            icon="arrowRight"
            label={t("table.next")}
            onClick={() => onPage(page + 1)}
          />
        </span>
      ) : (
        <span className="h-9" />
      )}
    </div>
  );
}
