import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import type { Fact } from "@/api/desk";
import { t } from "@/i18n";
import { Icon } from "@/ui/icons";
import { When } from "@/ui/Values";
import { particularsOf, shortId } from "./facts";

/** A fact of the log: what, of what, when, by whom; opened, all its particulars and what caused it. */
export function FactRow({ fact, inStream = false }: { readonly fact: Fact; readonly inStream?: boolean }) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  return (
    <li className="border-b border-line last:border-0" id={`fact-${fact.position}`}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 sm:flex-nowrap">
        <button
          aria-controls={id}
          aria-expanded={isOpen}
          className="flex min-w-0 flex-1 basis-full items-center gap-2 rounded-sm text-left sm:basis-0"
          onClick={() => setOpen(!isOpen)}
          type="button"
        >
          <Icon className="shrink-0 text-ink-3" name={isOpen ? "chevronDown" : "chevronRight"} size={16} />
          <span className="min-w-0">
            <span className="block font-mono text-sm break-all">{fact.type}</span>
            <span className="block text-xs text-ink-3">
              <When at={fact.time} /> {"·"} {shortId(fact.actor)}
            </span>
          </span>
        </button>
        <span className="flex shrink-0 items-center gap-3 pl-6 text-xs text-ink-3 tabular sm:pl-0">
          {inStream ? null : (
            <Link
              className="inline-flex min-h-6 items-center rounded-sm font-mono text-brand-text hover:underline"
              params={{ stream: fact.stream }}
              title={fact.stream}
              to="/events/$stream"
            >
              {shortId(fact.stream)}
            </Link>
          )}
          <span title={t("events.version")}>{t("events.number", { n: fact.version })}</span>
          <span className="w-20 text-right" title={t("events.position")}>
            {t("events.at", { n: fact.position })}
          </span>
        </span>
      </div>
      {isOpen ? <Particulars fact={fact} id={id} /> : null}
    </li>
  );
}

function Particulars({ fact, id }: { readonly fact: Fact; readonly id: string }) {
  const rows = particularsOf(fact.data);
  return (
    <div className="border-t border-line/70 bg-ground px-4 py-3 sm:pl-9" id={id}>
      <dl className="grid gap-x-4 gap-y-1 text-xs sm:grid-cols-[minmax(8rem,auto)_minmax(0,1fr)]">
        {rows.map(({ path, value, kind }) => (
          <div className="contents" key={path}>
            <dt className="font-mono text-ink-3">{path}</dt>
            <dd className="font-mono break-all max-sm:pb-1.5">
              {kind === "instant" ? <When at={value} style="full" /> : null}
              {kind === "id" ? (
                <Link
                  className="rounded-sm text-brand-text hover:underline"
                  search={{ q: value }}
                  to="/events"
                >
                  {value}
                </Link>
              ) : null}
              {kind === "text" ? value : null}
            </dd>
          </div>
        ))}
        <div className="contents">
          <dt className="font-mono text-ink-3">{t("events.correlation")}</dt>
          <dd className="font-mono break-all">{fact.correlation_id}</dd>
        </div>
        <div className="contents">
          <dt className="font-mono text-ink-3">{t("events.causation")}</dt>
          <dd className="font-mono">
            {fact.causation === 0 ? t("word.none") : t("events.at", { n: fact.causation })}
          </dd>
        </div>
      </dl>
    </div>
  );
}
