import type { ReactNode } from "react";
import { t } from "@/i18n";
import { Button } from "./Button";
import { Dialog } from "./Dialog";

interface ConfirmProps {
  /** What is asked. */
  readonly title: string;
  /** What the button does that goes on. */
  readonly act: string;
  /** What the other button says; it changes nothing. */
  readonly keep?: string;
  readonly look?: "danger" | "primary";
  readonly open?: boolean;
  readonly pending: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  /** What follows from it. */
  readonly children: ReactNode;
}

/** Asks before something that cannot be taken back. */
export function Confirm({ title, act, keep, look = "danger", open = true, pending, ...rest }: ConfirmProps) {
  return (
    <Dialog
      footer={
        <>
          <Button onClick={rest.onClose}>{keep ?? t("do.cancel")}</Button>
          <Button look={look} onClick={rest.onConfirm} pending={pending}>
            {act}
          </Button>
        </>
      }
      onClose={rest.onClose}
      open={open}
      title={title}
    >
      {rest.children}
    </Dialog>
  );
}
