import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { api } from "@/api/client";
import { may } from "@/api/desk";
import { reads } from "@/api/queries";
import { isDispatcher } from "@/app/nav";
import { useKnownMe } from "@/app/useMe";
import { placeOf } from "@/geo/places";
import { t, tKnown, useLocale } from "@/i18n";
import { Papers } from "@/pages/carrier/Fleet";
import { drivers, papersOf, type DriverAgent } from "@/pages/driver/agent";
import { Badge, Status } from "@/ui/Badge";
import { Button, ButtonLink } from "@/ui/Button";
import { Card, Facts, Figure, Figures, PageHead } from "@/ui/Card";
import { formatNumber, formatPercent } from "@/ui/format";
import { Empty, Loaded } from "@/ui/States";
import { Table } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { Money, useNow, When } from "@/ui/Values";
import { useOrganisations } from "./useOrganisations";

const share = (value: number | null | undefined) => (typeof value === "number" ? formatPercent(value) : "–");

/** A driver as staff sees it: record, earnings, truck and papers. */
export function Driver() {
  useLocale();
  const { id } = useParams({ from: "/shell/drivers/$id" });
  const agent = useQuery(reads.agent(id));
  return (
    <Loaded lines={8} query={agent}>
      {(found) => {
        const [driver] = drivers([found]);
        return driver ? (
          <DriverPage driver={driver} />
        ) : (
          <Empty heading="h1" icon="truck" title={t("driverpage.none")} />
        );
      }}
    </Loaded>
  );
}

function DriverPage({ driver }: { readonly driver: DriverAgent }) {
  const me = useKnownMe();
  const now = useNow(60_000);
  const queries = useQueryClient();
  const performance = useQuery(reads.performance(driver.id));
  const reinstate = useMutation({
    mutationFn: () =>
      api.post("/api/v1/agents/{id}/reinstate", {
        path: { id: driver.id },
        idempotencyKey: crypto.randomUUID(),
      }),
    onSuccess: () => toast.done(t("score.reinstated")),
    onError: toast.failed,
    onSettled: () => queries.invalidateQueries({ queryKey: ["agent", driver.id] }),
  });
  const { vehicle } = driver;
  const organisationOf = useOrganisations([driver.organisation_id]);
  return (
    <>
      <PageHead
        subtitle={
          driver.suspended ? (
            <Badge tone="bad">{tKnown("reason", driver.suspended)}</Badge>
          ) : (
            <Status of="driver" value={driver.status ?? "offline"} />
          )
        }
        title={driver.reference ?? t("driverpage.title")}
      >
        {isDispatcher(me.role) ? (
          <ButtonLink icon="map" search={{ truck: driver.id }} to="/map">
            {t("driverpage.map")}
          </ButtonLink>
        ) : null}
        <ButtonLink icon="clock" search={{ agent: driver.id }} to="/trips">
          {t("ship.page.history")}
        </ButtonLink>
        {driver.shipment_id ? (
          <ButtonLink icon="package" params={{ id: driver.shipment_id }} to="/shipments/$id">
            {t("driverpage.trip")}
          </ButtonLink>
        ) : null}
        {may(me.role, "log") ? (
          <ButtonLink icon="search" params={{ stream: driver.id }} to="/events/$stream">
            {t("driverpage.events")}
          </ButtonLink>
        ) : null}
        {driver.suspended && may(me.role, "reinstate") ? (
          <Button look="primary" onClick={() => reinstate.mutate()} pending={reinstate.isPending}>
            {t("score.reinstate")}
          </Button>
        ) : null}
      </PageHead>
      <div className="flex flex-col gap-4">
        <Loaded lines={2} query={performance}>
          {(record) => (
            <>
              <Figures>
                <Figure label={t("score.deliveries")} value={formatNumber(record.deliveries)} />
                <Figure label={t("score.ontime")} value={share(record.on_time_rate)} />
                <Figure
                  label={t("score.rating")}
                  source={t("driverpage.ratings", { n: record.ratings })}
                  value={typeof record.rating === "number" ? formatNumber(record.rating, 1) : "–"}
                />
                <Figure
                  label={t("driverpage.success")}
                  source={t("table.bids", { n: record.bids })}
                  value={share(record.success_rate)}
                />
                {record.gold ? (
                  <Figure
                    label={t("driverpage.tier")}
                    value={<Badge tone="brand">{t("driverpage.gold")}</Badge>}
                  />
                ) : null}
              </Figures>
              <div className="grid gap-4 lg:grid-cols-2">
                {(["paid", "outstanding"] as const).map((kind) => (
                  <Card flush key={kind} title={t(`driverpage.${kind}`)}>
                    <Table
                      caption={t(`driverpage.${kind}`)}
                      columns={[
                        {
                          key: "amount",
                          title: t("ledger.amount"),
                          cell: (earned) => <Money strong value={earned.amount} />,
                        },
                        {
                          key: "trips",
                          title: t("driverpage.trips"),
                          align: "right",
                          cell: (earned) => formatNumber(earned.trips),
                        },
                        {
                          key: "km",
                          title: t("lanes.km"),
                          align: "right",
                          cell: (earned) => t("word.km", { n: formatNumber(earned.road_km) }),
                        },
                        {
                          key: "perkm",
                          title: t("lanes.perkm"),
                          align: "right",
                          cell: (earned) => <Money value={earned.per_km} />,
                        },
                      ]}
                      empty={<Empty icon="coins" title={t("driverpage.nothing")} />}
                      rowKey={(earned) => earned.amount.currency}
                      rows={record[kind]}
                    />
                  </Card>
                ))}
              </div>
              <p className="text-xs text-ink-3">
                {t("driverpage.span")} <When at={record.from} style="date" /> {"–"}{" "}
                <When at={record.to} style="date" />
              </p>
            </>
          )}
        </Loaded>
        <Card title={t("driverpage.truck")}>
          <Facts
            columns={3}
            items={[
              [t("score.carrier"), organisationOf(driver.organisation_id)],
              [t("fleet.vehicle"), t(`vehicle.${vehicle.type}`)],
              [t("driverpage.capacity"), t("word.kg", { n: formatNumber(vehicle.capacity_kg) })],
              [t("driverpage.volume"), t("word.m3", { n: formatNumber(vehicle.capacity_m3) })],
              [t("driverpage.base"), placeOf(driver.base)],
              [t("driverpage.radius"), t("word.km", { n: formatNumber(driver.service_radius_km) })],
              [t("fleet.papers"), <Papers key="papers" papers={papersOf(driver, now)} />],
            ]}
          />
        </Card>
      </div>
    </>
  );
}
