import { mapTexts, useTheme } from "@/app/mapping";
import { t, useLocale } from "@/i18n";
import { Crowd } from "@/map";

/** As many trucks as a map must bear, all of them moving. */
export function CrowdedMap() {
  useLocale();
  const theme = useTheme();
  return (
    <main>
      <h1 className="sr-only">{t("map.fleet")}</h1>
      <Crowd className="h-dvh w-full" count={10_000} texts={mapTexts(t("map.fleet"))} theme={theme} />
    </main>
  );
}
