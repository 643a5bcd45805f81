import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { reads } from "@/api/queries";
import { ApiProblem } from "@/api/problem";
import type { Tracking } from "@/api/types";
import { LocaleSwitch } from "@/app/LocaleSwitch";
import { mapTexts, useTheme } from "@/app/mapping";
import { Mark } from "@/app/Mark";
import { useOnline } from "@/app/useOnline";
import { cityName, cityOf, placeOf } from "@/geo/places";
import { t, tKnown, useLocale } from "@/i18n";
import { LiveMap } from "@/map";
import { Status } from "@/ui/Badge";
import { Card } from "@/ui/Card";
import { formatWhen, formatWindow } from "@/ui/format";
import { Empty, ErrorState, Loading, Notice } from "@/ui/States";
import { Stepper } from "@/ui/Stepper";
import { Timeline } from "@/ui/Timeline";
import { When } from "@/ui/Values";
import { truckPin } from "./Track";

/** While something moves it is read every 15 s, else every minute; afterwards not at all. */
const MOVING_MS = 15_000;
const WAITING_MS = 60_000;

const WAY = ["booked", "loading", "in_transit", "delivered"] as const;
const PLACE_ON_WAY: Readonly<Record<string, number>> = {
  requested: 0,
  bidding: 0,
  selected: 0,
  booked: 0,
  en_route_pickup: 0,
  loading: 1,
  in_transit: 2,
  unloading: 2,
  delivered: 4,
  completed: 4,
};
const OVER: readonly string[] = ["delivered", "completed", "cancelled", "expired", "disputed"];

/** How often to look again; `false` when nothing will change. */
export function pace(tracking: Pick<Tracking, "status"> | undefined): number | false {
  if (tracking === undefined) return WAITING_MS;
  if (OVER.includes(tracking.status)) return false;
  return ["en_route_pickup", "in_transit"].includes(tracking.status) ? MOVING_MS : WAITING_MS;
}

/** What a consignee sees who has a link: no account, no navigation, nothing about people or prices. */
export function PublicTracking() {
  useLocale();
  const { token } = useParams({ from: "/t/$token" });
  const online = useOnline();
  const tracking = useQuery({
    ...reads.tracking(token),
    refetchInterval: (query) => (isGone(query.state.error) ? false : pace(query.state.data)),
  });
  useEffect(() => {
    // The token is a secret of its own: what this page links to must not learn it, nor a search engine keep it.
    const told = [
      ["referrer", "no-referrer"],
      ["robots", "noindex"],
    ].map(([name = "", content = ""]) => {
      const meta = document.createElement("meta");
      meta.name = name;
      meta.content = content;
      document.head.append(meta);
      return meta;
    });
    return () => told.forEach((meta) => meta.remove());
  }, []);
  const gone = isGone(tracking.error);
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="border-b border-line bg-surface">
        <div className="mx-auto flex h-14 w-full max-w-5xl items-center justify-between gap-3 px-4">
          <span className="flex items-center gap-2.5 font-semibold tracking-tight">
            <Mark />
            {t("app.name")}
          </span>
          <LocaleSwitch />
        </div>
      </header>
      {online ? null : (
        <p className="bg-warn-soft px-4 py-1.5 text-center text-sm font-medium text-warn" role="status">
          {t("state.offline")}
        </p>
      )}
      <main className="mx-auto w-full max-w-5xl flex-1 px-4 py-5">
        {gone ? (
          <Empty detail={t("track.gone.detail")} heading="h1" icon="link" title={t("track.gone")} />
        ) : tracking.data ? (
          <Found isStale={tracking.isRefetchError} tracking={tracking.data} />
        ) : tracking.isError ? (
          <>
            <h1 className="sr-only">{t("track.title")}</h1>
            <ErrorState onRetry={() => void tracking.refetch()} problem={tracking.error} />
          </>
        ) : (
          <>
            <h1 className="sr-only">{t("track.title")}</h1>
            <Loading lines={6} />
          </>
        )}
      </main>
      <footer className="border-t border-line px-4 py-3 text-center text-xs text-ink-3">
        {tracking.data && !gone ? `${t("track.until", { at: formatWhen(tracking.data.expires_at) })} ` : null}
        {t("track.privacy")}
      </footer>
    </div>
  );
}

/** The link is unknown, revoked or expired: the server does not say which. */
function isGone(error: Error | null): boolean {
  return error instanceof ApiProblem && error.status === 404;
}

function Found({ tracking, isStale }: { readonly tracking: Tracking; readonly isStale: boolean }) {
  const place = PLACE_ON_WAY[tracking.status];
  const ends = [nameOf(tracking.pickup.city), nameOf(tracking.delivery.city)] as const;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h1 className="text-xl font-semibold tracking-tight">
            {t("ship.route", { from: ends[0], to: ends[1] })}
          </h1>
          <p className="text-sm text-ink-2 tabular">{tracking.reference}</p>
        </div>
        <Status of="status" value={tracking.status} />
      </div>
      {isStale ? <Notice tone="warn">{t("state.waiting")}</Notice> : null}
      <p aria-live="polite" className="rounded-lg border border-line bg-surface px-4 py-4 text-lg">
        <Headline tracking={tracking} />
      </p>
      {place === undefined ? null : (
        <Stepper
          current={place}
          label={t("ship.col.status")}
          steps={WAY.map((step) => ({ key: step, title: t(`status.${step}`) }))}
        />
      )}
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1.7fr)_minmax(0,1fr)]">
        <Where tracking={tracking} />
        <div className="flex min-w-0 flex-col gap-4">
          <Card title={t("ship.page.details")}>
            <dl className="flex flex-col gap-3 text-sm">
              {(["pickup", "delivery"] as const).map((end, at) => (
                <div key={end}>
                  <dt className="text-xs text-ink-3">{t(`ship.form.${end}`)}</dt>
                  <dd className="font-medium">{ends[at]}</dd>
                  <dd className="text-xs text-ink-2 tabular">
                    {formatWindow(tracking[end].from, tracking[end].to)}
                  </dd>
                </div>
              ))}
            </dl>
          </Card>
          <Card title={t("ship.page.timeline")}>
            <Timeline
              moments={tracking.timeline
                .map(({ status, at }, index, { length }) => ({
                  ...(index === length - 1 ? { tone: "brand" as const } : {}),
                  key: `${index}-${status}`,
                  at,
                  title: tKnown("status", status),
                }))
                .reverse()}
            />
          </Card>
        </div>
      </div>
    </div>
  );
}

/** The one thing that somebody opens this page for. */
function Headline({ tracking }: { readonly tracking: Tracking }) {
  if (tracking.delivered_at) {
    return (
      <>
        {t("track.delivered")}{" "}
        <strong className="font-semibold">
          <When at={tracking.delivered_at} />
        </strong>
      </>
    );
  }
  if (tracking.status === "cancelled" || tracking.status === "expired") return t("track.cancelled");
  if (tracking.arrival) {
    const { eta, earliest, latest } = tracking.arrival;
    return (
      <>
        {t("track.eta")}{" "}
        <strong className="font-semibold">
          <When at={eta} />
        </strong>
        <span className="block text-sm text-ink-2 tabular">
          {t("track.interval", { window: formatWindow(earliest, latest) })}
        </span>
      </>
    );
  }
  if (!tracking.eta) return t("track.waiting");
  return (
    <>
      {t("track.eta")}{" "}
      <strong className="font-semibold">
        <When at={tracking.eta} />
      </strong>
    </>
  );
}

function Where({ tracking }: { readonly tracking: Tracking }) {
  const theme = useTheme();
  const { position } = tracking;
  const ends = (["pickup", "delivery"] as const).flatMap((kind) => {
    const city = cityOf(tracking[kind].city.code);
    if (!city) return [];
    const { latitude, longitude } = city;
    return [{ id: kind, kind, latitude, longitude, label: cityName(city) }];
  });
  return (
    <Card flush>
      <LiveMap
        className="h-72 w-full md:h-[26rem]"
        fit={`${tracking.reference}${position ? "moving" : ""}`}
        lines={[
          {
            id: "planned",
            kind: "planned",
            points: ends.map(({ latitude, longitude }) => [latitude, longitude] as const),
          },
        ]}
        markers={
          position
            ? [{ id: "truck", latitude: position.latitude, longitude: position.longitude, tone: "moving" }]
            : []
        }
        pins={[...ends, ...truckPin(position ?? null)]}
        texts={mapTexts(t("map.label"))}
        theme={theme}
      />
      <p aria-live="polite" className="border-t border-line px-4 py-2.5 text-sm text-ink-2">
        {position
          ? t("ship.page.track.at", { at: formatWhen(position.at, "time"), place: placeOf(position) })
          : t("track.nowhere")}
      </p>
    </Card>
  );
}

/** A city in the language of the page, when the page knows it. */
function nameOf(city: Tracking["pickup"]["city"]): string {
  const known = cityOf(city.code);
  return known ? cityName(known) : city.name;
}
