import type { ReactNode } from "react";
import { cx } from "./cx";
import { When } from "./Values";

export interface Moment {
  readonly key: string;
  readonly at: string;
  readonly title: string;
  readonly detail?: ReactNode;
  readonly tone?: "good" | "bad" | "brand";
}

const DOTS = { good: "bg-good", bad: "bg-bad", brand: "bg-brand" } as const;

/** What happened, newest first. */
export function Timeline({ moments }: { readonly moments: readonly Moment[] }) {
  return (
    <ol className="flex flex-col">
      {moments.map((moment, index) => (
        <li className="relative flex gap-3 pb-4 last:pb-0" key={moment.key}>
          {index < moments.length - 1 ? (
            <span aria-hidden="true" className="absolute top-4 bottom-0 left-[4.5px] w-px bg-line" />
          ) : null}
          <span
            aria-hidden="true"
            className={cx(
              "mt-1.5 size-2.5 shrink-0 rounded-full",
              moment.tone ? DOTS[moment.tone] : "border-2 border-line-strong bg-surface",
            )}
          />
          <div className="flex min-w-0 flex-1 flex-wrap items-baseline justify-between gap-x-3">
            <div className="min-w-0">
              <p className="text-sm font-medium">{moment.title}</p>
              {moment.detail ? <div className="text-xs text-ink-2">{moment.detail}</div> : null}
            </div>
            <span className="text-xs text-ink-3">
              <When at={moment.at} />
            </span>
          </div>
        </li>
      ))}
    </ol>
  );
}
