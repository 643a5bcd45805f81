import { useQuery } from "@tanstack/react-query";
import { reads } from "@/api/queries";
import { t, useLocale } from "@/i18n";
import { PageHead } from "@/ui/Card";
import { Loaded } from "@/ui/States";
import { ShipmentsMap } from "./ShipmentsMap";

/** The shipments on the road. */
export function FleetMap() {
  useLocale();
  const list = useQuery({
    ...reads.shipments({ per_page: 100, sort: "-created_at" }),
    refetchInterval: 10_000,
  });
  return (
    <>
      <PageHead title={t("map.title")} />
      <Loaded lines={8} query={list}>
        {({ data }) => <ShipmentsMap shipments={data} />}
      </Loaded>
    </>
  );
}
