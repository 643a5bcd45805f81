import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { may } from "@/api/desk";
import type { Alert } from "@/api/types";
import { useKnownMe } from "@/app/useMe";
import { t, tKnown } from "@/i18n";
import { Button } from "@/ui/Button";
import { toast } from "@/ui/Toast";
import { isOver } from "./alerts";

type Act = "acknowledge" | "close";

/** What somebody at the desk does about an alert: takes it up, or settles it. */
export function AlertButtons({ alert }: { readonly alert: Alert }) {
  const me = useKnownMe();
  const queries = useQueryClient();
  const acts = useMutation({
    mutationFn: (act: Act) => {
      const once = { path: { id: alert.id }, idempotencyKey: `${act}-${alert.id}` };
      return act === "close"
        ? api.post("/api/v1/alerts/{id}/close", once)
        : api.post("/api/v1/alerts/{id}/acknowledge", once);
    },
    onSuccess: (_, act) => toast.done(t(`alerts.done.${act}`)),
    onError: toast.failed,
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ["alerts"] });
      void queries.invalidateQueries({ queryKey: ["queue"] });
      void queries.invalidateQueries({ queryKey: ["shipment", alert.shipment_id] });
    },
  });
  if (isOver(alert) || !may(me.role, "resolve")) return null;
  const button = (act: Act) => (
    <Button
      aria-label={t(`alerts.${act}.of`, { name: tKnown("queue.reason", alert.kind) })}
      look={act === "close" ? "secondary" : "quiet"}
      onClick={() => acts.mutate(act)}
      pending={acts.isPending && acts.variables === act}
      size="sm"
    >
      {t(`alerts.${act}`)}
    </Button>
  );
  return (
    <span className="flex flex-wrap justify-end gap-1.5">
      {alert.state === "open" ? button("acknowledge") : null}
      {button("close")}
    </span>
  );
}
