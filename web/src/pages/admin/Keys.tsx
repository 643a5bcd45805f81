import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { reads } from "@/api/queries";
import { Form } from "@/app/Form";
import { useSubmission } from "@/app/forms";
import { t, tKnown, useLocale } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { Confirm } from "@/ui/Confirm";
import { Dialog } from "@/ui/Dialog";
import { AreaField, TextField } from "@/ui/Field";
import { Empty, Loaded, Notice } from "@/ui/States";
import { Pager, Table } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { When } from "@/ui/Values";

const PER_PAGE = 50;

export function Keys() {
  useLocale();
  const queries = useQueryClient();
  const [page, setPage] = useState(1);
  const [adding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<{ readonly id: string; readonly name: string } | null>(null);
  const keys = useQuery(reads.keys({ page, per_page: PER_PAGE }));
  const revoke = useMutation({
    mutationFn: (id: string) => api.delete("/api/v1/api-keys/{id}", { path: { id } }),
    onSuccess: () => toast.done(t("keys.revoked")),
    onError: toast.failed,
    onSettled: () => {
      setRevoking(null);
      void queries.invalidateQueries({ queryKey: ["keys"] });
    },
  });
  return (
    <>
      <PageHead subtitle={t("keys.lead")} title={t("keys.title")}>
        <Button icon="plus" look="primary" onClick={() => setAdding(true)}>
          {t("keys.add")}
        </Button>
      </PageHead>
      <Card flush>
        <Loaded query={keys}>
          {({ data, meta }) => (
            <>
              <Table
                caption={t("keys.title")}
                columns={[
                  {
                    key: "name",
                    title: t("keys.name"),
                    cell: (key) => <span className="font-medium">{key.name ?? t("users.hidden")}</span>,
                    sort: (key) => key.name ?? "",
                  },
                  {
                    key: "role",
                    title: t("users.role"),
                    cell: (key) => tKnown("role", key.role),
                    sort: (key) => key.role,
                  },
                  {
                    key: "scopes",
                    title: t("keys.scopes"),
                    wideOnly: true,
                    cell: (key) =>
                      key.scopes ? (
                        <span className="font-mono text-xs">{key.scopes.join(", ")}</span>
                      ) : (
                        t("keys.scopes.all")
                      ),
                  },
                  {
                    key: "state",
                    title: t("keys.state"),
                    cell: (key) => (
                      <Badge tone={key.state === "active" ? "good" : "neutral"}>
                        {tKnown("keys.state", key.state)}
                      </Badge>
                    ),
                    sort: (key) => key.state,
                  },
                  {
                    key: "expires",
                    title: t("keys.expires"),
                    align: "right",
                    wideOnly: true,
                    cell: (key) => <When at={key.expires_at} style="date" />,
                    sort: (key) => key.expires_at,
                  },
                  {
                    key: "act",
                    title: "",
                    align: "right",
                    cell: (key) =>
                      key.state === "active" ? (
                        <Button
                          look="danger"
                          onClick={() => setRevoking({ id: key.id, name: key.name ?? key.id })}
                          size="sm"
                        >
                          {t("keys.revoke")}
                        </Button>
                      ) : null,
                  },
                ]}
                empty={<Empty icon="key" title={t("keys.none")} />}
                rowKey={(key) => key.id}
                rowName={(key) => key.name ?? key.id}
                rows={data}
              />
              <Pager
                onPage={setPage}
                page={page}
                perPage={PER_PAGE}
                total={meta.pagination?.total ?? data.length}
              />
            </>
          )}
        </Loaded>
      </Card>
      <Dialog onClose={() => setAdding(false)} open={adding} title={t("keys.add")}>
        <NewKey onDone={() => setAdding(false)} />
      </Dialog>
      <Confirm
        act={t("keys.revoke")}
        onClose={() => setRevoking(null)}
        onConfirm={() => revoking && revoke.mutate(revoking.id)}
        open={revoking !== null}
        pending={revoke.isPending}
        title={t("keys.revoke.sure", { name: revoking?.name ?? "" })}
      >
        <p className="text-sm text-ink-2">{t("keys.revoke.what")}</p>
      </Confirm>
    </>
  );
}

function NewKey({ onDone }: { readonly onDone: () => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState("");
  const [made, setMade] = useState<string | null>(null);
  const form = useSubmission(
    (body: { name: string; scopes?: string[] }, idempotencyKey) =>
      api.post("/api/v1/api-keys", { body, idempotencyKey }),
    ({ data }) => {
      setMade(data.key);
      void queries.invalidateQueries({ queryKey: ["keys"] });
    },
  );
  if (made !== null) {
    return (
      <div className="flex flex-col gap-4">
        <Notice tone="warn">{t("keys.once")}</Notice>
        <output className="rounded-md border border-line bg-sunken p-3 font-mono text-sm break-all">
          {made}
        </output>
        <div className="flex justify-end gap-2">
          <Button
            onClick={() => void navigator.clipboard.writeText(made).then(() => toast.done(t("do.copied")))}
          >
            {t("do.copy")}
          </Button>
          <Button look="primary" onClick={onDone}>
            {t("do.close")}
          </Button>
        </div>
      </div>
    );
  }
  return (
    <Form
      onSubmit={() => {
        const named = scopes.split(/\s+/).filter(Boolean);
        form.submit({ name, ...(named.length > 0 ? { scopes: named } : {}) });
      }}
      problem={form.problem}
    >
      <TextField
        autoFocus
        label={t("keys.name")}
        maxLength={80}
        onValue={setName}
        problem={form.at("name")}
        value={name}
      />
      <AreaField
        hint={t("keys.scopes.hint")}
        label={t("keys.scopes")}
        onValue={setScopes}
        optional
        problem={form.at("scopes")}
        rows={4}
        spellCheck={false}
        value={scopes}
      />
      <Button look="primary" pending={form.pending} type="submit">
        {t("keys.add")}
      </Button>
    </Form>
  );
}
