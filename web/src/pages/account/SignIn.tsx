import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { session } from "@/api/client";
import { Form } from "@/app/Form";
import { t } from "@/i18n";
import { useSubmission } from "@/app/forms";
import { kept } from "@/app/queryClient";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/Field";
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
      <Form asksFirst onSubmit={() => form.submit({ login, password })} problem={form.problem}>
        <TextField
          autoCapitalize="none"
          autoComplete="username"
          autoFocus
          label={t("signin.login")}
          onValue={setLogin}
          problem={form.at("email") ?? form.at("phone")}
          required
          value={login}
        />
        <TextField
          autoComplete="current-password"
          label={t("signin.password")}
          onValue={setPassword}
          problem={form.at("password")}
          required
          type="password"
          value={password}
        />
        <Button look="primary" pending={form.pending} size="lg" type="submit" wide>
          {t("signin.submit")}
        </Button>
        <p className="text-sm text-ink-2">
          {t("signin.noaccount")}{" "}
          <Link className="font-medium text-brand-text underline underline-offset-2" to="/signup">
            {t("signin.signup")}
          </Link>
        </p>
      </Form>
    </Welcome>
  );
}
