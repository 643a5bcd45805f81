import { useQueries, useQuery } from "@tanstack/react-query";
import { reads } from "@/api/queries";
import { t, useLocale } from "@/i18n";
import { drivers } from "@/pages/driver/agent";
import { OfferCard } from "@/pages/driver/OfferCard";
import { Card, PageHead } from "@/ui/Card";
import { Empty, Loaded } from "@/ui/States";

/** Open offers to each of a carrier's trucks that is online. */
export function Offers() {
  useLocale();
  const agents = useQuery({ ...reads.agents({ per_page: 100, online: true }), refetchInterval: 15_000 });
  const trucks = drivers(agents.data?.data ?? []);
  const offers = useQueries({
    queries: trucks.map((agent) => ({ ...reads.offers(agent.id), refetchInterval: 15_000 })),
  });
  const found = trucks.flatMap((agent, at) => {
    const list = offers[at]?.data ?? [];
    return list.length > 0 ? [{ agent, list }] : [];
  });
  return (
    <>
      <PageHead subtitle={t("offers.lead")} title={t("offers.title")} />
      <Loaded query={agents}>
        {() =>
          found.length === 0 ? (
            <Card flush>
              <Empty detail={t("drive.offers.none.detail")} icon="flag" title={t("drive.offers.none")} />
            </Card>
          ) : (
            <div className="flex flex-col gap-6">
              {found.map(({ agent, list }) => (
                <section className="flex flex-col gap-3" key={agent.id}>
                  <h2 className="text-sm font-semibold tabular">{`${agent.reference ?? agent.id} · ${t(`vehicle.${agent.vehicle.type}`)}`}</h2>
                  <ul className="grid gap-3 md:grid-cols-2 xl:grid-cols-3">
                    {list.map((shipment) => (
                      <OfferCard agent={agent} at={agent.base} key={shipment.id} shipment={shipment} />
                    ))}
                  </ul>
                </section>
              ))}
            </div>
          )
        }
      </Loaded>
    </>
  );
}
