import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "@/api/client";
import { reads } from "@/api/queries";
import type { User } from "@/api/types";
import { Form } from "@/app/Form";
import { useDraft, useSubmission } from "@/app/forms";
import { t, tKnown, useLocale } from "@/i18n";
import { drivers, type DriverAgent } from "@/pages/driver/agent";
import { Badge, Status } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { Confirm } from "@/ui/Confirm";
import { Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/Field";
import { Empty, Loaded } from "@/ui/States";
import { Pager, Table } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { When } from "@/ui/Values";

const PER_PAGE = 50;
const FIELDS = ["name", "email", "phone", "password"];

/** Who drives for a carrier: brought in, looked up, locked out. */
export function Drivers() {
  useLocale();
  const [page, setPage] = useState(1);
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<User | null>(null);
  const users = useQuery(reads.users({ role: "driver", page, per_page: PER_PAGE }));
  const agents = useQuery(reads.agents({ per_page: 100 }));
  const trucks = drivers(agents.data?.data ?? []);
  return (
    <>
      <PageHead subtitle={t("drivers.lead")} title={t("drivers.title")}>
        <Button icon="plus" look="primary" onClick={() => setAdding(true)}>
          {t("drivers.add")}
        </Button>
      </PageHead>
      <Card flush>
        <Loaded lines={6} query={users}>
          {({ data, meta }) => (
            <>
              <Table
                caption={t("drivers.title")}
                columns={columns(trucks, setAsked)}
                empty={
                  <Empty detail={t("drivers.none.detail")} icon="people" title={t("drivers.none")}>
                    <Button look="primary" onClick={() => setAdding(true)}>
                      {t("drivers.add")}
                    </Button>
                  </Empty>
                }
                rowKey={(user) => user.id}
                rows={data}
              />
              {data.length > 0 ? (
                <Pager
                  onPage={setPage}
                  page={page}
                  perPage={PER_PAGE}
                  total={meta.pagination?.total ?? data.length}
                />
              ) : null}
            </>
          )}
        </Loaded>
      </Card>
      <Dialog onClose={() => setAdding(false)} open={adding} title={t("drivers.add")}>
        <AddForm onDone={() => setAdding(false)} />
      </Dialog>
      {asked ? <ChangeStanding onClose={() => setAsked(null)} user={asked} /> : null}
    </>
  );
}

const nameOf = (user: User) => user.name ?? t("word.unknown");

function columns(trucks: readonly DriverAgent[], onStanding: (user: User) => void) {
  const truckOf = (user: User) => trucks.find((truck) => truck.user_id === user.id);
  return [
    {
      key: "name",
      title: t("drivers.name"),
      sort: nameOf,
      cell: (user: User) => (
        <span className="block max-w-[56vw] min-w-0 py-1 md:max-w-xs">
          <span className="block truncate font-medium">{nameOf(user)}</span>
          <span className="block truncate text-xs text-ink-2">{user.email ?? user.phone}</span>
          <span className="block pt-1 md:hidden">
            <Standing state={user.state} />
          </span>
        </span>
      ),
    },
    {
      key: "phone",
      title: t("signup.phone"),
      wideOnly: true,
      cell: (user: User) =>
        user.phone ? (
          <a className="text-brand-text underline underline-offset-2 tabular" href={`tel:${user.phone}`}>
            {user.phone}
          </a>
        ) : (
          <span className="text-ink-3">{"–"}</span>
        ),
    },
    {
      key: "truck",
      title: t("drivers.truck"),
      wideOnly: true,
      cell: (user: User) => {
        const truck = truckOf(user);
        if (!truck) return <span className="text-ink-3">{t("drivers.truck.none")}</span>;
        return (
          <span className="flex flex-wrap items-center gap-2">
            <span className="tabular">{truck.reference}</span>
            <Status of="driver" value={truck.status ?? "offline"} />
            {truck.shipment_id ? (
              <Link
                className="font-medium text-brand-text underline underline-offset-2"
                params={{ id: truck.shipment_id }}
                to="/shipments/$id"
              >
                {t("fleet.trip")}
              </Link>
            ) : null}
          </span>
        );
      },
    },
    {
      key: "since",
      title: t("drivers.since"),
      wideOnly: true,
      sort: (user: User) => user.created_at,
      cell: (user: User) => <When at={user.created_at} style="date" />,
    },
    {
      key: "state",
      title: t("ship.col.status"),
      wideOnly: true,
      sort: (user: User) => user.state,
      cell: (user: User) => <Standing state={user.state} />,
    },
    {
      key: "actions",
      title: "",
      align: "right" as const,
      cell: (user: User) =>
        user.state === "erased" ? null : (
          <Button
            aria-label={t(user.state === "active" ? "drivers.lock.of" : "drivers.unlock.of", {
              name: nameOf(user),
            })}
            look="quiet"
            onClick={() => onStanding(user)}
            size="sm"
          >
            {t(user.state === "active" ? "drivers.lock" : "drivers.unlock")}
          </Button>
        ),
    },
  ];
}

/** Whether somebody may sign in. */
function Standing({ state }: { readonly state: string }) {
  return (
    <Badge dot tone={state === "active" ? "good" : "neutral"}>
      {tKnown("standing", state)}
    </Badge>
  );
}

/** Asks before somebody is locked out, and before they are let in again. */
function ChangeStanding({ user, onClose }: { readonly user: User; readonly onClose: () => void }) {
  const queries = useQueryClient();
  const isActive = user.state === "active";
  const change = useMutation({
    mutationFn: () =>
      api.patch("/api/v1/users/{id}", {
        path: { id: user.id },
        body: { state: isActive ? "disabled" : "active" },
      }),
    onSuccess: () => toast.done(t("me.saved")),
    onError: toast.failed,
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ["users"] });
      onClose();
    },
  });
  return (
    <Confirm
      act={t(isActive ? "drivers.lock" : "drivers.unlock")}
      look={isActive ? "danger" : "primary"}
      onClose={onClose}
      onConfirm={() => change.mutate()}
      pending={change.isPending}
      title={t(isActive ? "drivers.lock.of" : "drivers.unlock.of", { name: nameOf(user) })}
    >
      <p className="text-sm text-ink-2">{t(isActive ? "drivers.lock.what" : "drivers.unlock.what")}</p>
    </Confirm>
  );
}

function AddForm({ onDone }: { readonly onDone: () => void }) {
  const queries = useQueryClient();
  const [draft, change, clear] = useDraft("driver", { name: "", email: "", phone: "" });
  const [password, setPassword] = useState("");
  const form = useSubmission(
    (body: typeof draft & { password: string }, idempotencyKey) => {
      const phone = body.phone.replaceAll(/[\s()-]/g, "");
      return api.post("/api/v1/users", {
        idempotencyKey,
        body: {
          role: "driver",
          name: body.name.trim(),
          password: body.password,
          ...(body.email.trim() ? { email: body.email.trim() } : {}),
          ...(phone ? { phone } : {}),
        },
      });
    },
    () => {
      clear();
      toast.done(t("drivers.added"));
      void queries.invalidateQueries({ queryKey: ["users"] });
      onDone();
    },
  );
  const text = (name: "name" | "email" | "phone", label: string, optional: boolean, type = "text") => (
    <TextField
      autoComplete="off"
      label={label}
      maxLength={200}
      onValue={(value) => change({ [name]: value })}
      optional={optional}
      problem={form.at(name)}
      required={!optional}
      type={type}
      value={draft[name]}
    />
  );
  return (
    <Form fields={FIELDS} onSubmit={() => form.submit({ ...draft, password })} problem={form.problem}>
      <p className="text-sm text-ink-2">{t("drivers.add.lead")}</p>
      {text("name", t("drivers.name"), false)}
      <div className="grid gap-4 sm:grid-cols-2">
        {text("email", t("signup.email"), true, "email")}
        {text("phone", t("signup.phone"), true, "tel")}
      </div>
      <TextField
        autoComplete="new-password"
        hint={t("drivers.password.hint")}
        label={t("drivers.password")}
        onValue={setPassword}
        problem={form.at("password")}
        required
        value={password}
      />
      <Button look="primary" pending={form.pending} size="lg" type="submit" wide>
        {t("drivers.add")}
      </Button>
    </Form>
  );
}
