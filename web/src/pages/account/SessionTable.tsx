import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { reads } from "@/api/queries";
import { t } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Empty, Loaded } from "@/ui/States";
import { Table } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { When } from "@/ui/Values";

/** The open sessions of the caller, or of somebody whose device was stolen: each can be ended. */
export function SessionTable({ user }: { readonly user?: string }) {
  const queries = useQueryClient();
  const sessions = useQuery(reads.sessions(user));
  const end = useMutation({
    mutationFn: (id: string) => api.delete("/api/v1/sessions/{id}", { path: { id } }),
    onSuccess: () => toast.done(t("me.sessions.ended")),
    onError: toast.failed,
    onSettled: () => queries.invalidateQueries({ queryKey: ["sessions"] }),
  });
  return (
    <Loaded query={sessions}>
      {(list) => (
        <Table
          caption={t("me.sessions")}
          columns={[
            {
              key: "opened",
              title: t("me.sessions.opened"),
              cell: (session) => (
                <span className="flex flex-wrap items-center gap-2">
                  <When at={session.opened_at} />
                  {session.current ? <Badge tone="brand">{t("me.sessions.this")}</Badge> : null}
                </span>
              ),
            },
            {
              key: "refreshed",
              title: t("me.sessions.refreshed"),
              wideOnly: true,
              cell: (session) => <When at={session.refreshed_at} />,
            },
            {
              key: "expires",
              title: t("me.sessions.expires"),
              cell: (session) => <When at={session.expires_at} />,
            },
            {
              key: "end",
              title: "",
              align: "right",
              cell: (session) =>
                session.current ? null : (
                  <Button
                    onClick={() => end.mutate(session.id)}
                    pending={end.isPending && end.variables === session.id}
                    size="sm"
                  >
                    {t("me.sessions.end")}
                  </Button>
                ),
            },
          ]}
          empty={<Empty icon="device" title={t("me.sessions.none")} />}
          rowKey={(session) => session.id}
          rows={list}
        />
      )}
    </Loaded>
  );
}
