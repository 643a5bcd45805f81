import { useQuery } from "@tanstack/react-query";
import { reads } from "@/api/queries";
import { t } from "@/i18n";
import { shortId } from "./facts";

/** What the organisations of a list are called; one that never said so, by the end of its id. */
export function useOrganisations(ids: readonly string[]): (id: string) => string {
  const wanted = [...new Set(ids)]
    .filter((id) => id.startsWith("org_"))
    .sort()
    .join();
  const found = useQuery({
    ...reads.organisations({ ids: wanted }),
    enabled: wanted !== "",
    staleTime: 600_000,
  });
  return (id) => {
    if (!id.startsWith("org_")) return shortId(id);
    const known = found.data?.data.find((organisation) => organisation.id === id);
    return known?.name ?? t("organisation.unnamed", { code: id.slice(-6).toUpperCase() });
  };
}
