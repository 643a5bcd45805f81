import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "@/api/client";
import { reads } from "@/api/queries";
import type { Shipment } from "@/api/types";
import { usePreference } from "@/app/preferences";
import { useKnownMe } from "@/app/useMe";
import { download, writeCsv } from "@/csv/csv";
import { shipmentRows } from "@/csv/shipments";
import { placeOf } from "@/geo/places";
import { t, tKnown } from "@/i18n";
import { Status } from "@/ui/Badge";
import { Button, ButtonLink } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { Dialog } from "@/ui/Dialog";
import { Field, Input, Select } from "@/ui/Field";
import { formatNumber, formatWindow } from "@/ui/format";
import { Icon } from "@/ui/icons";
import { Empty, Loaded } from "@/ui/States";
import { Pager, Table, type Column } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { Distance, Money, When } from "@/ui/Values";

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
  readonly from?: string;
  readonly to?: string;
  readonly sort?: string;
  readonly page?: string;
}

/** The filters of the address as the API takes them; what it does not know is left out. */
function queryOf(filters: Filters) {
  const status = STATUSES.find((known) => known === filters.status);
  const sort = (["-created_at", "created_at", "pickup"] as const).find((known) => known === filters.sort);
  const day = (text: string | undefined, end: boolean) => {
    const at = new Date(`${text ?? ""}T${end ? "23:59:59" : "00:00:00"}`);
    return Number.isNaN(at.getTime()) ? {} : { [end ? "to" : "from"]: at.toISOString() };
  };
  return {
    ...(status ? { status } : {}),
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
        <div className="grid grid-cols-2 gap-3 border-b border-line p-3 md:grid-cols-4">
          <Field label={t("ship.filter.status")}>
            {(control) => (
              <Select
                {...control}
                choices={[
                  { value: "", label: t("word.all") },
                  ...STATUSES.map((status) => ({ value: status, label: tKnown("status", status) })),
                ]}
                onValue={(status) => go({ ...search, status, page: "1" })}
                value={search.status ?? ""}
              />
            )}
          </Field>
          <Field label={t("ship.filter.from")}>
            {(control) => (
              <Input
                {...control}
                onValue={(from) => go({ ...search, from, page: "1" })}
                type="date"
                value={search.from ?? ""}
              />
            )}
          </Field>
          <Field label={t("ship.filter.to")}>
            {(control) => (
              <Input
                {...control}
                onValue={(to) => go({ ...search, to, page: "1" })}
                type="date"
                value={search.to ?? ""}
              />
            )}
          </Field>
          <Field label={t("ship.sort")}>
            {(control) => (
              <Select
                {...control}
                choices={[
                  { value: "-created_at", label: t("ship.sort.newest") },
                  { value: "created_at", label: t("ship.sort.oldest") },
                  { value: "pickup", label: t("ship.sort.pickup") },
                ]}
                onValue={(sort) => go({ ...search, sort })}
                value={search.sort ?? "-created_at"}
              />
            )}
          </Field>
        </div>
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

/** All pages of the present filters as one file. */
function Export({ filters }: { readonly filters: Filters }) {
  const queries = useQueryClient();
  const [progress, setProgress] = useState<{ n: number; m: number } | null>(null);
  const run = async () => {
    const found: Shipment[] = [];
    try {
      for (let page = 1; ; page += 1) {
        const answer = await api.get("/api/v1/shipments", {
          query: { ...queryOf(filters), page, per_page: 100 },
        });
        found.push(...answer.data);
        const total = answer.meta.pagination?.total ?? found.length;
        setProgress({ n: found.length, m: total });
        if (found.length >= total || answer.data.length === 0) break;
      }
      download("shipments.csv", writeCsv(shipmentRows(found)));
    } catch (error) {
      toast.failed(error);
    }
    setProgress(null);
    void queries.invalidateQueries({ queryKey: ["shipments"] });
  };
  return (
    <Button icon="download" onClick={() => void run()} pending={progress !== null}>
      {progress ? t("ship.exporting", progress) : t("do.export")}
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
  const key = ({ status = "", from = "", to = "", sort = "-created_at" }: Filters) =>
    [status, from, to, sort].join("|");
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
          <Field label={t("ship.views.name")}>
            {(control) => (
              <Input {...control} autoFocus maxLength={40} onValue={setName} required value={name} />
            )}
          </Field>
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
