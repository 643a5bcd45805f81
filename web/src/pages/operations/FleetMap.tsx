import { useNavigate, useSearch } from "@tanstack/react-router";
import { t, useLocale } from "@/i18n";
import { PageHead } from "@/ui/Card";
import { FleetView } from "./FleetView";

/** All trucks as they move, and the loads that wait for one. */
export function FleetMap() {
  useLocale();
  const { truck = null } = useSearch({ from: "/shell/map" });
  const navigate = useNavigate();
  return (
    <>
      <PageHead subtitle={t("fleetmap.lead")} title={t("map.title")} />
      <FleetView
        onSelect={(id) =>
          void navigate({ to: "/map", search: id === null ? {} : { truck: id }, replace: true })
        }
        selected={truck}
      />
    </>
  );
}
