import type { ReactNode } from "react";
import { cx } from "./cx";

interface CardProps {
  readonly title?: ReactNode;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
  /** The content reaches the edges: tables, maps. */
  readonly flush?: boolean;
}

/** A part of a page with a title of its own. */
export function Card({ title, aside, children, flush = false }: CardProps) {
  return (
    <section className="min-w-0 rounded-lg border border-line bg-surface">
      {title ? (
        <header className="flex min-h-11 flex-wrap items-center justify-between gap-x-3 gap-y-1 border-b border-line px-4 py-1.5">
          <h2 className="text-sm font-semibold">{title}</h2>
          {aside}
        </header>
      ) : null}
      <div className={cx(flush ? "overflow-hidden rounded-b-lg" : "p-4")}>{children}</div>
    </section>
  );
}

/** Names and values, such as the facts of a shipment. */
export function Facts({
  items,
  columns = 2,
}: {
  readonly items: readonly (readonly [string, ReactNode])[];
  readonly columns?: 1 | 2 | 3;
}) {
  return (
    <dl
      className={cx("grid gap-x-6 gap-y-3", columns > 1 && "grid-cols-2", columns === 3 && "lg:grid-cols-3")}
    >
      {items.map(([name, value]) => (
        <div className="min-w-0" key={name}>
          <dt className="text-xs text-ink-3">{name}</dt>
          <dd className="text-sm break-words text-ink">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** One figure that a page is about, and where it comes from. */
export function Figure({
  label,
  value,
  source,
}: {
  readonly label: string;
  readonly value: ReactNode;
  readonly source?: string;
}) {
  return (
    <div className="min-w-0">
      <p className="text-xs text-ink-3">{label}</p>
      <p className="text-xl font-semibold tracking-tight tabular">{value}</p>
      {source ? <p className="text-xs text-ink-3">{source}</p> : null}
    </div>
  );
}

/** Figures side by side, divided by lines. */
export function Figures({ children }: { readonly children: ReactNode }) {
  return (
    <div className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line lg:grid-flow-col lg:auto-cols-fr lg:grid-cols-none max-lg:[&>*:last-child:nth-child(odd)]:col-span-2 [&>*]:bg-surface [&>*]:px-4 [&>*]:py-3">
      {children}
    </div>
  );
}

/** The head of a page. */
export function PageHead({
  title,
  subtitle,
  children,
}: {
  readonly title: ReactNode;
  readonly subtitle?: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-4 gap-y-3 pb-4">
      <div className="min-w-[min(100%,18rem)] flex-1">
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        {subtitle ? <div className="mt-0.5 text-sm text-ink-2">{subtitle}</div> : null}
      </div>
      {children ? <div className="flex flex-wrap gap-2">{children}</div> : null}
    </header>
  );
}
