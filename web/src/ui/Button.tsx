import { Link, type LinkProps } from "@tanstack/react-router";
import type { ButtonHTMLAttributes, MouseEvent, ReactNode } from "react";
import { t } from "@/i18n";
import { cx } from "./cx";
import { Icon, type IconName } from "./icons";

type Look = "primary" | "secondary" | "quiet" | "danger";
type Size = "sm" | "md" | "lg";

const LOOKS: Record<Look, string> = {
  primary: "bg-brand text-brand-ink hover:bg-brand-hover",
  secondary: "bg-surface text-ink border border-line-strong/60 hover:border-line-strong hover:bg-sunken",
  quiet: "text-ink-2 hover:bg-sunken hover:text-ink",
  danger: "bg-surface text-bad border border-bad/50 hover:bg-bad-soft",
};
const SIZES: Record<Size, string> = {
  sm: "h-8 px-2.5 text-sm gap-1.5",
  md: "h-9 px-3.5 text-sm gap-2",
  lg: "h-12 px-5 text-base gap-2",
};

function looks(look: Look, size: Size, wide: boolean): string {
  return cx(
    "inline-flex items-center justify-center rounded-md font-medium whitespace-nowrap select-none transition-colors",
    "disabled:opacity-55 disabled:pointer-events-none aria-disabled:opacity-55 aria-disabled:cursor-default",
    LOOKS[look],
    SIZES[size],
    wide && "w-full",
  );
}

interface Shape {
  readonly look?: Look;
  readonly size?: Size;
  readonly wide?: boolean;
  readonly icon?: IconName;
  readonly children: ReactNode;
}

interface ButtonProps extends Shape, Omit<ButtonHTMLAttributes<HTMLButtonElement>, "children" | "className"> {
  /** What it set off is under way: it says so and cannot be pressed again. It keeps the focus, which `disabled` drops. */
  readonly pending?: boolean;
}

const ignore = (event: MouseEvent) => event.preventDefault();

export function Button({
  look = "secondary",
  size = "md",
  wide = false,
  icon,
  pending = false,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={pending || undefined}
      aria-disabled={pending || undefined}
      className={looks(look, size, wide)}
      onClick={pending ? ignore : rest.onClick}
    >
      {icon && !pending ? <Icon name={icon} size={16} /> : null}
      {pending ? <Spinner /> : null}
      {children}
    </button>
  );
}

/** A link that looks like a button, for what leads to another page. */
export function ButtonLink({
  look = "secondary",
  size = "md",
  wide = false,
  icon,
  children,
  ...link
}: Shape & LinkProps) {
  return (
    <Link {...link} className={looks(look, size, wide)}>
      {icon ? <Icon name={icon} size={16} /> : null}
      {children}
    </Link>
  );
}

/** The same for an address outside the app: a telephone, a map, a file. */
export function ButtonAnchor({
  look = "secondary",
  size = "md",
  wide = false,
  icon,
  children,
  href,
}: Shape & { readonly href: string }) {
  return (
    <a className={looks(look, size, wide)} href={href} rel="noopener">
      {icon ? <Icon name={icon} size={16} /> : null}
      {children}
    </a>
  );
}

interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "children" | "className"> {
  readonly icon: IconName;
  readonly label: string;
}

/** A button that is only a sign: its label is spoken and shown on hovering. */
export function IconButton({ icon, label, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      className="inline-flex size-9 items-center justify-center rounded-md text-ink-2 transition-colors hover:bg-sunken hover:text-ink disabled:opacity-40"
      title={label}
    >
      <Icon name={icon} />
    </button>
  );
}

export function Spinner() {
  return (
    <span
      aria-label={t("word.pending")}
      className="size-3.5 animate-spin rounded-full border-2 border-current border-t-transparent"
      role="status"
    />
  );
}
