import { cx } from "./cx";
import { Icon } from "./icons";

/** How far something has come: done, present, to come. */
export function Stepper({
  label,
  steps,
  current,
}: {
  readonly label: string;
  readonly steps: readonly { readonly key: string; readonly title: string }[];
  readonly current: number;
}) {
  return (
    <ol aria-label={label} className="flex items-start">
      {steps.map((step, index) => (
        <li
          aria-current={index === current ? "step" : undefined}
          className="relative flex min-w-0 flex-1 flex-col items-center gap-1.5 text-center"
          key={step.key}
        >
          {index > 0 ? (
            <span
              aria-hidden="true"
              className={cx(
                "absolute top-[11px] right-1/2 h-0.5 w-full",
                index <= current ? "bg-brand" : "bg-line",
              )}
            />
          ) : null}
          <span
            className={cx(
              "relative z-10 flex size-6 items-center justify-center rounded-full border-2 text-xs font-semibold tabular",
              index < current && "border-brand bg-brand text-brand-ink",
              index === current && "border-brand bg-surface text-brand-text",
              index > current && "border-line bg-surface text-ink-3",
            )}
          >
            {index < current ? <Icon name="check" size={13} /> : index + 1}
          </span>
          <span
            className={cx(
              "px-0.5 text-xs leading-tight",
              index === current ? "font-semibold text-ink" : "text-ink-3",
              index !== current && "max-sm:sr-only",
            )}
          >
            {step.title}
          </span>
        </li>
      ))}
    </ol>
  );
}
