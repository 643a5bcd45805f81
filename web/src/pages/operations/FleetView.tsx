import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState, type ReactNode } from "react";
import { reads } from "@/api/queries";
import { mapTexts, useTheme } from "@/app/mapping";
import { placeOf } from "@/geo/places";
import { t, tKnown } from "@/i18n";
import { isCurrent } from "@/live/fleet";
import { LiveMap, type Tone } from "@/map";
import { Button, ButtonLink, IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Input } from "@/ui/Field";
import { formatNumber } from "@/ui/format";
import { Empty, ErrorState, Loaded } from "@/ui/States";
import { Pager } from "@/ui/Table";
import { Deadline, useNow } from "@/ui/Values";
import { countsOf, GROUPS, markerOf, narrowed, spotsOf, type Spot } from "./spots";
import { useFleet } from "./useFleet";

const PER_PAGE = 50;
const DOTS: Readonly<Record<Tone, string>> = {
  late: "bg-map-late",
  moving: "bg-map-moving",
  busy: "bg-map-busy",
  idle: "bg-map-idle",
  load: "bg-map-load",
  off: "bg-map-off",
};

const citiesOf = (spot: Spot) =>
  spot.load ? t("ship.route", { from: placeOf(spot.load.pickup), to: placeOf(spot.load.delivery) }) : "";
const statusOf = (spot: Spot) =>
  spot.status === "idle" || spot.status === "offline"
    ? t(`fleetmap.status.${spot.status}`)
    : tKnown("status", spot.status);

/** The map of the fleet with its list: narrow it, choose one, stay with it. */
export function FleetView({
  selected,
  onSelect,
}: {
  readonly selected: string | null;
  readonly onSelect: (id: string | null) => void;
}) {
  const fleet = useFleet();
  const loads = useQuery({
    ...reads.shipments({ per_page: 100, sort: "-created_at" }),
    refetchInterval: 15_000,
  });
  const now = useNow(5_000);
  const told = fleet.data && isCurrent(fleet.data, now) ? fleet.data : null;
  const theme = useTheme();
  const [groups, setGroups] = useState<ReadonlySet<string>>(new Set());
  const [text, setText] = useState("");
  const [page, setPage] = useState(1);
  const [followed, setFollowed] = useState<string | null>(null);

  const shipments = loads.data?.data;
  const spots = useMemo(() => (told ? spotsOf(told, shipments ?? [], now) : []), [told, shipments, now]);
  const counts = useMemo(() => countsOf(spots), [spots]);
  const shown = useMemo(() => narrowed(spots, groups, text, citiesOf), [spots, groups, text]);
  const markers = useMemo(() => shown.map(markerOf), [shown]);
  const chosen = spots.find((spot) => spot.id === selected) ?? null;
  const pages = Math.max(1, Math.ceil(shown.length / PER_PAGE));
  const at = Math.min(page, pages);

  const toggle = (group: string) => {
    const next = new Set(groups);
    if (!next.delete(group)) next.add(group);
    setGroups(next);
    setPage(1);
  };
  const choose = (id: string | null) => {
    onSelect(id);
    if (id !== followed) setFollowed(null);
  };

  if (fleet.data && !told && fleet.isError) {
    return <ErrorState onRetry={() => void fleet.refetch()} problem={fleet.error} />;
  }
  return (
    <Loaded lines={10} query={fleet}>
      {() => (
        <div className="grid gap-3 lg:grid-cols-[minmax(0,1fr)_340px]">
          <div className="relative overflow-hidden rounded-lg border border-line">
            <LiveMap
              className="h-[46dvh] min-h-72 w-full lg:h-[calc(100dvh-7.5rem)]"
              fit={markers.length > 0 ? "seen" : "none"}
              follow={followed}
              markers={markers}
              onFollowEnd={() => setFollowed(null)}
              onSelect={choose}
              pins={pinsOf(chosen)}
              selected={selected}
              texts={mapTexts(t("map.fleet"))}
              theme={theme}
            />
          </div>
          <section
            aria-label={t("map.list")}
            className="flex min-h-0 flex-col overflow-hidden rounded-lg border border-line bg-surface lg:max-h-[calc(100dvh-7.5rem)]"
          >
            <div className="flex flex-col gap-2 border-b border-line p-3">
              <Input
                aria-label={t("fleetmap.find")}
                onValue={(value) => {
                  setText(value);
                  setPage(1);
                }}
                placeholder={t("fleetmap.find")}
                type="search"
                value={text}
              />
              <div aria-label={t("fleetmap.groups")} className="flex flex-wrap gap-1.5" role="group">
                {GROUPS.map((group) => (
                  <button
                    aria-pressed={groups.has(group)}
                    className={cx(
                      "flex h-8 items-center gap-1.5 rounded-md border px-2 text-xs font-medium",
                      groups.has(group)
                        ? "border-brand bg-brand-soft text-brand-text"
                        : "border-line text-ink-2 hover:border-line-strong",
                    )}
                    key={group}
                    onClick={() => toggle(group)}
                    type="button"
                  >
                    <span aria-hidden="true" className={cx("size-2 rounded-full", DOTS[group])} />
                    {t(`fleetmap.group.${group}`)}
                    <span className="tabular">{formatNumber(counts[group] ?? 0)}</span>
                  </button>
                ))}
              </div>
            </div>
            {chosen ? (
              <Chosen
                isFollowed={followed === chosen.id}
                onClose={() => choose(null)}
                onFollow={() => setFollowed(followed === chosen.id ? null : chosen.id)}
                spot={chosen}
              />
            ) : null}
            {shown.length === 0 ? (
              <Empty detail={t("fleetmap.none.detail")} icon="truck" title={t("fleetmap.none")} />
            ) : (
              <ul className="min-h-0 flex-1 overflow-y-auto max-lg:max-h-[50dvh]">
                {shown.slice((at - 1) * PER_PAGE, at * PER_PAGE).map((spot) => (
                  <li className="border-b border-line last:border-0" key={spot.id}>
                    <button
                      aria-pressed={spot.id === selected}
                      className={cx(
                        "block w-full px-4 py-2 text-left -outline-offset-2",
                        spot.id === selected ? "bg-brand-soft" : "hover:bg-ground",
                      )}
                      onClick={() => choose(spot.id === selected ? null : spot.id)}
                      type="button"
                    >
                      <span className="flex items-center gap-2 text-sm">
                        <span
                          aria-hidden="true"
                          className={cx("size-2 shrink-0 rounded-full", DOTS[spot.tone])}
                        />
                        <span className="truncate font-medium tabular">{spot.reference}</span>
                        <span className="ml-auto shrink-0 text-xs text-ink-2">{statusOf(spot)}</span>
                      </span>
                      {spot.load ? (
                        <span className="block truncate pl-4 text-xs text-ink-3">{citiesOf(spot)}</span>
                      ) : null}
                    </button>
                  </li>
                ))}
              </ul>
            )}
            <Pager onPage={setPage} page={at} perPage={PER_PAGE} total={shown.length} />
          </section>
        </div>
      )}
    </Loaded>
  );
}

function pinsOf(chosen: Spot | null) {
  const load = chosen?.load;
  if (!load) return [];
  return (["pickup", "delivery"] as const).map((kind) => ({
    id: kind,
    kind,
    latitude: load[kind].latitude,
    longitude: load[kind].longitude,
    label: placeOf(load[kind]),
  }));
}

function Chosen({
  spot,
  isFollowed,
  onFollow,
  onClose,
}: {
  readonly spot: Spot;
  readonly isFollowed: boolean;
  readonly onFollow: () => void;
  readonly onClose: () => void;
}) {
  return (
    <div className="flex flex-col gap-2 border-b border-line bg-ground px-4 py-3">
      <div className="flex items-center justify-between gap-2">
        <h2 className="truncate text-sm font-semibold tabular">{spot.reference}</h2>
        <IconButton icon="close" label={t("do.close")} onClick={onClose} />
      </div>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-1.5 text-sm">
        <Fact name={t("ship.col.status")}>{statusOf(spot)}</Fact>
        {spot.kind === "truck" ? (
          <Fact name={t("fleetmap.speed")}>
            {spot.kmh === null ? "–" : t("fleetmap.kmh", { n: formatNumber(spot.kmh) })}
          </Fact>
        ) : null}
        {spot.load ? <Fact name={t("ship.col.route")}>{citiesOf(spot)}</Fact> : null}
        {spot.load ? (
          <Fact name={t("fleetmap.due")}>
            <Deadline at={spot.load.due} />
          </Fact>
        ) : null}
      </dl>
      <div className="flex flex-wrap gap-2">
        {spot.kind === "truck" ? (
          <>
            <Button
              aria-pressed={isFollowed}
              icon="navigate"
              look={isFollowed ? "primary" : "secondary"}
              onClick={onFollow}
              size="sm"
            >
              {t(isFollowed ? "fleetmap.following" : "fleetmap.follow")}
            </Button>
            <ButtonLink params={{ id: spot.id }} size="sm" to="/drivers/$id">
              {t("driverpage.open")}
            </ButtonLink>
          </>
        ) : null}
        {spot.load ? (
          <Link
            className="inline-flex h-8 items-center rounded-md px-2 text-sm font-medium text-brand-text hover:underline"
            params={{ id: spot.load.id }}
            to="/shipments/$id"
          >
            {spot.load.reference}
          </Link>
        ) : null}
      </div>
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-ink-3">{name}</dt>
      <dd className="truncate">{children}</dd>
    </div>
  );
}
