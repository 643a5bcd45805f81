import type { ErrorComponentProps } from "@tanstack/react-router";
import { t } from "@/i18n";
import { Button } from "@/ui/Button";
import { Empty } from "@/ui/States";

/** A defect of a page. It takes down that page only. */
export function Crashed({ error }: ErrorComponentProps) {
  return (
    <Empty
      detail={t("app.crashed.detail", {
        code: error instanceof Error ? error.message.slice(0, 80) : String(error),
      })}
      icon="warning"
      title={t("app.crashed")}
    >
      <Button look="primary" onClick={() => window.location.reload()}>
        {t("app.reload")}
      </Button>
    </Empty>
  );
}
