import { useId, useMemo, useState, type KeyboardEvent } from "react";
import { t } from "@/i18n";
import { cx } from "./cx";
import { Dialog } from "./Dialog";
import { Icon, type IconName } from "./icons";

export interface Command {
  readonly key: string;
  readonly group: string;
  readonly title: string;
  readonly hint?: string;
  readonly icon: IconName;
  readonly run: () => void;
}

interface PaletteProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly commands: readonly Command[];
  /** What is typed, for commands that are looked up. */
  readonly onQuery?: (query: string) => void;
}

const MOST = 12;

/** Commands whose title or hint holds every word, in the order they came. */
export function matching(commands: readonly Command[], query: string): readonly Command[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return commands
    .filter(({ title, hint = "" }) => {
      const text = `${title} ${hint}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .slice(0, MOST);
}

/** Everything that can be done from here, by typing. */
export function CommandPalette({ open, onClose, commands, onQuery }: PaletteProps) {
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const id = useId();
  const found = useMemo(() => matching(commands, query), [commands, query]);
  const at = Math.min(active, Math.max(0, found.length - 1));

  const close = () => {
    setQuery("");
    setActive(0);
    onQuery?.("");
    onClose();
  };
  const run = (command: Command | undefined) => {
    if (!command) return;
    close();
    command.run();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setActive(Math.min(found.length - 1, at + 1));
    else if (event.key === "ArrowUp") setActive(Math.max(0, at - 1));
    else if (event.key === "Enter") run(found[at]);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog onClose={close} open={open} title={t("palette.title")}>
      <div className="relative -mx-1">
        <Icon className="absolute top-1/2 left-3 -translate-y-1/2 text-ink-3" name="search" />
        <input
          aria-activedescendant={found[at] ? `${id}-${found[at].key}` : undefined}
          aria-controls={`${id}-list`}
          aria-expanded={found.length > 0}
          aria-label={t("palette.hint")}
          autoFocus
          className="h-11 w-full rounded-md border border-line-strong bg-surface pr-3 pl-10 text-base"
          onChange={(event) => {
            setQuery(event.target.value);
            setActive(0);
            onQuery?.(event.target.value);
          }}
          onKeyDown={onKey}
          placeholder={t("palette.hint")}
          role="combobox"
          value={query}
        />
      </div>
      <ul
        aria-label={t("palette.title")}
        className="-mx-1 mt-2 max-h-[50dvh] min-h-40 overflow-y-auto"
        id={`${id}-list`}
        role="listbox"
      >
        {found.map((command, index) => (
          <li
            aria-selected={index === at}
            className={cx(
              "flex h-10 cursor-pointer items-center gap-3 rounded-md px-3 text-sm",
              index === at && "bg-brand-soft",
            )}
            id={`${id}-${command.key}`}
            key={command.key}
            onClick={() => run(command)}
            onPointerMove={() => setActive(index)}
            role="option"
          >
            <Icon className="shrink-0 text-ink-3" name={command.icon} />
            <span className="min-w-0 flex-1 truncate font-medium">{command.title}</span>
            {command.hint ? <span className="truncate text-xs text-ink-3">{command.hint}</span> : null}
            <span className="text-xs text-ink-3 max-sm:hidden">{command.group}</span>
          </li>
        ))}
        {found.length === 0 ? (
          <li className="px-3 py-6 text-center text-sm text-ink-3">{t("palette.empty", { query })}</li>
        ) : null}
      </ul>
    </Dialog>
  );
}
