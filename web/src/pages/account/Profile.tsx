import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { explain } from "@/api/explain";
import { useSubmission } from "@/app/forms";
import { leave } from "@/app/leave";
import { usePreference } from "@/app/preferences";
import { useKnownMe } from "@/app/useMe";
import { chooseLocale, LOCALES, t, tKnown, useLocale } from "@/i18n";
import { Button } from "@/ui/Button";
import { Card, Facts, PageHead } from "@/ui/Card";
import { Field, Input, Select } from "@/ui/Field";
import { Notice } from "@/ui/States";
import { toast } from "@/ui/Toast";
import { SessionTable } from "./SessionTable";

export function Profile() {
  const queries = useQueryClient();
  return (
    <>
      <PageHead title={t("me.title")}>
        <Button onClick={() => void leave(queries)}>{t("me.signout")}</Button>
      </PageHead>
      <div className="grid gap-4 lg:grid-cols-2">
        <Person />
        <Password />
        <Display />
        <Sessions />
      </div>
    </>
  );
}

function Person() {
  const me = useKnownMe();
  const queries = useQueryClient();
  const [name, setName] = useState(me.name ?? "");
  const [phone, setPhone] = useState(me.phone ?? "");
  const form = useSubmission(
    (body: { name?: string; phone?: string }) => api.patch("/api/v1/me", { body }),
    () => {
      toast.done(t("me.saved"));
      void queries.invalidateQueries({ queryKey: ["me"] });
    },
  );
  return (
    <Card title={t("me.person")}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const bare = phone.replaceAll(/[\s()-]/g, "");
          form.submit({ name, ...(bare === "" || bare === me.phone ? {} : { phone: bare }) });
        }}
      >
        {form.problem ? <Notice tone="bad">{explain(form.problem)}</Notice> : null}
        <Facts
          items={[
            [t("me.role"), tKnown("role", me.role)],
            [t("me.organisation"), me.organisation.name],
            [t("me.tenant"), me.tenant.name],
            [t("signup.email"), me.email ?? t("word.none")],
          ]}
        />
        <Field label={t("signup.name")} problem={form.at("name")}>
          {(control) => (
            <Input {...control} autoComplete="name" maxLength={120} onValue={setName} required value={name} />
          )}
        </Field>
        <Field hint={t("signup.phone.hint")} label={t("signup.phone")} optional problem={form.at("phone")}>
          {(control) => <Input {...control} autoComplete="tel" onValue={setPhone} type="tel" value={phone} />}
        </Field>
        <div>
          <Button look="primary" pending={form.pending} type="submit">
            {t("do.save")}
          </Button>
        </div>
      </form>
    </Card>
  );
}

function Password() {
  const me = useKnownMe();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const form = useSubmission(
    (body: { current_password: string; new_password: string }) => api.post("/api/v1/auth/password", { body }),
    () => {
      setCurrent("");
      setNext("");
      toast.done(t("me.password.changed"));
    },
  );
  return (
    <Card title={t("me.password")}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          form.submit({ current_password: current, new_password: next });
        }}
      >
        {form.problem ? <Notice tone="bad">{explain(form.problem)}</Notice> : null}
        <input autoComplete="username" hidden readOnly value={me.email ?? me.phone ?? ""} />
        <Field label={t("me.password.current")} problem={form.at("current_password")}>
          {(control) => (
            <Input
              {...control}
              autoComplete="current-password"
              onValue={setCurrent}
              required
              type="password"
              value={current}
            />
          )}
        </Field>
        <Field
          hint={t("signup.password.hint")}
          label={t("me.password.next")}
          problem={form.at("new_password")}
        >
          {(control) => (
            <Input
              {...control}
              autoComplete="new-password"
              onValue={setNext}
              required
              type="password"
              value={next}
            />
          )}
        </Field>
        <div>
          <Button pending={form.pending} type="submit">
            {t("me.password.submit")}
          </Button>
        </div>
      </form>
    </Card>
  );
}

function Display() {
  const locale = useLocale();
  const [theme, setTheme] = usePreference("theme");
  return (
    <Card title={t("me.display")}>
      <div className="grid grid-cols-2 gap-4">
        <Field label={t("locale.label")}>
          {(control) => (
            <Select
              {...control}
              choices={LOCALES.map(({ code, name }) => ({ value: code, label: name }))}
              onValue={(code) =>
                void chooseLocale(LOCALES.find((known) => known.code === code)?.code ?? locale)
              }
              value={locale}
            />
          )}
        </Field>
        <Field label={t("theme.label")}>
          {(control) => (
            <Select
              {...control}
              choices={(["system", "light", "dark"] as const).map((value) => ({
                value,
                label: t(`theme.${value}`),
              }))}
              onValue={setTheme}
              value={theme ?? "system"}
            />
          )}
        </Field>
      </div>
    </Card>
  );
}

function Sessions() {
  return (
    <Card flush title={t("me.sessions")}>
      <SessionTable />
    </Card>
  );
}
