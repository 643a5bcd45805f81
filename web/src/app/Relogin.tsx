import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { session } from "@/api/client";
import { reads } from "@/api/queries";
import { Form } from "@/app/Form";
import { t } from "@/i18n";
import { live } from "@/app/live";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/Field";
import { forget, leave } from "./leave";
import { useSubmission } from "./forms";
import { useMe, useSession } from "./useMe";

/** Asks for the password when a session ended, over the page: nothing that was typed there is lost. */
export function Relogin() {
  const state = useSession();
  const me = useMe();
  const queries = useQueryClient();
  const known = me?.email ?? me?.phone ?? "";
  const [login, setLogin] = useState<string | null>(null);
  const [password, setPassword] = useState("");
  const form = useSubmission(
    async ({ password: secret }: { password: string }) => {
      await session.signIn(login ?? known, secret);
      const now = await queries.fetchQuery({ ...reads.me(), staleTime: 0 });
      // Another person must not find what the one before typed.
      if (me && now.id !== me.id) {
        await forget(queries);
        window.location.assign("/");
      }
    },
    () => {
      setPassword("");
      live.resume();
      void queries.invalidateQueries();
    },
  );
  return (
    <Dialog open={state === "expired"} title={t("signin.again")}>
      <Form asksFirst onSubmit={() => form.submit({ password })} problem={form.problem}>
        <p className="text-sm text-ink-2">{t("signin.again.detail")}</p>
        <TextField
          autoComplete="username"
          label={t("signin.login")}
          onValue={setLogin}
          required
          value={login ?? known}
        />
        <TextField
          autoComplete="current-password"
          autoFocus
          label={t("signin.password")}
          onValue={setPassword}
          required
          type="password"
          value={password}
        />
        <div className="flex justify-end gap-2">
          <Button look="quiet" onClick={() => void leave(queries)}>
            {t("me.signout")}
          </Button>
          <Button look="primary" pending={form.pending} type="submit">
            {t("signin.submit")}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
