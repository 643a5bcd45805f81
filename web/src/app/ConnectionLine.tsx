import { t, type TextKey } from "@/i18n";
import { useLiveState, type LiveState } from "@/live";
import { cx } from "@/ui/cx";
import { useOnline } from "./useOnline";

const WORDS: Partial<Record<LiveState, readonly [TextKey, string]>> = {
  live: ["state.live", "bg-good"],
  connecting: ["state.connecting", "bg-line-strong"],
  waiting: ["state.stale", "bg-warn"],
  offline: ["state.offline.short", "bg-bad"],
};

/** How current the page is, in a word. Pages without live topics say nothing. */
export function ConnectionDot() {
  const state = useLiveState();
  const online = useOnline();
  const words = WORDS[online ? state : "offline"];
  if (!words) return null;
  return (
    <span className="flex items-center gap-1.5 text-xs text-ink-2" role="status">
      <span aria-hidden="true" className={cx("size-2 rounded-full", words[1])} />
      {t(words[0])}
    </span>
  );
}

/** A line over the page while nothing arrives. */
export function ConnectionLine() {
  const state = useLiveState();
  const online = useOnline();
  if (online && state !== "waiting") return null;
  return (
    <p className="bg-warn-soft px-4 py-1.5 text-center text-sm font-medium text-warn" role="status">
      {t(online ? "state.waiting" : "state.offline")}
    </p>
  );
}
