import { t, tKnown } from "@/i18n";
import { ApiProblem, type FieldProblem } from "./problem";

/** Codes that people meet often enough to be told in their own language. */
const KNOWN = new Set([
  "login.invalid",
  "shipment.wrong_state",
  "shipment.window_closed",
  "shipment.has_bids",
  "shipment.already_rated",
  "shipment.rating_closed",
  "driver.suspended",
  "driver.taken",
  "driver.exists",
  "agent.exists",
  "bid.not_open",
  "bid.not_selected",
  "bid.confirmed_too_late",
  "bid.already_open",
  "user.oneself",
  "appointment.taken",
  "appointment.expired",
  "appointment.ended",
  "appointment.arrived",
  "appointment.too_many_holds",
  "facility.closed",
  "idempotency.in_progress",
]);

/** A refusal in words. */
export function explain(problem: unknown): string {
  if (!(problem instanceof ApiProblem)) return t("state.error");
  if (problem.isOffline) return t("problem.offline");
  if (KNOWN.has(problem.code)) return tKnown("problem", problem.code);
  if (problem.status === 429) return t("problem.rate", { n: problem.retryAfter ?? 60 });
  if (problem.status >= 500) return t("problem.server");
  if (problem.status === 403) return t("problem.forbidden");
  if (problem.status === 404) return t("problem.notfound");
  if (problem.errors.length > 0) return t("problem.fields");
  return problem.message === "" ? t("problem.code", { code: problem.code }) : problem.message;
}

/** A field's problem in words: the catalogue's, else the server's own. */
export function explainField(problem: FieldProblem | null): string | null {
  if (!problem) return null;
  const known = tKnown("fieldproblem", problem.code);
  const unknown = problem.code.replaceAll("_", " ");
  return known === unknown && problem.detail !== "" ? problem.detail : known;
}
