import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { reads } from "@/api/queries";
import type { Role, User } from "@/api/types";
import { Form } from "@/app/Form";
import { useDraft, useSubmission } from "@/app/forms";
import { useKnownMe } from "@/app/useMe";
import { t, tKnown, useLocale } from "@/i18n";
import { SessionTable } from "@/pages/account/SessionTable";
import { useOrganisations } from "@/pages/operations/useOrganisations";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { Confirm } from "@/ui/Confirm";
import { Dialog } from "@/ui/Dialog";
import { Select, SelectField, TextField } from "@/ui/Field";
import { Empty, Loaded } from "@/ui/States";
import { Pager, Table } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { When } from "@/ui/Values";

export const ROLES: readonly Role[] = [
  "shipper",
  "carrier",
  "driver",
  "facility",
  "broker",
  "supervisor",
  "finance",
  "support",
  "auditor",
  "admin",
];
const PER_PAGE = 50;
/** Who ends a session that was stolen. */
const ENDS_SESSIONS: readonly Role[] = ["support", "admin"];

export function Users() {
  useLocale();
  const me = useKnownMe();
  const [role, setRole] = useState("");
  const [page, setPage] = useState(1);
  const [adding, setAdding] = useState(false);
  const wanted = ROLES.find((known) => known === role);
  const users = useQuery(reads.users({ page, per_page: PER_PAGE, ...(wanted ? { role: wanted } : {}) }));
  return (
    <>
      <PageHead title={t("users.title")}>
        <div className="w-44">
          <Select
            aria-label={t("users.role")}
            choices={[
              { value: "", label: t("word.all") },
              ...ROLES.map((value) => ({ value, label: tKnown("role", value) })),
            ]}
            onValue={(next) => {
              setRole(next);
              setPage(1);
            }}
            value={role}
          />
        </div>
        {me.role === "admin" ? (
          <Button icon="plus" look="primary" onClick={() => setAdding(true)}>
            {t("users.add")}
          </Button>
        ) : null}
      </PageHead>
      <Card flush>
        <Loaded lines={8} query={users}>
          {({ data, meta }) => (
            <>
              <UserTable mayChange={me.role === "admin"} own={me.id} users={data} />
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
      <Dialog onClose={() => setAdding(false)} open={adding} title={t("users.add")}>
        <NewUser onDone={() => setAdding(false)} />
      </Dialog>
    </>
  );
}

function UserTable({
  users,
  own,
  mayChange,
}: {
  readonly users: readonly User[];
  readonly own: string;
  readonly mayChange: boolean;
}) {
  const queries = useQueryClient();
  const [erasing, setErasing] = useState<User | null>(null);
  const [looking, setLooking] = useState<User | null>(null);
  const me = useKnownMe();
  const settled = () => queries.invalidateQueries({ queryKey: ["users"] });
  const change = useMutation({
    mutationFn: ({ id, ...body }: { id: string; role?: Role; state?: "active" | "disabled" }) =>
      api.patch("/api/v1/users/{id}", { path: { id }, body }),
    onSuccess: () => toast.done(t("users.changed")),
    onError: toast.failed,
    onSettled: settled,
  });
  const erase = useMutation({
    mutationFn: (id: string) => api.delete("/api/v1/users/{id}", { path: { id } }),
    onSuccess: () => toast.done(t("users.changed")),
    onError: toast.failed,
    onSettled: () => {
      setErasing(null);
      void settled();
    },
  });
  const nameOf = (user: User) => user.name ?? t("users.hidden");
  const organisationOf = useOrganisations(users.map((user) => user.organisation_id));
  const sessions = (user: User) =>
    ENDS_SESSIONS.includes(me.role) && user.state === "active" ? (
      <Button
        aria-label={t("users.sessions.of", { name: nameOf(user) })}
        look="quiet"
        onClick={() => setLooking(user)}
        size="sm"
      >
        {t("me.sessions")}
      </Button>
    ) : null;
  const acts = (user: User) =>
    mayChange && user.id !== own && user.state !== "erased" ? (
      <span className="flex flex-wrap gap-1.5 md:flex-nowrap md:justify-end">
        {sessions(user)}
        <Button
          onClick={() =>
            change.mutate({ id: user.id, state: user.state === "active" ? "disabled" : "active" })
          }
          pending={change.isPending && change.variables.id === user.id}
          size="sm"
        >
          {t(user.state === "active" ? "users.disable" : "users.enable")}
        </Button>
        <Button look="danger" onClick={() => setErasing(user)} size="sm">
          {t("users.erase")}
        </Button>
      </span>
    ) : (
      sessions(user)
    );
  return (
    <>
      <Table
        caption={t("users.title")}
        columns={[
          {
            key: "name",
            title: t("users.name"),
            cell: (user) => (
              <span>
                <span className="block font-medium">{nameOf(user)}</span>
                <span className="block text-xs break-all text-ink-3">{user.email ?? user.phone ?? ""}</span>
                {user.state === "active" ? null : (
                  <span className="text-xs text-ink-2 md:hidden">{tKnown("standing", user.state)}</span>
                )}
              </span>
            ),
            sort: nameOf,
          },
          {
            key: "role",
            title: t("users.role"),
            sort: (user) => user.role,
            cell: (user) =>
              mayChange && user.id !== own && user.state !== "erased" ? (
                <span className="flex w-44 flex-col gap-1.5 py-1.5 md:w-40 md:py-0">
                  <Select
                    aria-label={t("users.role.of", { name: nameOf(user) })}
                    choices={ROLES.map((value) => ({ value, label: tKnown("role", value) }))}
                    onValue={(role) => change.mutate({ id: user.id, role: role as Role })}
                    value={user.role}
                  />
                  <span className="md:hidden">{acts(user)}</span>
                </span>
              ) : (
                <span className="flex flex-col items-start gap-1">
                  {tKnown("role", user.role)}
                  <span className="md:hidden">{sessions(user)}</span>
                </span>
              ),
          },
          {
            key: "state",
            title: t("users.state"),
            wideOnly: true,
            cell: (user) => (
              <Badge tone={user.state === "active" ? "good" : "neutral"}>
                {tKnown("standing", user.state)}
              </Badge>
            ),
            sort: (user) => user.state,
          },
          {
            key: "organisation",
            title: t("users.organisation"),
            wideOnly: true,
            cell: (user) => (
              <span className="block max-w-56 truncate text-ink-2">
                {organisationOf(user.organisation_id)}
              </span>
            ),
            sort: (user) => organisationOf(user.organisation_id),
          },
          {
            key: "created",
            title: t("users.created"),
            align: "right",
            wideOnly: true,
            cell: (user) => <When at={user.created_at} style="date" />,
            sort: (user) => user.created_at,
          },
          {
            key: "act",
            title: "",
            align: "right",
            wideOnly: true,
            cell: acts,
          },
        ]}
        empty={<Empty icon="people" title={t("users.none")} />}
        rowKey={(user) => user.id}
        rowName={nameOf}
        rows={users}
      />
      <Dialog
        onClose={() => setLooking(null)}
        open={looking !== null}
        title={t("users.sessions.of", { name: looking ? nameOf(looking) : "" })}
        wide
      >
        {looking ? <SessionTable user={looking.id} /> : null}
      </Dialog>
      <Confirm
        act={t("users.erase")}
        onClose={() => setErasing(null)}
        onConfirm={() => erasing && erase.mutate(erasing.id)}
        open={erasing !== null}
        pending={erase.isPending}
        title={t("users.erase.sure")}
      >
        <p className="pb-2 font-medium">{erasing ? nameOf(erasing) : ""}</p>
        <p className="text-sm text-ink-2">{t("users.erase.detail")}</p>
      </Confirm>
    </>
  );
}

function NewUser({ onDone }: { readonly onDone: () => void }) {
  const queries = useQueryClient();
  const [draft, change, clear] = useDraft("user", { role: "broker", name: "", email: "", organisation: "" });
  const [password, setPassword] = useState("");
  const form = useSubmission(
    ({ organisation, ...body }: typeof draft & { password: string }, idempotencyKey) =>
      api.post("/api/v1/users", {
        idempotencyKey,
        body: { ...body, role: body.role as Role, ...(organisation.trim() ? { organisation } : {}) },
      }),
    () => {
      clear();
      toast.done(t("users.added"));
      void queries.invalidateQueries({ queryKey: ["users"] });
      onDone();
    },
  );
  return (
    <Form onSubmit={() => form.submit({ ...draft, password })} problem={form.problem}>
      <SelectField
        choices={ROLES.map((value) => ({ value, label: tKnown("role", value) }))}
        label={t("users.role")}
        onValue={(role) => change({ role })}
        problem={form.at("role")}
        value={draft.role}
      />
      <TextField
        autoComplete="off"
        label={t("users.name")}
        onValue={(name) => change({ name })}
        problem={form.at("name")}
        value={draft.name}
      />
      <TextField
        autoComplete="off"
        label={t("users.contact")}
        onValue={(email) => change({ email })}
        problem={form.at("email")}
        type="email"
        value={draft.email}
      />
      <TextField
        autoComplete="off"
        hint={t("users.organisation.hint")}
        label={t("users.organisation")}
        onValue={(organisation) => change({ organisation })}
        optional
        problem={form.at("organisation")}
        value={draft.organisation}
      />
      <TextField
        autoComplete="new-password"
        hint={t("signup.password.hint")}
        label={t("users.password")}
        onValue={setPassword}
        problem={form.at("password")}
        type="password"
        value={password}
      />
      <Button look="primary" pending={form.pending} type="submit">
        {t("users.add")}
      </Button>
    </Form>
  );
}
