import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiProblem } from "@/api/problem";
import { explain } from "@/api/explain";
import { t } from "@/i18n";
import { Button } from "./Button";
import { Icon, type IconName } from "./icons";

export function Empty({
  icon = "package",
  title,
  detail,
  heading: Title = "p",
  children,
}: {
  readonly icon?: IconName;
  readonly title: string;
  /** `h1` where this is the whole page. */
  readonly heading?: "p" | "h1";
  readonly detail?: string;
  readonly children?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-2 px-4 py-12 text-center">
      <span className="mb-1 flex size-11 items-center justify-center rounded-lg border border-line text-ink-3">
        <Icon name={icon} size={22} />
      </span>
      <Title className="font-medium">{title}</Title>
      {detail ? <p className="max-w-sm text-sm text-ink-2">{detail}</p> : null}
      {children ? <div className="mt-2 flex flex-wrap justify-center gap-2">{children}</div> : null}
    </div>
  );
}

/** Grey lines where the content will be, so that nothing jumps when it comes. */
export function Loading({ lines = 4 }: { readonly lines?: number }) {
  return (
    <div aria-busy="true" className="flex flex-col gap-3 p-4" role="status">
      <span className="sr-only">{t("state.loading")}</span>
      {Array.from({ length: lines }, (_, line) => (
        <span
          aria-hidden="true"
          className="h-4 animate-pulse-soft rounded-sm bg-sunken"
          key={line}
          style={{ width: `${92 - ((line * 23) % 41)}%` }}
        />
      ))}
    </div>
  );
}

export function ErrorState({
  problem,
  onRetry,
}: {
  readonly problem: unknown;
  readonly onRetry?: (() => void) | undefined;
}) {
  const id = problem instanceof ApiProblem ? problem.requestId : null;
  return (
    <div className="flex flex-col items-center gap-2 px-4 py-10 text-center" role="alert">
      <span className="mb-1 flex size-11 items-center justify-center rounded-lg bg-bad-soft text-bad">
        <Icon name="warning" size={22} />
      </span>
      <p className="font-medium">{t("state.error")}</p>
      <p className="max-w-sm text-sm text-ink-2">{explain(problem)}</p>
      {id ? <p className="font-mono text-xs text-ink-3">{t("problem.code", { code: id })}</p> : null}
      {onRetry ? (
        <div className="mt-2">
          <Button onClick={onRetry}>{t("do.retry")}</Button>
        </div>
      ) : null}
    </div>
  );
}

/** A query's states: what it answered stays on the page while it is read again, also when that fails. */
export function Loaded<T>({
  query,
  children,
  lines,
}: {
  readonly query: UseQueryResult<T, Error>;
  readonly children: (data: T) => ReactNode;
  readonly lines?: number;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) return <ErrorState onRetry={() => void query.refetch()} problem={query.error} />;
  // A read that waits for the network would load for ever.
  if (query.fetchStatus === "paused") {
    return <Empty detail={t("state.offline.none.detail")} icon="pulse" title={t("state.offline.none")} />;
  }
  return <Loading {...(lines === undefined ? {} : { lines })} />;
}

/** A sentence above a form or a page. */
export function Notice({
  tone,
  children,
}: {
  readonly tone: "info" | "warn" | "bad" | "good";
  readonly children: ReactNode;
}) {
  const tones = {
    info: "bg-info-soft text-info",
    warn: "bg-warn-soft text-warn",
    bad: "bg-bad-soft text-bad",
    good: "bg-good-soft text-good",
  };
  return (
    <div
      className={`flex items-start gap-2 rounded-md px-3 py-2.5 text-sm ${tones[tone]}`}
      role={tone === "bad" ? "alert" : "status"}
    >
      <Icon className="mt-0.5 shrink-0" name={tone === "good" ? "check" : "warning"} size={16} />
      <div className="min-w-0">{children}</div>
    </div>
  );
}
