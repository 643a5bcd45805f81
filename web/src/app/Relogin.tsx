import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { explain } from "@/api/explain";
import { session } from "@/api/client";
import { reads } from "@/api/queries";
import { t } from "@/i18n";
import { live } from "@/app/live";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field, Input } from "@/ui/Field";
import { Notice } from "@/ui/States";
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
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          form.submit({ password });
        }}
      >
        <p className="text-sm text-ink-2">{t("signin.again.detail")}</p>
        {form.problem ? <Notice tone="bad">{explain(form.problem)}</Notice> : null}
        <Field label={t("signin.login")}>
          {(control) => (
            <Input {...control} autoComplete="username" onValue={setLogin} required value={login ?? known} />
          )}
        </Field>
        <Field label={t("signin.password")}>
          {(control) => (
            <Input
              {...control}
              autoComplete="current-password"
              autoFocus
              onValue={setPassword}
              required
              type="password"
              value={password}
            />
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button look="quiet" onClick={() => void leave(queries)}>
            {t("me.signout")}
          </Button>
          <Button look="primary" pending={form.pending} type="submit">
            {t("signin.submit")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
