import { useEffect, useState } from "react";
import { LiveMap } from "./LiveMap";
import type { MapMarker, MapTexts, Theme, Tone } from "./types";

const TONES: readonly Tone[] = ["moving", "idle", "busy", "late", "off"];
const SECOND_MS = 1000;
/** What a truck drives in a second, in degrees, exaggerated so that it is seen. */
const STEP = 0.004;

/** The n-th of numbers that look random and are the same each time, from 0 to below 1. */
function scattered(n: number): number {
  return Math.abs(Math.sin(n * 12.9898) * 43_758.5453) % 1;
}

function truck(n: number): MapMarker {
  return {
    id: `truck-${n}`,
    latitude: 37 + 10 * scattered(n),
    longitude: 6 + 12 * scattered(n + 0.5),
    heading: 360 * scattered(n + 0.25),
    tone: TONES[Math.floor(TONES.length * scattered(n + 0.75))] ?? "idle",
  };
}

function driven(marker: MapMarker): MapMarker {
  const turn = ((marker.heading ?? 0) * Math.PI) / 180;
  return {
    ...marker,
    latitude: marker.latitude + STEP * Math.cos(turn),
    longitude: marker.longitude + STEP * Math.sin(turn),
  };
}

/** A map with many invented trucks that all move once a second: what the map must bear, for the design page. */
export function Crowd({
  count,
  theme,
  texts,
  className = "",
}: {
  readonly count: number;
  readonly theme: Theme;
  readonly texts: MapTexts;
  readonly className?: string;
}) {
  const [markers, setMarkers] = useState<readonly MapMarker[]>(() =>
    Array.from({ length: count }, (_, n) => truck(n)),
  );
  useEffect(() => {
    const timer = setInterval(() => setMarkers((before) => before.map(driven)), SECOND_MS);
    return () => clearInterval(timer);
  }, []);
  return <LiveMap className={className} fit="crowd" markers={markers} texts={texts} theme={theme} />;
}
