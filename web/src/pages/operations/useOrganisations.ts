import { useQuery } from "@tanstack/react-query";
import { reads } from "@/api/queries";
import { shortId } from "./facts";

/** What the organisations of a list are called; the end of their id where nobody may say. */
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
  return (id) => found.data?.data.find((organisation) => organisation.id === id)?.name ?? shortId(id);
}
