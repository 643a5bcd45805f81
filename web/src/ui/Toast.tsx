import { useSyncExternalStore } from "react";
import { explain } from "@/api/explain";
import { t } from "@/i18n";
import { IconButton } from "./Button";
import { cx } from "./cx";
import { Icon } from "./icons";

interface Toast {
  readonly id: number;
  readonly tone: "good" | "bad";
  readonly text: string;
}

/** A refusal stays longer than a success: it has to be read. */
const STAYS_MS = { good: 5000, bad: 12_000 } as const;
const MOST = 4;

let toasts: readonly Toast[] = [];
let next = 1;
const watchers = new Set<() => void>();

function set(change: readonly Toast[]): void {
  toasts = change;
  for (const call of [...watchers]) call();
}

function dismiss(id: number): void {
  set(toasts.filter((toast) => toast.id !== id));
}

function show(tone: Toast["tone"], text: string): void {
  const id = next++;
  set([...toasts, { id, tone, text }].slice(-MOST));
  setTimeout(() => dismiss(id), STAYS_MS[tone]);
}

/** Says what was done, or why not, wherever the person is by then. */
export const toast = {
  done: (text: string) => show("good", text),
  refused: (text: string) => show("bad", text),
  failed: (problem: unknown) => show("bad", explain(problem)),
};

export function Toaster() {
  const shown = useSyncExternalStore(
    (call) => {
      watchers.add(call);
      return () => watchers.delete(call);
    },
    () => toasts,
  );
  return (
    <div
      aria-label={t("toast.region")}
      aria-live="polite"
      className="pointer-events-none fixed inset-x-3 bottom-20 z-50 flex flex-col items-end gap-2 md:inset-x-6 md:bottom-6"
      role="region"
    >
      {shown.map((item) => (
        <div
          className="pointer-events-auto flex w-full max-w-sm animate-rise items-center gap-2.5 rounded-md border border-line bg-surface py-1.5 pr-1.5 pl-3 text-sm shadow-2"
          key={item.id}
        >
          <Icon
            className={cx("shrink-0", item.tone === "good" ? "text-good" : "text-bad")}
            name={item.tone === "good" ? "check" : "warning"}
          />
          <span className="min-w-0 flex-1">{item.text}</span>
          <IconButton icon="close" label={t("toast.dismiss")} onClick={() => dismiss(item.id)} />
        </div>
      ))}
    </div>
  );
}
