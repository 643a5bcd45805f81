import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, session } from "@/api/client";
import { t, tKnown } from "@/i18n";
import { FormProblem } from "@/app/FormProblem";
import { useDraft, useSubmission } from "@/app/forms";
import { Button } from "@/ui/Button";
import { Field, Input, RadioCards } from "@/ui/Field";
import { Welcome } from "./Welcome";

const ROLES = ["shipper", "carrier", "driver", "facility"] as const;
const FIELDS = ["role", "name", "organisation", "email", "phone", "password"];

interface Draft {
  readonly role: (typeof ROLES)[number];
  readonly name: string;
  readonly organisation: string;
  readonly email: string;
  readonly phone: string;
}

export function SignUp() {
  const navigate = useNavigate();
  const [draft, change, clear] = useDraft<Draft>("signup", {
    role: "shipper",
    name: "",
    organisation: "",
    email: "",
    phone: "",
  });
  const [password, setPassword] = useState("");
  const form = useSubmission(
    async (body: Draft & { password: string }) => {
      const { organisation, phone, ...rest } = body;
      const bare = phone.replaceAll(/[\s()-]/g, "");
      await api.post("/api/v1/auth/register", {
        body: { ...rest, ...(bare ? { phone: bare } : {}), ...(organisation.trim() ? { organisation } : {}) },
      });
      await session.signIn(body.email, body.password);
    },
    () => {
      clear();
      void navigate({ to: "/" });
    },
  );
  return (
    <Welcome title={t("signup.title")}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          form.submit({ ...draft, password });
        }}
      >
        <FormProblem fields={FIELDS} problem={form.problem} />
        <RadioCards
          choices={ROLES.map((role) => ({
            value: role,
            label: tKnown("role", role),
            hint: t(`signup.role.${role}.hint`),
          }))}
          columns={2}
          legend={t("signup.role")}
          name="role"
          onValue={(role) => change({ role: role as Draft["role"] })}
          value={draft.role}
        />
        <Field label={t("signup.name")} problem={form.at("name")}>
          {(control) => (
            <Input
              {...control}
              autoComplete="name"
              maxLength={120}
              onValue={(name) => change({ name })}
              required
              value={draft.name}
            />
          )}
        </Field>
        <Field
          hint={t("signup.organisation.hint")}
          label={t("signup.organisation")}
          optional
          problem={form.at("organisation")}
        >
          {(control) => (
            <Input
              {...control}
              autoComplete="organization"
              maxLength={120}
              onValue={(organisation) => change({ organisation })}
              value={draft.organisation}
            />
          )}
        </Field>
        <Field label={t("signup.email")} problem={form.at("email")}>
          {(control) => (
            <Input
              {...control}
              autoComplete="email"
              onValue={(email) => change({ email })}
              required
              type="email"
              value={draft.email}
            />
          )}
        </Field>
        <Field hint={t("signup.phone.hint")} label={t("signup.phone")} optional problem={form.at("phone")}>
          {(control) => (
            <Input
              {...control}
              autoComplete="tel"
              onValue={(phone) => change({ phone })}
              type="tel"
              value={draft.phone}
            />
          )}
        </Field>
        <Field hint={t("signup.password.hint")} label={t("signin.password")} problem={form.at("password")}>
          {(control) => (
            <Input
              {...control}
              autoComplete="new-password"
              onValue={setPassword}
              required
              type="password"
              value={password}
            />
          )}
        </Field>
        <Button look="primary" pending={form.pending} size="lg" type="submit" wide>
          {t("signup.submit")}
        </Button>
        <p className="text-sm text-ink-2">
          {t("signup.have")}{" "}
          <Link className="font-medium text-brand-text underline underline-offset-2" to="/signin">
            {t("signin.title")}
          </Link>
        </p>
      </form>
    </Welcome>
  );
}
