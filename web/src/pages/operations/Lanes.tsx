import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { desk, type Lane } from "@/api/desk";
import { cityName, everyCity } from "@/geo/places";
import { t, useLocale } from "@/i18n";
import { Card, PageHead } from "@/ui/Card";
import { Select } from "@/ui/Field";
import { formatMoney, formatNumber, formatPercent } from "@/ui/format";
import { Empty, Loaded } from "@/ui/States";
import { Table } from "@/ui/Table";
import { Money, When } from "@/ui/Values";

const ENDS = ["from", "to"] as const;

/** What was paid from city to city, of all completed shipments. */
export function Lanes() {
  const locale = useLocale();
  const search = useSearch({ from: "/shell/lanes" });
  const navigate = useNavigate();
  const cities = everyCity();
  // An address may name a city that does not exist; the server would refuse it.
  const known = (code: string | undefined) => cities.find((city) => city.code === code)?.code;
  const [from, to] = [known(search.from), known(search.to)];
  const lanes = useQuery(desk.lanes({ limit: 500, ...(from ? { from } : {}), ...(to ? { to } : {}) }));
  const nameOf = ({ code, name }: Lane["from"]) => {
    const city = cities.find((candidate) => candidate.code === code);
    return city ? cityName(city) : name;
  };
  const choices = cities
    .map((city) => ({ value: city.code, label: cityName(city) }))
    .sort((a, b) => a.label.localeCompare(b.label, locale));
  return (
    <>
      <PageHead subtitle={t("lanes.lead")} title={t("lanes.title")}>
        {ENDS.map((end) => (
          <div className="w-44" key={end}>
            <Select
              aria-label={t(`lanes.${end}`)}
              choices={[{ value: "", label: t(`lanes.${end}.all`) }, ...choices]}
              onValue={(code) => {
                const next = { from, to, [end]: code === "" ? undefined : code };
                void navigate({
                  to: "/lanes",
                  search: { ...(next.from ? { from: next.from } : {}), ...(next.to ? { to: next.to } : {}) },
                });
              }}
              value={(end === "from" ? from : to) ?? ""}
            />
          </div>
        ))}
      </PageHead>
      <Card flush>
        <Loaded lines={8} query={lanes}>
          {(list) => (
            <Table
              caption={t("lanes.title")}
              columns={[
                {
                  key: "lane",
                  title: t("lanes.lane"),
                  cell: (lane) => (
                    <span className="font-medium">
                      {t("ship.route", { from: nameOf(lane.from), to: nameOf(lane.to) })}
                    </span>
                  ),
                  sort: (lane) => `${nameOf(lane.from)} ${nameOf(lane.to)}`,
                },
                {
                  key: "count",
                  title: t("lanes.count"),
                  align: "right",
                  cell: (lane) => formatNumber(lane.shipments),
                  sort: (lane) => lane.shipments,
                },
                {
                  key: "price",
                  title: t("lanes.average"),
                  align: "right",
                  cell: (lane) => <Money value={lane.average_price} />,
                  sort: (lane) => Number(lane.average_price.amount),
                },
                {
                  key: "range",
                  title: t("lanes.range"),
                  align: "right",
                  wideOnly: true,
                  cell: (lane) => `${formatMoney(lane.lowest_price)} – ${formatMoney(lane.highest_price)}`,
                  sort: (lane) => Number(lane.highest_price.amount),
                },
                {
                  key: "perkm",
                  title: t("lanes.perkm"),
                  align: "right",
                  wideOnly: true,
                  cell: (lane) => t("word.perkm", { amount: formatMoney(lane.average_per_km) }),
                  sort: (lane) => Number(lane.average_per_km.amount),
                },
                {
                  key: "km",
                  title: t("lanes.km"),
                  align: "right",
                  wideOnly: true,
                  cell: (lane) => t("word.km", { n: formatNumber(lane.average_km) }),
                  sort: (lane) => lane.average_km,
                },
                {
                  key: "ontime",
                  title: t("lanes.ontime"),
                  align: "right",
                  cell: (lane) => formatPercent(lane.on_time_rate),
                  sort: (lane) => lane.on_time_rate,
                },
                {
                  key: "last",
                  title: t("lanes.last"),
                  align: "right",
                  wideOnly: true,
                  cell: (lane) => <When at={lane.last_at} />,
                  sort: (lane) => lane.last_at,
                },
              ]}
              empty={<Empty detail={t("lanes.none.detail")} icon="navigate" title={t("lanes.none")} />}
              rowKey={(lane) => `${lane.from.code}-${lane.to.code}-${lane.average_price.currency}`}
              rows={list}
            />
          )}
        </Loaded>
      </Card>
    </>
  );
}
