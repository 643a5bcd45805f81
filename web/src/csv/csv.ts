/** Reads and writes comma-separated values (RFC 4180), with `;` where that is what separates. */

export class CsvProblem extends Error {
  override readonly name = "CsvProblem";
  constructor(readonly line: number) {
    super(`a quote is not closed in line ${line}`);
  }
}

/** The rows of a text; empty lines are left out. Fails with `CsvProblem` when a quote is never closed. */
export function parseCsv(text: string): string[][] {
  const source = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const mark = separatorOf(source);
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  let line = 1;
  let quoteLine = 1;
  const endRow = () => {
    row.push(cell);
    if (row.some((value) => value.trim() !== "")) rows.push(row.map((value) => value.trim()));
    row = [];
    cell = "";
  };
  for (let at = 0; at < source.length; at += 1) {
    const char = source[at] ?? "";
    if (char === "\n") line += 1;
    if (quoted) {
      if (char === '"' && source[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else if (char === '"') {
        quoted = false;
      } else {
        cell += char;
      }
    } else if (char === '"' && cell.trim() === "") {
      cell = "";
      quoted = true;
      quoteLine = line;
    } else if (char === mark) {
      row.push(cell);
      cell = "";
    } else if (char === "\n" || char === "\r") {
      if (char === "\r" && source[at + 1] === "\n") continue;
      endRow();
    } else {
      cell += char;
    }
  }
  if (quoted) throw new CsvProblem(quoteLine);
  endRow();
  return rows;
}

/** The mark that the first line has most of. */
function separatorOf(text: string): string {
  const head = text
    .slice(0, text.indexOf("\n") < 0 ? text.length : text.indexOf("\n"))
    .replaceAll(/"[^"]*"/g, "");
  const count = (mark: string) => head.split(mark).length;
  return [",", ";", "\t"].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}

/**
 * Rows as a text that a spreadsheet opens. A cell that a spreadsheet would take for a formula is given an apostrophe:
 * addresses come from other people.
 */
export function writeCsv(rows: readonly (readonly (string | number | null | undefined)[])[]): string {
  const cell = (value: string | number | null | undefined) => {
    const text = String(value ?? "");
    const safe =
      typeof value === "string" && /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text))
        ? `'${text}`
        : text;
    return /[",;\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** Hands a text to the device as a file; the mark in front tells spreadsheets that it is UTF-8. */
export function download(name: string, text: string): void {
  saveFile(name, new Blob(["\uFEFF", text], { type: "text/csv;charset=utf-8" }));
}

/** Hands bytes to the device as a file. */
export function saveFile(name: string, bytes: Blob): void {
  const address = URL.createObjectURL(bytes);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The download has its own hold on the bytes once it has begun.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
