import { useId, useLayoutEffect, useRef, type ReactNode } from "react";
import { t } from "@/i18n";
import { IconButton } from "./Button";
import { cx } from "./cx";

interface DialogProps {
  readonly open: boolean;
  readonly title: string;
  readonly children: ReactNode;
  readonly footer?: ReactNode;
  readonly wide?: boolean;
  /** Without it the dialog cannot be left: something must be decided. */
  readonly onClose?: (() => void) | undefined;
}

/** A modal dialog: the browser keeps the focus inside and gives it back afterwards. On a phone it rises from below. */
export function Dialog({ open, title, children, footer, wide = false, onClose }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Closed while it is still on the page, also by whoever takes it away: only then does the focus go back.
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog || !open) return;
    dialog.showModal();
    return () => dialog.close();
  }, [open]);
  return (
    <dialog
      aria-labelledby={id}
      className={cx(
        "m-0 mt-auto w-full max-w-full rounded-t-lg border border-line bg-surface p-0 shadow-3 backdrop:bg-scrim open:animate-rise sm:m-auto sm:rounded-lg",
        wide ? "sm:max-w-3xl" : "sm:max-w-lg",
      )}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      ref={ref}
    >
      {open ? (
        <div className="flex max-h-[85dvh] flex-col">
          <header className="flex items-center justify-between gap-3 border-b border-line py-2.5 pr-2.5 pl-5">
            <h2 className="text-base font-semibold" id={id}>
              {title}
            </h2>
            {onClose ? (
              <IconButton icon="close" label={t("do.close")} onClick={onClose} />
            ) : (
              <span className="h-9" />
            )}
          </header>
          <div className="min-h-0 overflow-y-auto px-5 py-4">{children}</div>
          {footer ? (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">
              {footer}
            </footer>
          ) : null}
        </div>
      ) : null}
    </dialog>
  );
}
