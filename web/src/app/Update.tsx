import { useRegisterSW } from "virtual:pwa-register/react";
import { t } from "@/i18n";
import { Button, IconButton } from "@/ui/Button";

/** Offers a newer version when one has been fetched; it is never loaded under somebody's hands. */
export function Update() {
  const {
    needRefresh: [ready, setReady],
    updateServiceWorker,
  } = useRegisterSW();
  if (!ready) return null;
  return (
    <div
      className="fixed inset-x-3 bottom-20 z-50 mx-auto flex max-w-md items-center gap-3 rounded-md border border-line bg-surface py-2 pr-2 pl-4 text-sm shadow-2 md:bottom-6"
      role="status"
    >
      <span className="flex-1">{t("app.update")}</span>
      <Button look="primary" onClick={() => void updateServiceWorker(true)} size="sm">
        {t("app.update.load")}
      </Button>
      <IconButton icon="close" label={t("toast.dismiss")} onClick={() => setReady(false)} />
    </div>
  );
}
