import type { components } from "@/api/schema";
import { t } from "@/i18n";
import { formatWhen } from "@/ui/format";

export type Routes = Pick<components["schemas"]["WireRoutes"], "source" | "attribution" | "as_of">;

/** Where a way comes from: whoever's data it is must be named, and an estimate must say that it is one. */
export function sourceOf({ source, attribution, as_of }: Routes): string {
  if (source === "great_circle") return t("route.estimate");
  const parts = [attribution ?? "", as_of ? t("route.asof", { at: formatWhen(as_of) }) : ""];
  return parts.filter(Boolean).join(", ");
}
