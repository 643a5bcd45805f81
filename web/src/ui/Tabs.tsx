import { useEffect, useId, useRef, type KeyboardEvent, type ReactNode } from "react";
import { cx } from "./cx";

export interface Tab {
  readonly key: string;
  readonly title: string;
  readonly count?: number;
}

interface TabsProps {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly current: string;
  readonly onTab: (key: string) => void;
  readonly children: ReactNode;
}

/** Views of one thing. Arrows move between the tabs, Tab goes into the content. */
export function Tabs({ label, tabs, current, onTab, children }: TabsProps) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  // Where they do not all fit, the chosen one is in the middle.
  useEffect(() => {
    const chosen = list.current?.querySelector<HTMLElement>("[aria-selected=true]");
    if (!list.current || !chosen) return;
    list.current.scrollLeft = chosen.offsetLeft - (list.current.clientWidth - chosen.offsetWidth) / 2;
  }, [current]);
  const onKey = (event: KeyboardEvent) => {
    const at = tabs.findIndex((tab) => tab.key === current);
    const steps: Record<string, number> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      Home: 0,
      End: tabs.length - 1,
    };
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + tabs.length) % tabs.length;
    const tab = tabs[next];
    if (tab) onTab(tab.key);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  };
  return (
    <>
      <div
        aria-label={label}
        className="relative flex gap-1 overflow-x-auto border-b border-line"
        ref={list}
        role="tablist"
      >
        {tabs.map((tab) => (
          <button
            aria-controls={`${id}-panel`}
            aria-selected={tab.key === current}
            className={cx(
              "-mb-px flex h-10 items-center gap-2 border-b-2 px-3 text-sm font-medium whitespace-nowrap -outline-offset-2",
              tab.key === current ? "border-brand text-ink" : "border-transparent text-ink-2 hover:text-ink",
            )}
            id={`${id}-${tab.key}`}
            key={tab.key}
            onClick={() => onTab(tab.key)}
            onKeyDown={onKey}
            role="tab"
            tabIndex={tab.key === current ? 0 : -1}
            type="button"
          >
            {tab.title}
            {tab.count === undefined ? null : (
              <span className="rounded-sm bg-sunken px-1.5 text-xs text-ink-2 tabular">{tab.count}</span>
            )}
          </button>
        ))}
      </div>
      <div aria-labelledby={`${id}-${current}`} className="pt-4" id={`${id}-panel`} role="tabpanel">
        {children}
      </div>
    </>
  );
}
