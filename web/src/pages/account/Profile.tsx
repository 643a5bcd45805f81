import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { Form } from "@/app/Form";
import { useSubmission } from "@/app/forms";
import { leave } from "@/app/leave";
import { usePreference } from "@/app/preferences";
import { useKnownMe } from "@/app/useMe";
import { chooseLocale, LOCALES, t, tKnown, useLocale } from "@/i18n";
import { Button } from "@/ui/Button";
import { Card, Facts, PageHead } from "@/ui/Card";
import { SelectField, TextField } from "@/ui/Field";
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
      <Form
        asksFirst
        onSubmit={() => {
          const bare = phone.replaceAll(/[\s()-]/g, "");
          form.submit({ name, ...(bare === "" || bare === me.phone ? {} : { phone: bare }) });
        }}
        problem={form.problem}
      >
        <Facts
          items={[
            [t("me.role"), tKnown("role", me.role)],
            [t("me.organisation"), me.organisation.name],
            [t("me.tenant"), me.tenant.name],
            [t("signup.email"), me.email ?? t("word.none")],
          ]}
        />
        <TextField
          autoComplete="name"
          label={t("signup.name")}
          maxLength={120}
          onValue={setName}
          problem={form.at("name")}
          required
          value={name}
        />
        <TextField
          autoComplete="tel"
          hint={t("signup.phone.hint")}
          label={t("signup.phone")}
          onValue={setPhone}
          optional
          problem={form.at("phone")}
          type="tel"
          value={phone}
        />
        <div>
          <Button look="primary" pending={form.pending} type="submit">
            {t("do.save")}
          </Button>
        </div>
      </Form>
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
      <Form
        asksFirst
        onSubmit={() => form.submit({ current_password: current, new_password: next })}
        problem={form.problem}
      >
        <input autoComplete="username" hidden readOnly value={me.email ?? me.phone ?? ""} />
        <TextField
          autoComplete="current-password"
          label={t("me.password.current")}
          onValue={setCurrent}
          problem={form.at("current_password")}
          required
          type="password"
          value={current}
        />
        <TextField
          autoComplete="new-password"
          hint={t("signup.password.hint")}
          label={t("me.password.next")}
          onValue={setNext}
          problem={form.at("new_password")}
          required
          type="password"
          value={next}
        />
        <div>
          <Button pending={form.pending} type="submit">
            {t("me.password.submit")}
          </Button>
        </div>
      </Form>
    </Card>
  );
}

function Display() {
  const locale = useLocale();
  const [theme, setTheme] = usePreference("theme");
  return (
    <Card title={t("me.display")}>
      <div className="grid grid-cols-2 gap-4">
        <SelectField
          choices={LOCALES.map(({ code, name }) => ({ value: code, label: name }))}
          label={t("locale.label")}
          onValue={(code) => void chooseLocale(LOCALES.find((known) => known.code === code)?.code ?? locale)}
          value={locale}
        />
        <SelectField
          choices={(["system", "light", "dark"] as const).map((value) => ({
            value,
            label: t(`theme.${value}`),
          }))}
          label={t("theme.label")}
          onValue={setTheme}
          value={theme ?? "system"}
        />
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
