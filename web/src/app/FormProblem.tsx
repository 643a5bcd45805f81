import { explain, explainField } from "@/api/explain";
import { problemsElsewhere, type ApiProblem } from "@/api/problem";
import { t } from "@/i18n";
import { Notice } from "@/ui/States";

interface FormProblemProps {
  readonly problem: ApiProblem | null;
  /** The fields that the form shows: what is wrong with others is said here. Without it the form shows all there are. */
  readonly fields?: readonly string[] | undefined;
}

/** Why a form was refused, above it. */
export function FormProblem({ problem, fields }: FormProblemProps) {
  if (!problem) return null;
  return (
    <Notice tone="bad">
      {explain(problem)}
      {(fields ? problemsElsewhere(problem, fields) : []).map((error) => (
        <p key={error.field}>
          {t("problem.field.at", { field: error.field, detail: explainField(error) ?? "" })}
        </p>
      ))}
    </Notice>
  );
}
