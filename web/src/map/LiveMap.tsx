import { useEffect, useEffectEvent, useRef, useState } from "react";
import type { MapEngine } from "./engine";
import "./map.css";
import { tileUrl } from "./settings";
import type { MapLine, MapMarker, MapPin, MapTexts, Theme } from "./types";

export interface LiveMapProps {
  readonly markers?: readonly MapMarker[];
  readonly pins?: readonly MapPin[];
  readonly lines?: readonly MapLine[];
  readonly selected?: string | null;
  /** A marker or pin was chosen; `null`: the empty map was. */
  readonly onSelect?: (id: string | null) => void;
  /** The marker that the map stays with; a person who drags the map away ends it. */
  readonly follow?: string | null;
  readonly onFollowEnd?: () => void;
  /** For pages on which places are picked. */
  readonly onPick?: (latitude: number, longitude: number) => void;
  /** When it changes the map shows everything again; the same value leaves it where people moved it. */
  readonly fit?: string | number;
  readonly theme: Theme;
  readonly texts: MapTexts;
  /** Gives the map its size. */
  readonly className?: string;
}

const NO_MARKERS: readonly MapMarker[] = [];
const NO_PINS: readonly MapPin[] = [];
const NO_LINES: readonly MapLine[] = [];

type Phase = "loading" | "ready" | "unavailable";

/**
 * A map of moving trucks. Its code is loaded when the first map is shown. Where the device cannot draw it, it says so:
 * the list beside every map has everything that it shows.
 */
export function LiveMap(props: LiveMapProps) {
  const {
    markers = NO_MARKERS,
    pins = NO_PINS,
    lines = NO_LINES,
    selected = null,
    follow = null,
    fit = 0,
    theme,
    texts,
  } = props;
  const container = useRef<HTMLDivElement>(null);
  const [engine, setEngine] = useState<MapEngine | null>(null);
  const [phase, setPhase] = useState<Phase>("loading");

  const onSelect = useEffectEvent((id: string | null) => props.onSelect?.(id));
  const onFollowEnd = useEffectEvent(() => props.onFollowEnd?.());
  const onPick = useEffectEvent((latitude: number, longitude: number) => props.onPick?.(latitude, longitude));
  const begin = useEffectEvent(async (element: HTMLElement, isGone: () => boolean) => {
    const [{ MapEngine }, tiles] = await Promise.all([import("./engine"), tileUrl()]);
    if (isGone()) return null;
    return new MapEngine(element, {
      theme,
      texts,
      tileUrl: tiles,
      onSelect: (id) => onSelect(id),
      onFollowEnd: () => onFollowEnd(),
      onPick: (latitude, longitude) => onPick(latitude, longitude),
    });
  });

  useEffect(() => {
    const element = container.current;
    if (!element) return;
    let isGone = false;
    let made: MapEngine | null = null;
    begin(element, () => isGone)
      .then((begun) => {
        made = begun;
        if (isGone) begun?.remove();
        else setEngine(begun);
        return begun?.idle();
      })
      .then(() => {
        if (!isGone) setPhase("ready");
      })
      .catch(() => {
        if (!isGone) setPhase("unavailable");
      });
    return () => {
      isGone = true;
      made?.remove();
      setEngine(null);
    };
  }, []);

  useEffect(() => engine?.setTheme(theme), [engine, theme]);
  useEffect(() => engine?.setMarkers(markers), [engine, markers]);
  useEffect(() => engine?.setPins(pins), [engine, pins]);
  useEffect(() => engine?.setLines(lines), [engine, lines]);
  useEffect(() => engine?.select(selected), [engine, selected]);
  useEffect(() => engine?.follow(follow), [engine, follow]);
  // After the effects above, so that it sees what they have set.
  useEffect(() => engine?.fit(), [engine, fit]);

  return (
    <div className={`live-map ${props.className ?? ""}`} data-map-theme={theme} data-map-phase={phase}>
      <div ref={container} className="live-map-canvas" hidden={phase === "unavailable"} />
      {phase !== "ready" && (
        <p className="live-map-note" role="status">
          {phase === "loading" ? texts.loading : texts.unavailable}
        </p>
      )}
    </div>
  );
}
