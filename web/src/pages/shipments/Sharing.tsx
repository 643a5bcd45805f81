import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { explain } from "@/api/explain";
import { reads } from "@/api/queries";
import type { Share } from "@/api/types";
import { useDraft, useSubmission } from "@/app/forms";
import { t } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { Button, ButtonAnchor } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { SelectField, TextField } from "@/ui/Field";
import { Loaded, Notice } from "@/ui/States";
import { toast } from "@/ui/Toast";
import { When } from "@/ui/Values";

export const SHARES: readonly string[] = ["shipper", "broker", "supervisor", "support", "admin"];

const HOURS = [24, 72, 168, 720] as const;
const TONES = { active: "good", expired: "neutral", revoked: "neutral" } as const;

/** The page that whoever has the token opens. */
export function trackingAddress(token: string, origin: string): string {
  return `${origin}/t/${token}`;
}

/** Links by which a consignee follows the shipment without an account. */
export function Sharing({ shipment }: { readonly shipment: string }) {
  const shares = useQuery(reads.shares(shipment));
  const [made, setMade] = useState<string | null>(null);
  return (
    <Card title={t("share.title")}>
      <div className="flex flex-col gap-3">
        <p className="text-sm text-ink-2">{t("share.lead")}</p>
        {made ? <Made address={made} /> : null}
        <MakeLink
          onMade={(token) => setMade(trackingAddress(token, window.location.origin))}
          shipment={shipment}
        />
        <Loaded lines={1} query={shares}>
          {(list) =>
            list.length === 0 ? null : (
              <ul className="-mb-2 divide-y divide-line border-t border-line">
                {list.map((share) => (
                  <Link key={share.id} share={share} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </div>
    </Card>
  );
}

function MakeLink({
  shipment,
  onMade,
}: {
  readonly shipment: string;
  readonly onMade: (token: string) => void;
}) {
  const queries = useQueryClient();
  const [draft, change] = useDraft("share", { hours: "72" });
  const form = useSubmission(
    (hours: number) =>
      api.post("/api/v1/shipments/{id}/shares", {
        path: { id: shipment },
        body: { expires_in_hours: hours },
      }),
    ({ data }) => {
      onMade(data.token);
      void queries.invalidateQueries({ queryKey: ["shipment", shipment, "shares"] });
    },
  );
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        form.submit(Number(draft.hours));
      }}
    >
      {form.problem ? <Notice tone="bad">{explain(form.problem)}</Notice> : null}
      <div className="grid grid-cols-[minmax(0,1fr)_auto] items-end gap-2">
        <SelectField
          choices={HOURS.map((hours) => ({
            value: String(hours),
            label: t("share.days", { n: hours / 24 }),
          }))}
          label={t("share.hours")}
          onValue={(hours) => change({ hours })}
          problem={form.at("expires_in_hours")}
          value={draft.hours}
        />
        <Button icon="link" pending={form.pending} type="submit">
          {t("share.make")}
        </Button>
      </div>
    </form>
  );
}

/** A link's token is shown this once. */
function Made({ address }: { readonly address: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    navigator.clipboard.writeText(address).then(
      () => setCopied(true),
      // A browser that does not let us copy: the address can be marked and copied by hand.
      () => toast.failed(new Error(t("share.copy.away"))),
    );
  };
  return (
    <div className="flex flex-col gap-2 rounded-md bg-brand-soft p-3">
      <TextField
        hint={t("share.once")}
        label={t("share.address")}
        onFocus={(event) => event.target.select()}
        readOnly
        value={address}
      />
      <div aria-live="polite" className="flex flex-wrap gap-2">
        <Button onClick={copy} size="sm">
          {t(copied ? "do.copied" : "do.copy")}
        </Button>
        <ButtonAnchor href={address} icon="external" size="sm">
          {t("share.look")}
        </ButtonAnchor>
      </div>
    </div>
  );
}

function Link({ share }: { readonly share: Share }) {
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => api.delete("/api/v1/shares/{id}", { path: { id: share.id } }),
    onSuccess: () => toast.done(t("share.revoked")),
    onError: toast.failed,
    onSettled: () => queries.invalidateQueries({ queryKey: ["shipment", share.shipment_id, "shares"] }),
  });
  const state = share.state as keyof typeof TONES;
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1 py-2 text-sm">
      <span className="min-w-0">
        <Badge tone={TONES[state]}>{t(`share.state.${state}`)}</Badge>
        <span className="block pt-0.5 text-xs text-ink-2">
          {t("share.made")} <When at={share.created_at} /> · {t("share.until")} <When at={share.expires_at} />
        </span>
      </span>
      {state === "active" ? (
        <Button look="danger" onClick={() => revoke.mutate()} pending={revoke.isPending} size="sm">
          {t("share.revoke")}
        </Button>
      ) : null}
    </li>
  );
}
