import type { ReactNode } from "react";
import type { ApiProblem } from "@/api/problem";
import { FormProblem } from "./FormProblem";

interface FormProps {
  /** Why it was refused: said above the fields. */
  readonly problem: ApiProblem | null;
  /** The fields that say themselves what is wrong with them: what is wrong with others is said above. */
  readonly fields?: readonly string[];
  /** The browser asks for what is required before anything is sent; else the server says what is missing. */
  readonly asksFirst?: boolean;
  readonly onSubmit: () => void;
  readonly children: ReactNode;
}

/** What a page sends by a button or Enter, its fields below each other. */
export function Form({ problem, fields, asksFirst = false, onSubmit, children }: FormProps) {
  return (
    <form
      className="flex flex-col gap-4"
      noValidate={!asksFirst}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <FormProblem fields={fields} problem={problem} />
      {children}
    </form>
  );
}
