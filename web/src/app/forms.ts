import { useRef, useState } from "react";
import { explainField } from "@/api/explain";
import { ApiProblem, problemAt } from "@/api/problem";

const DRAFT = "autobroker.draft.";

/**
 * What is being typed, kept for this tab until it is sent: it survives a session that ends and a page that reloads.
 * Never give it a password.
 */
export function useDraft<T extends object>(
  name: string,
  initial: T,
): [T, (change: Partial<T>) => void, () => void] {
  const [draft, setDraft] = useState<T>(() => ({ ...initial, ...readDraft<T>(name) }));
  const change = (part: Partial<T>) => {
    setDraft((before) => {
      const next = { ...before, ...part };
      writeDraft(name, next);
      return next;
    });
  };
  const clear = () => {
    writeDraft(name, null);
    setDraft(initial);
  };
  return [draft, change, clear];
}

function readDraft<T>(name: string): Partial<T> {
  try {
    return JSON.parse(sessionStorage.getItem(DRAFT + name) ?? "{}") as Partial<T>;
  } catch {
    return {};
  }
}

function writeDraft(name: string, draft: object | null): void {
  try {
    if (draft === null) sessionStorage.removeItem(DRAFT + name);
    else sessionStorage.setItem(DRAFT + name, JSON.stringify(draft));
  } catch {
    // A browser that keeps nothing: the draft lives as long as the page.
  }
}

/** Forgets every draft, when another person may sit down at this device. */
export function forgetDrafts(): void {
  for (const name of Object.keys(sessionStorage)) {
    if (name.startsWith(DRAFT)) sessionStorage.removeItem(name);
  }
}

/** One key for as long as the same body is being sent, however often; another body gets another. */
export class IdempotencyKey {
  #body: string | null = null;
  #key = "";

  for(body: unknown): string {
    const text = JSON.stringify(body) ?? "";
    if (text !== this.#body) {
      this.#body = text;
      this.#key = crypto.randomUUID();
    }
    return this.#key;
  }

  /** It was answered: the same body would now be meant as another. */
  done(): void {
    this.#body = null;
  }
}

export interface Submission<B> {
  readonly pending: boolean;
  readonly problem: ApiProblem | null;
  readonly submit: (body: B) => void;
  /** What is wrong with a field, in words. */
  readonly at: (field: string) => string | null;
}

/**
 * Sends a form once, however often it is pressed: while a call is out nothing is sent, and a call that is repeated after
 * a lost answer carries the same key.
 */
export function useSubmission<B, A>(
  send: (body: B, key: string) => Promise<A>,
  onDone: (answer: A) => void,
): Submission<B> {
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const out = useRef(false);
  const [key] = useState(() => new IdempotencyKey());

  const submit = (body: B) => {
    if (out.current) return;
    out.current = true;
    setPending(true);
    setProblem(null);
    send(body, key.for(body))
      .then((answer) => {
        key.done();
        onDone(answer);
      })
      .catch((error: unknown) => {
        const refusal = error instanceof ApiProblem ? error : new ApiProblem(500, "page.defect", "");
        // A refusal was an answer: pressing again is another attempt. Only silence is asked about with the same key.
        if (!refusal.isPassing) key.done();
        setProblem(refusal);
      })
      .finally(() => {
        out.current = false;
        setPending(false);
      });
  };
  return { pending, problem, submit, at: (field) => explainField(problemAt(problem, field)) };
}
