import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { explain } from "@/api/explain";
import { session } from "@/api/client";
import { t } from "@/i18n";
import { useSubmission } from "@/app/forms";
import { kept } from "@/app/queryClient";
import { Button } from "@/ui/Button";
import { Field, Input } from "@/ui/Field";
import { Notice } from "@/ui/States";
import { Welcome } from "./Welcome";

/** Only a path of this app: an address from elsewhere must not be able to send people away. */
export function ownPath(path: string | undefined): string {
  return path !== undefined && /^\/(?![/\\])/.test(path) ? path : "/";
}

export function SignIn() {
  const search = useSearch({ from: "/signin" });
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const form = useSubmission(
    (body: { login: string; password: string }) => session.signIn(body.login, body.password),
    () => {
      queries.clear();
      // Another person may have left this device without signing out.
      void kept.clear();
      void navigate({ href: ownPath(search.to), replace: true });
    },
  );
  return (
    <Welcome title={t("signin.title")}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          form.submit({ login, password });
        }}
      >
        {form.problem ? <Notice tone="bad">{explain(form.problem)}</Notice> : null}
        <Field label={t("signin.login")} problem={form.at("email") ?? form.at("phone")}>
          {(control) => (
            <Input
              {...control}
              autoCapitalize="none"
              autoComplete="username"
              autoFocus
              onValue={setLogin}
              required
              value={login}
            />
          )}
        </Field>
        <Field label={t("signin.password")} problem={form.at("password")}>
          {(control) => (
            <Input
              {...control}
              autoComplete="current-password"
              onValue={setPassword}
              required
              type="password"
              value={password}
            />
          )}
        </Field>
        <Button look="primary" pending={form.pending} size="lg" type="submit" wide>
          {t("signin.submit")}
        </Button>
        <p className="text-sm text-ink-2">
          {t("signin.noaccount")}{" "}
          <Link className="font-medium text-brand-text underline underline-offset-2" to="/signup">
            {t("signin.signup")}
          </Link>
        </p>
      </form>
    </Welcome>
  );
}
