import { useSyncExternalStore } from "react";
import { cityNamed } from "@/geo/places";
import { t } from "@/i18n";
import type { MapTexts, Theme } from "@/map";

/** The words that every map needs, with what this one shows. */
export function mapTexts(label: string): MapTexts {
  return {
    label,
    zoomIn: t("map.zoomin"),
    zoomOut: t("map.zoomout"),
    loading: t("map.loading"),
    unavailable: t("map.unavailable"),
    city: cityNamed,
  };
}

function watchTheme(call: () => void): () => void {
  const observer = new MutationObserver(call);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => observer.disconnect();
}

/** The theme that is shown: the person's choice or the device's. */
export function useTheme(): Theme {
  return useSyncExternalStore(watchTheme, () =>
    document.documentElement.dataset["theme"] === "dark" ? "dark" : "light",
  );
}
