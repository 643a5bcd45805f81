import {
  useId,
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
} from "react";
import { t } from "@/i18n";
import { cx } from "./cx";
import { Icon } from "./icons";

/** What a control needs to be tied to its label, hint and problem. */
export interface ControlProps {
  readonly id: string;
  readonly "aria-describedby"?: string;
  readonly "aria-invalid"?: true;
}

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  /** What is wrong with it, in words. */
  readonly problem?: string | null | undefined;
  readonly optional?: boolean | undefined;
  readonly children: (control: ControlProps) => ReactNode;
}

/** A control with its label, hint and problem. */
export function Field({ label, hint, problem, optional = false, children }: FieldProps) {
  const id = useId();
  const described = [hint ? `${id}-hint` : "", problem ? `${id}-problem` : ""].filter(Boolean).join(" ");
  const control: ControlProps = {
    id,
    ...(described ? { "aria-describedby": described } : {}),
    ...(problem ? { "aria-invalid": true as const } : {}),
  };
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label className="flex items-baseline gap-1.5 text-sm font-medium text-ink" htmlFor={id}>
        {label}
        {optional ? <span className="text-xs font-normal text-ink-3">{t("word.optional")}</span> : null}
      </label>
      {children(control)}
      {hint ? (
        <p className="text-xs text-ink-3" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
      {problem ? (
        <p className="flex items-start gap-1 text-xs font-medium text-bad" id={`${id}-problem`}>
          <Icon className="mt-px shrink-0" name="warning" size={14} />
          {problem}
        </p>
      ) : null}
    </div>
  );
}

const CONTROL =
  "w-full rounded-md border bg-surface px-3 text-base text-ink transition-colors sm:text-sm " +
  "border-line-strong hover:border-ink-3 focus-visible:outline-offset-0 " +
  "aria-invalid:border-bad disabled:bg-sunken disabled:text-ink-3";

interface InputProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "className" | "onChange"> {
  readonly onValue?: (value: string) => void;
  /** Shown inside, behind what is typed, such as `kg`. */
  readonly unit?: string;
}

export function Input({ onValue, unit, ...rest }: InputProps) {
  const input = (
    <input
      {...rest}
      className={cx(CONTROL, "h-11 sm:h-9", unit !== undefined && "pr-12 tabular")}
      onChange={(event) => onValue?.(event.target.value)}
    />
  );
  if (unit === undefined) return input;
  return (
    <span className="relative block">
      {input}
      <span
        aria-hidden="true"
        className="pointer-events-none absolute inset-y-0 right-3 flex items-center text-xs text-ink-3"
      >
        {unit}
      </span>
    </span>
  );
}

interface AreaProps extends Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "className" | "onChange"> {
  readonly onValue?: (value: string) => void;
}

export function TextArea({ onValue, ...rest }: AreaProps) {
  return (
    <textarea
      rows={3}
      {...rest}
      className={cx(CONTROL, "py-2")}
      onChange={(event) => onValue?.(event.target.value)}
    />
  );
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

interface SelectProps extends Omit<SelectHTMLAttributes<HTMLSelectElement>, "className" | "onChange"> {
  readonly choices: readonly Choice[];
  readonly onValue?: (value: string) => void;
}

export function Select({ choices, onValue, ...rest }: SelectProps) {
  return (
    <span className="relative block">
      <select
        {...rest}
        className={cx(CONTROL, "h-11 appearance-none pr-9 sm:h-9")}
        onChange={(event) => onValue?.(event.target.value)}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
      <Icon
        className="pointer-events-none absolute top-1/2 right-2.5 -translate-y-1/2 text-ink-3"
        name="chevronDown"
        size={16}
      />
    </span>
  );
}

type Labelled = Omit<FieldProps, "children">;

/** A line of text to type, with its label, hint and problem. */
export function TextField({ label, hint, problem, optional, ...input }: Labelled & InputProps) {
  return (
    <Field hint={hint} label={label} optional={optional} problem={problem}>
      {(control) => <Input {...input} {...control} />}
    </Field>
  );
}

/** Several lines of text to type, with their label, hint and problem. */
export function AreaField({ label, hint, problem, optional, ...area }: Labelled & AreaProps) {
  return (
    <Field hint={hint} label={label} optional={optional} problem={problem}>
      {(control) => <TextArea {...area} {...control} />}
    </Field>
  );
}

/** One of several to choose, with its label, hint and problem. */
export function SelectField({ label, hint, problem, optional, ...select }: Labelled & SelectProps) {
  return (
    <Field hint={hint} label={label} optional={optional} problem={problem}>
      {(control) => <Select {...select} {...control} />}
    </Field>
  );
}

interface CheckProps {
  readonly label: string;
  readonly hint?: string;
  readonly checked: boolean;
  readonly onChecked: (checked: boolean) => void;
  readonly disabled?: boolean;
}

export function Checkbox({ label, hint, checked, onChecked, disabled = false }: CheckProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5">
      <input
        aria-describedby={hint ? `${id}-hint` : undefined}
        checked={checked}
        className="mt-0.5 size-4.5 shrink-0 accent-brand"
        disabled={disabled}
        id={id}
        onChange={(event) => onChecked(event.target.checked)}
        type="checkbox"
      />
      <div className="min-w-0">
        <label className="text-sm font-medium" htmlFor={id}>
          {label}
        </label>
        {hint ? (
          <p className="text-xs text-ink-3" id={`${id}-hint`}>
            {hint}
          </p>
        ) : null}
      </div>
    </div>
  );
}

interface FileInputProps {
  readonly accept: string;
  /** What was chosen, by its name. */
  readonly name: string | null;
  readonly onFile: (file: File | null) => void;
}

/** A file, chosen in the page's own language: what a browser draws for it speaks the browser's. */
export function FileInput({ accept, name, onFile, ...control }: FileInputProps & ControlProps) {
  return (
    <label className="flex min-h-11 cursor-pointer items-center gap-2 rounded-md border border-dashed border-line-strong px-3 text-sm hover:bg-sunken has-focus-visible:outline-2 has-focus-visible:outline-[var(--focus)] has-aria-invalid:border-bad sm:min-h-9">
      <Icon className="shrink-0 text-ink-3" name="upload" size={16} />
      <span className={cx("min-w-0 truncate", name === null && "text-ink-2")}>
        {name ?? t("file.choose")}
      </span>
      <input
        {...control}
        accept={accept}
        className="sr-only"
        onChange={(event) => onFile(event.target.files?.[0] ?? null)}
        type="file"
      />
    </label>
  );
}

interface SwitchProps {
  readonly label: string;
  readonly on: boolean;
  readonly onSwitch: (on: boolean) => void;
  readonly pending?: boolean;
}

/** Something that takes effect at once, unlike a checkbox in a form. */
export function Switch({ label, on, onSwitch, pending = false }: SwitchProps) {
  return (
    <button
      aria-busy={pending || undefined}
      aria-checked={on}
      aria-disabled={pending || undefined}
      aria-label={label}
      className={cx(
        "relative inline-flex h-8 w-14 shrink-0 items-center rounded-full border transition-colors aria-disabled:opacity-60",
        on ? "border-brand bg-brand" : "border-line-strong bg-sunken",
      )}
      onClick={() => pending || onSwitch(!on)}
      role="switch"
      type="button"
    >
      <span
        className={cx(
          "size-6 rounded-full shadow-1 transition-transform",
          on ? "translate-x-6.5 bg-brand-ink" : "translate-x-1 bg-ink-3",
        )}
      />
    </button>
  );
}

interface RadioProps {
  readonly legend: string;
  readonly name: string;
  readonly value: string;
  readonly choices: readonly (Choice & { readonly hint?: string })[];
  readonly onValue: (value: string) => void;
  readonly columns?: 1 | 2 | 3;
}

const COLUMNS = { 1: "", 2: "sm:grid-cols-2", 3: "sm:grid-cols-3" } as const;

/** A choice whose alternatives deserve a sentence each. */
export function RadioCards({ legend, name, value, choices, onValue, columns = 3 }: RadioProps) {
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">{legend}</legend>
      <div className={cx("grid gap-2", COLUMNS[columns])}>
        {choices.map((choice) => (
          <label
            className={cx(
              "flex cursor-pointer items-start gap-2.5 rounded-md border px-3 py-2.5 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-[var(--focus)]",
              value === choice.value ? "border-brand bg-brand-soft" : "border-line hover:border-line-strong",
            )}
            key={choice.value}
          >
            <input
              checked={value === choice.value}
              className="mt-0.5 size-4 shrink-0 accent-brand outline-none"
              name={name}
              onChange={() => onValue(choice.value)}
              type="radio"
              value={choice.value}
            />
            <span className="min-w-0">
              <span className="block text-sm font-medium">{choice.label}</span>
              {choice.hint ? <span className="block text-xs text-ink-2">{choice.hint}</span> : null}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
