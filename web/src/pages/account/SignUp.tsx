import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, session } from "@/api/client";
import { Form } from "@/app/Form";
import { t, tKnown } from "@/i18n";
import { useDraft, useSubmission } from "@/app/forms";
import { Button } from "@/ui/Button";
import { RadioCards, TextField } from "@/ui/Field";
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
      <Form
        asksFirst
        fields={FIELDS}
        onSubmit={() => form.submit({ ...draft, password })}
        problem={form.problem}
      >
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
        <TextField
          autoComplete="name"
          label={t("signup.name")}
          maxLength={120}
          onValue={(name) => change({ name })}
          problem={form.at("name")}
          required
          value={draft.name}
        />
        <TextField
          autoComplete="organization"
          hint={t("signup.organisation.hint")}
          label={t("signup.organisation")}
          maxLength={120}
          onValue={(organisation) => change({ organisation })}
          optional
          problem={form.at("organisation")}
          value={draft.organisation}
        />
        <TextField
          autoComplete="email"
          label={t("signup.email")}
          onValue={(email) => change({ email })}
          problem={form.at("email")}
          required
          type="email"
          value={draft.email}
        />
        <TextField
          autoComplete="tel"
          hint={t("signup.phone.hint")}
          label={t("signup.phone")}
          onValue={(phone) => change({ phone })}
          optional
          problem={form.at("phone")}
          type="tel"
          value={draft.phone}
        />
        <TextField
          autoComplete="new-password"
          hint={t("signup.password.hint")}
          label={t("signin.password")}
          onValue={setPassword}
          problem={form.at("password")}
          required
          type="password"
          value={password}
        />
        <Button look="primary" pending={form.pending} size="lg" type="submit" wide>
          {t("signup.submit")}
        </Button>
        <p className="text-sm text-ink-2">
          {t("signup.have")}{" "}
          <Link className="font-medium text-brand-text underline underline-offset-2" to="/signin">
            {t("signin.title")}
          </Link>
        </p>
      </Form>
    </Welcome>
  );
}
