import { Link, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { t, tKnown, useLocale } from "@/i18n";
import { IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Dialog } from "@/ui/Dialog";
import { Icon } from "@/ui/icons";
import { ErrorState, Loading } from "@/ui/States";
import { useQuery } from "@tanstack/react-query";
import { reads } from "@/api/queries";
import type { Me } from "@/api/types";
import { ConnectionDot, ConnectionLine } from "./ConnectionLine";
import { Mark } from "./Mark";
import { placesOf, type Place, type PlaceGroup } from "./nav";
import { Palette } from "./Palette";
import { useMe, useSession } from "./useMe";

/** The frame of every page behind the sign-in. */
export function Shell() {
  const state = useSession();
  const me = useMe();
  const asked = useQuery({ ...reads.me(), enabled: state === "open" });
  if (state === "none") return <ToSignIn />;
  if (!me) {
    return asked.isError ? (
      <ErrorState onRetry={() => void asked.refetch()} problem={asked.error} />
    ) : (
      <Loading lines={6} />
    );
  }
  return <Frame me={me} />;
}

/**
 * Leads to the sign-in, once: `<Navigate>` with a new `search` object navigates again at every render, each of which
 * renders this again until the sign-in page is there.
 */
function ToSignIn() {
  const navigate = useNavigate();
  const left = useRef(false);
  const href = useLocation({ select: (location) => location.href });
  useEffect(() => {
    if (left.current) return;
    left.current = true;
    void navigate({ to: "/signin", search: { to: href } });
  }, [navigate, href]);
  return <Loading />;
}

function Frame({ me }: { readonly me: Me }) {
  useLocale();
  const [palette, setPalette] = useState(false);
  const [more, setMore] = useState(false);
  const groups = placesOf(me.role);
  const path = useLocation({ select: (location) => location.pathname });
  const current = currentPlace(groups, path);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setPalette(true);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);

  return (
    <div className="min-h-dvh md:grid md:grid-cols-[216px_minmax(0,1fr)]">
      <a
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-surface focus:px-3 focus:py-2"
        href="#main"
      >
        {t("app.skip")}
      </a>
      <aside
        aria-label={t("app.menu")}
        className="sticky top-0 hidden h-dvh flex-col border-r border-line md:flex"
      >
        <div className="flex h-14 items-center gap-2.5 px-4">
          <Mark />
          <span className="font-semibold tracking-tight">{t("app.name")}</span>
        </div>
        <div className="px-3 pb-2">
          <button
            className="flex h-9 w-full items-center gap-2 rounded-md border border-line bg-surface px-2.5 text-sm text-ink-3 hover:border-line-strong"
            onClick={() => setPalette(true)}
            type="button"
          >
            <Icon name="search" size={16} />
            <span className="flex-1 truncate text-left">{t("app.search")}</span>
            <kbd className="rounded-sm border border-line px-1 font-sans text-xs">{"Ctrl K"}</kbd>
          </button>
        </div>
        <Places current={current} groups={groups} />
        <Person me={me} />
      </aside>
      <div className="flex min-h-dvh min-w-0 flex-col pb-16 md:pb-0">
        <header className="sticky top-0 z-30 flex h-12 items-center justify-between border-b border-line bg-ground px-4 md:hidden">
          <span className="flex items-center gap-2">
            <Mark />
            <span className="font-semibold tracking-tight">{t(current?.title ?? "app.name")}</span>
          </span>
          <span className="flex items-center gap-1">
            <ConnectionDot />
            <IconButton icon="search" label={t("palette.title")} onClick={() => setPalette(true)} />
          </span>
        </header>
        <ConnectionLine />
        <main
          className="mx-auto w-full max-w-[1440px] flex-1 px-4 py-4 md:px-6 md:py-5"
          id="main"
          tabIndex={-1}
        >
          <Outlet />
        </main>
      </div>
      <PhoneBar current={current} groups={groups} onMore={() => setMore(true)} />
      <Dialog onClose={() => setMore(false)} open={more} title={t("app.menu")}>
        <div onClick={() => setMore(false)} role="presentation">
          <Places current={current} groups={groups} />
          <Person me={me} />
        </div>
      </Dialog>
      <Palette onClose={() => setPalette(false)} open={palette} />
    </div>
  );
}

/** The place a path lies in: the longest that it begins with. */
function currentPlace(groups: readonly PlaceGroup[], path: string): Place | undefined {
  return groups
    .flatMap((group) => group.places)
    .filter((place) => path === place.to || path.startsWith(`${place.to}/`))
    .sort((a, b) => b.to.length - a.to.length)[0];
}

function Places({
  groups,
  current,
}: {
  readonly groups: readonly PlaceGroup[];
  readonly current: Place | undefined;
}) {
  return (
    <nav aria-label={t("app.navigation")} className="min-h-0 flex-1 overflow-y-auto px-3 py-1">
      {groups.map((group) => (
        <div className="pb-3" key={group.title}>
          <p className="eyebrow px-2.5 py-1">{t(group.title)}</p>
          {group.places.map((place) => (
            <Link
              aria-current={place === current ? "page" : undefined}
              className={cx(
                "flex h-9 items-center gap-2.5 rounded-md px-2.5 text-sm font-medium",
                place === current
                  ? "bg-brand-soft text-brand-text"
                  : "text-ink-2 hover:bg-sunken hover:text-ink",
              )}
              key={place.to}
              to={place.to}
            >
              <Icon name={place.icon} />
              {t(place.title)}
            </Link>
          ))}
        </div>
      ))}
    </nav>
  );
}

function Person({ me }: { readonly me: Me }) {
  return (
    <div className="border-t border-line p-3">
      <div className="h-5.5 px-2.5 max-md:hidden">
        <ConnectionDot />
      </div>
      <Link className="flex items-center gap-2.5 rounded-md px-2.5 py-1.5 hover:bg-sunken" to="/profile">
        <span
          aria-hidden="true"
          className="flex size-8 shrink-0 items-center justify-center rounded-full bg-brand-soft text-xs font-semibold text-brand-text"
        >
          {initials(me.name ?? me.organisation.name)}
        </span>
        <span className="min-w-0">
          <span className="block truncate text-sm font-medium">{me.name ?? me.organisation.name}</span>
          <span className="block truncate text-xs text-ink-3">{tKnown("role", me.role)}</span>
        </span>
      </Link>
    </div>
  );
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  return [words[0], words.length > 1 ? words.at(-1) : ""]
    .map((word) => word?.at(0)?.toUpperCase() ?? "")
    .join("");
}

function PhoneBar({
  groups,
  current,
  onMore,
}: {
  readonly groups: readonly PlaceGroup[];
  readonly current: Place | undefined;
  readonly onMore: () => void;
}) {
  const places = groups.flatMap((group) => group.places).slice(0, 4);
  const item =
    "flex flex-1 flex-col items-center justify-center gap-0.5 text-[11px] font-medium -outline-offset-2";
  return (
    <nav
      aria-label={t("app.navigation")}
      className="fixed inset-x-0 bottom-0 z-40 flex h-16 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {places.map((place) => (
        <Link
          aria-current={place === current ? "page" : undefined}
          className={cx(item, place === current ? "text-brand-text" : "text-ink-2")}
          key={place.to}
          to={place.to}
        >
          <Icon name={place.icon} size={22} />
          <span className="max-w-full truncate px-1">{t(place.title)}</span>
        </Link>
      ))}
      <button className={cx(item, "text-ink-2")} onClick={onMore} type="button">
        <Icon name="menu" size={22} />
        {t("app.more")}
      </button>
    </nav>
  );
}
