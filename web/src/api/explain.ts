import { t, tMaybe } from "@/i18n";
import { formatMoney } from "@/ui/format";
import { ApiProblem, type FieldProblem } from "./problem";

/** A refusal in words. */
export function explain(problem: unknown): string {
  if (!(problem instanceof ApiProblem)) return t("state.error");
  if (problem.isOffline) return t("problem.offline");
  const known = tMaybe("problem", problem.code);
  if (known !== null) return known;
  if (problem.status === 429) return t("problem.rate", { n: problem.retryAfter ?? 60 });
  if (problem.status >= 500) return t("problem.server");
  if (problem.status === 403) return t("problem.forbidden");
  if (problem.status === 404) return t("problem.notfound");
  if (problem.errors.length > 0) return t("problem.fields");
  return problem.message === "" ? t("problem.code", { code: problem.code }) : problem.message;
}

/** Bounds stand in the server's sentence only: `must be between 5 and 95`, `must be 1 to 100`, `at most 30 days`. */
const BETWEEN = /(-?\d[\d.]*) (?:and|to) (-?\d[\d.]*)/;
const BOUND = /at (least|most) (-?\d[\d.]*)/;
/** So do names that were typed: "there is no column `colour`". */
const NAMED = /`([^`]+)`/;
/** And amounts: "the minimum charge for this distance is 75.00 EUR". */
const AMOUNT = /(\d+\.\d+) ([A-Z]{3})/;
const BOUNDED = ["out_of_range", "invalid_length"];

/** A field's problem in words: the catalogue's, else the server's own. */
export function explainField(problem: FieldProblem | null): string | null {
  if (!problem) return null;
  if (BOUNDED.includes(problem.code)) {
    const [, n, m] = BETWEEN.exec(problem.detail) ?? [];
    if (n !== undefined && m !== undefined) return t("fieldproblem.between", { n: Number(n), m: Number(m) });
    const [, end, bound] = BOUND.exec(problem.detail) ?? [];
    if (bound !== undefined)
      return t(`fieldproblem.at_${end === "least" ? "least" : "most"}`, { n: Number(bound) });
  }
  const name = NAMED.exec(problem.detail)?.[1] ?? problem.field;
  const [, digits, currency] = AMOUNT.exec(problem.detail) ?? [];
  const amount = digits && currency ? formatMoney({ amount: digits, currency }) : "";
  const known = tMaybe("fieldproblem", problem.code, { name, amount });
  return known ?? (problem.detail || problem.code.replaceAll("_", " "));
}
