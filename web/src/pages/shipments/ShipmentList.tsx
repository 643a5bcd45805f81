import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { readFile } from "@/api/client";
import { reads } from "@/api/queries";
import type { Shipment } from "@/api/types";
import { usePreference } from "@/app/preferences";
import { useKnownMe } from "@/app/useMe";
import { saveFile } from "@/csv/csv";
import { placeOf } from "@/geo/places";
import { t, tKnown } from "@/i18n";
import { Status } from "@/ui/Badge";
import { Button, ButtonLink } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { Dialog } from "@/ui/Dialog";
import { SelectField, TextField } from "@/ui/Field";
import { formatNumber, formatWindow } from "@/ui/format";
import { Icon } from "@/ui/icons";
import { Empty, Loaded } from "@/ui/States";
import { Pager, Table, type Column } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { Distance, Money, When } from "@/ui/Values";
import { PlaceField } from "./PlaceField";

const STATUSES = [
  "requested",
  "bidding",
  "selected",
  "booked",
  "en_route_pickup",
  "loading",
  "in_transit",
  "unloading",
  "delivered",
  "completed",
  "cancelled",
  "expired",
  "disputed",
] as const;
const PER_PAGE = 20;

interface Filters {
  readonly status?: string;
  /** Days of the pickup window. */
  readonly from?: string;
  readonly to?: string;
  /** `latitude,longitude` of where it is loaded, and the name it was found by. */
  readonly at?: string;
  readonly near?: string;
  readonly within?: string;
  readonly sort?: string;
  readonly page?: string;
}

const RADII_KM = [25, 50, 100, 200] as const;

/** The filters of the address as the API takes them; what it does not know is left out. */
export function queryOf(filters: Filters) {
  const status = STATUSES.find((known) => known === filters.status);
  const sort = (["-created_at", "created_at", "pickup"] as const).find((known) => known === filters.sort);
  const day = (text: string | undefined, end: boolean) => {
    const at = new Date(`${text ?? ""}T${end ? "23:59:59" : "00:00:00"}`);
    return Number.isNaN(at.getTime()) ? {} : { [end ? "to" : "from"]: at.toISOString() };
  };
  const [latitude = NaN, longitude = NaN] = (filters.at ?? "").split(",").map(Number);
  const within_km = RADII_KM.find((km) => String(km) === filters.within) ?? 50;
  return {
    ...(status ? { status } : {}),
    ...(Number.isFinite(latitude) && Number.isFinite(longitude) ? { latitude, longitude, within_km } : {}),
    ...(sort ? { sort } : {}),
    ...day(filters.from, false),
    ...day(filters.to, true),
  };
}

export function ShipmentList() {
  const me = useKnownMe();
  const search: Filters = useSearch({ from: "/shell/shipments" });
  const navigate = useNavigate();
  const page = Math.max(1, Number(search.page ?? 1) || 1);
  const query = queryOf(search);
  const list = useQuery({
    ...reads.shipments({ ...query, page, per_page: PER_PAGE }),
    refetchInterval: 15_000,
  });
  const isShipper = me.role === "shipper";
  const filtered = Object.keys(query).length > 0;
  const go = (filters: Filters) => void navigate({ to: "/shipments", search: filters });

  return (
    <>
      <PageHead title={t("ship.title")}>
        <Export filters={search} />
        {isShipper ? (
          <>
            <ButtonLink icon="upload" to="/shipments/import">
              {t("ship.import")}
            </ButtonLink>
            <ButtonLink icon="plus" look="primary" to="/shipments/new">
              {t("ship.new")}
            </ButtonLink>
          </>
        ) : null}
      </PageHead>
      <SavedViews current={search} onView={go} />
      <Card flush>
        <FilterFields filters={search} onFilters={go} />
        <Loaded lines={8} query={list}>
          {({ data, meta }) => (
            <>
              <Table
                caption={t("ship.title")}
                columns={columns()}
                empty={
                  filtered ? (
                    <Empty icon="filter" title={t("ship.empty.filter")}>
                      <Button onClick={() => go({})}>{t("ship.filter.clear")}</Button>
                    </Empty>
                  ) : (
                    <Empty
                      detail={t(isShipper ? "ship.empty.shipper" : "ship.empty.other")}
                      title={t("ship.empty")}
                    >
                      {isShipper ? (
                        <ButtonLink look="primary" to="/shipments/new">
                          {t("ship.new")}
                        </ButtonLink>
                      ) : null}
                    </Empty>
                  )
                }
                onOpen={(shipment) => void navigate({ to: "/shipments/$id", params: { id: shipment.id } })}
                rowKey={(shipment) => shipment.id}
                rowName={(shipment) => shipment.reference}
                rows={data}
              />
              <Pager
                onPage={(next) => go({ ...search, page: String(next) })}
                page={page}
                perPage={PER_PAGE}
                total={meta.pagination?.total ?? data.length}
              />
            </>
          )}
        </Loaded>
      </Card>
    </>
  );
}

function FilterFields({
  filters,
  onFilters,
}: {
  readonly filters: Filters;
  readonly onFilters: (filters: Filters) => void;
}) {
  const set = (part: Filters) => onFilters({ ...filters, ...part, page: "1" });
  // What is typed before a place is chosen; the address only has places.
  const [near, setNear] = useState<string | null>(null);
  const [shown, setShown] = useState(false);
  const used = [filters.from, filters.to, filters.at].filter(Boolean).length;
  return (
    <div className="border-b border-line p-3">
      <div className="grid grid-cols-2 items-end gap-3 md:grid-cols-4">
        <SelectField
          choices={[
            { value: "", label: t("word.all") },
            ...STATUSES.map((status) => ({ value: status, label: tKnown("status", status) })),
          ]}
          label={t("ship.filter.status")}
          onValue={(status) => set({ status })}
          value={filters.status ?? ""}
        />
        <SelectField
          choices={[
            { value: "-created_at", label: t("ship.sort.newest") },
            { value: "created_at", label: t("ship.sort.oldest") },
            { value: "pickup", label: t("ship.sort.pickup") },
          ]}
          label={t("ship.sort")}
          onValue={(sort) => set({ sort })}
          value={filters.sort ?? "-created_at"}
        />
        <div className="col-span-2 flex justify-end">
          <Button aria-expanded={shown || used > 0} icon="filter" onClick={() => setShown(!shown)}>
            {used > 0 ? t("ship.filter.used", { n: used }) : t("ship.filter.more")}
          </Button>
        </div>
      </div>
      {shown || used > 0 ? (
        <div className="grid grid-cols-2 gap-3 pt-3 md:grid-cols-4">
          <TextField
            label={t("ship.filter.from")}
            onValue={(from) => set({ from })}
            type="date"
            value={filters.from ?? ""}
          />
          <TextField
            label={t("ship.filter.to")}
            onValue={(to) => set({ to })}
            type="date"
            value={filters.to ?? ""}
          />
          <div className="max-md:col-span-2">
            <PlaceField
              chosen={near === null && filters.at !== undefined}
              hint={t("ship.filter.near.hint")}
              label={t("ship.filter.near")}
              onPlace={(place, name) => {
                setNear(null);
                set({ at: `${place.latitude},${place.longitude}`, near: name });
              }}
              onText={(text) => {
                setNear(text);
                if (filters.at !== undefined) {
                  const { status, from, to, sort } = filters;
                  const rest = Object.entries({ status, from, to, sort }).filter(([, value]) => value);
                  onFilters({ ...Object.fromEntries(rest), page: "1" });
                }
              }}
              problem={null}
              text={near ?? filters.near ?? ""}
            />
          </div>
          <SelectField
            choices={RADII_KM.map((km) => ({
              value: String(km),
              label: t("word.km", { n: formatNumber(km) }),
            }))}
            disabled={filters.at === undefined}
            label={t("ship.filter.within")}
            onValue={(within) => set({ within })}
            value={filters.within ?? "50"}
          />
        </div>
      ) : null}
    </div>
  );
}

/** From where to where, in cities: an address is not for lists. */
export function routeOf(shipment: Pick<Shipment, "pickup" | "delivery">): string {
  return t("ship.route", { from: placeOf(shipment.pickup), to: placeOf(shipment.delivery) });
}

function columns(): readonly Column<Shipment>[] {
  return [
    {
      key: "reference",
      title: t("ship.col.reference"),
      sort: (shipment) => shipment.reference,
      cell: (shipment) => (
        <Link className="block" params={{ id: shipment.id }} tabIndex={-1} to="/shipments/$id">
          <span className="font-medium whitespace-nowrap tabular">{shipment.reference}</span>
          <span className="block text-xs text-ink-2 md:hidden">{routeOf(shipment)}</span>
        </Link>
      ),
    },
    {
      key: "route",
      title: t("ship.col.route"),
      wideOnly: true,
      sort: routeOf,
      cell: (shipment) => <span className="font-medium">{routeOf(shipment)}</span>,
    },
    {
      key: "status",
      title: t("ship.col.status"),
      sort: (shipment) => STATUSES.indexOf(shipment.status as never),
      cell: (shipment) => <Status of="status" value={shipment.status} />,
    },
    {
      key: "pickup",
      title: t("ship.col.pickup"),
      wideOnly: true,
      sort: (shipment) => shipment.pickup.window.from,
      cell: (shipment) => (
        <span className="whitespace-nowrap tabular">
          {formatWindow(shipment.pickup.window.from, shipment.pickup.window.to)}
        </span>
      ),
    },
    {
      key: "cargo",
      title: t("ship.col.cargo"),
      wideOnly: true,
      align: "right",
      sort: (shipment) => shipment.cargo.weight_kg,
      cell: (shipment) => t("word.kg", { n: formatNumber(shipment.cargo.weight_kg) }),
    },
    {
      key: "distance",
      title: t("ship.col.distance"),
      wideOnly: true,
      align: "right",
      sort: (shipment) => shipment.road_km,
      cell: (shipment) => <Distance km={shipment.road_km} />,
    },
    {
      key: "bids",
      title: t("ship.col.bids"),
      wideOnly: true,
      align: "right",
      sort: (shipment) => shipment.bids,
      cell: (shipment) => shipment.bids,
    },
    {
      key: "price",
      title: t("ship.col.price"),
      align: "right",
      sort: (shipment) => Number(shipment.booking?.price.amount ?? 0),
      cell: (shipment) =>
        shipment.booking ? (
          <Money value={shipment.booking.price} />
        ) : (
          <span className="text-ink-3">{"–"}</span>
        ),
    },
    {
      key: "posted",
      title: t("ship.col.posted"),
      wideOnly: true,
      align: "right",
      sort: (shipment) => shipment.created_at,
      cell: (shipment) => <When at={shipment.created_at} />,
    },
  ];
}

/** What the list shows under the present filters, as the server's own table. */
function Export({ filters }: { readonly filters: Filters }) {
  const run = useMutation({
    mutationFn: () => readFile("/api/v1/shipments/export", { query: queryOf(filters) }),
    onSuccess: (table) => saveFile("shipments.csv", table),
    onError: toast.failed,
  });
  return (
    <Button icon="download" onClick={() => run.mutate()} pending={run.isPending}>
      {t("do.export")}
    </Button>
  );
}

interface View {
  readonly name: string;
  readonly filters: Filters;
}

function readViews(text: string | null): readonly View[] {
  try {
    const views: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(views) ? (views as View[]).filter((view) => typeof view.name === "string") : [];
  } catch {
    return [];
  }
}

/** Filters under a name, kept on this device. */
function SavedViews({
  current,
  onView,
}: {
  readonly current: Filters;
  readonly onView: (filters: Filters) => void;
}) {
  const [kept, keep] = usePreference("views.shipments");
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState("");
  const own = readViews(kept);
  const given: readonly View[] = [
    { name: t("word.all"), filters: {} },
    { name: t("ship.views.open"), filters: { status: "bidding" } },
    { name: t("ship.views.active"), filters: { status: "in_transit" } },
    { name: t("ship.views.done"), filters: { status: "completed" } },
  ];
  const key = ({ status = "", from = "", to = "", at = "", within = "50", sort = "-created_at" }: Filters) =>
    [status, from, to, at, at && within, sort].join("|");
  const chip = "inline-flex h-8 items-center gap-1.5 rounded-md px-3 text-sm font-medium";
  return (
    <div aria-label={t("ship.views")} className="flex flex-wrap items-center gap-1 pb-3" role="group">
      {[...given, ...own].map((view, index) => {
        const isCurrent = key(view.filters) === key(current);
        return (
          <span
            className={`${chip} ${isCurrent ? "bg-ink text-surface" : "text-ink-2 hover:bg-sunken"}`}
            key={`${index}-${view.name}`}
          >
            <button aria-pressed={isCurrent} onClick={() => onView(view.filters)} type="button">
              {view.name}
            </button>
            {index >= given.length ? (
              <button
                aria-label={t("ship.views.remove", { name: view.name })}
                onClick={() => keep(JSON.stringify(own.filter((other) => other !== view)))}
                type="button"
              >
                <Icon name="close" size={13} />
              </button>
            ) : null}
          </span>
        );
      })}
      <Button look="quiet" onClick={() => setNaming(true)} size="sm">
        {t("ship.views.save")}
      </Button>
      <Dialog onClose={() => setNaming(false)} open={naming} title={t("ship.views.save")}>
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            const filters: Filters = { ...current, page: "1" };
            keep(JSON.stringify([...own, { name: name.trim(), filters }]));
            setName("");
            setNaming(false);
          }}
        >
          <TextField
            autoFocus
            label={t("ship.views.name")}
            maxLength={40}
            onValue={setName}
            required
            value={name}
          />
          <div className="flex justify-end">
            <Button disabled={name.trim() === ""} look="primary" type="submit">
              {t("do.save")}
            </Button>
          </div>
        </form>
      </Dialog>
    </div>
  );
}
