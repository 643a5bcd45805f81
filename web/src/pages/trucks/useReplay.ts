import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { reads } from "@/api/queries";
import type { Period } from "./period";
import { instantOf, shownAt, type Shown } from "./replay";

/** The server sends ten positions for a second of play. */
const TICK_MS = 100;

export interface Player {
  readonly isPlaying: boolean;
  /** The instant of the trip that is shown, in milliseconds since 1970. */
  readonly at: number;
  readonly shown: Shown | null;
  readonly isLoading: boolean;
  readonly error: Error | null;
  readonly play: () => void;
  readonly pause: () => void;
  readonly seek: (at: number) => void;
}

/** Where play stands: in the part that begins at `from`, so many milliseconds into it. */
interface Head {
  readonly from: string;
  readonly playMs: number;
}

/** Plays a track from the instant that was sought, part by part; a part is asked for before the one in front ends. */
export function useReplay(agent: string, period: Period, speed: number): Player {
  const queries = useQueryClient();
  const [head, setHead] = useState<Head>({ from: period.from, playMs: 0 });
  const [isPlaying, setPlaying] = useState(false);
  const span = (from: string) => ({ from, to: period.to });
  const part = useQuery(reads.replay(agent, span(head.from), speed));
  const { data } = part;
  const nextFrom = data?.next_from;

  useEffect(() => {
    if (isPlaying && nextFrom !== undefined)
      void queries.prefetchQuery(reads.replay(agent, { from: nextFrom, to: period.to }, speed));
  }, [queries, agent, period.to, speed, isPlaying, nextFrom]);

  useEffect(() => {
    if (!isPlaying || !data) return;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      const passed = now - last;
      last = now;
      setHead((before) => advanced(before, passed, data));
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [isPlaying, data]);

  const isOver = data !== undefined && nextFrom === undefined && head.playMs >= data.plays_ms;
  return {
    isPlaying: isPlaying && !isOver,
    at: instantOf(head.from, head.playMs, speed),
    shown: data ? shownAt(data.frames, head.playMs) : null,
    isLoading: part.isPending,
    error: part.error,
    play: () => {
      if (isOver) setHead({ from: period.from, playMs: 0 });
      setPlaying(true);
    },
    pause: () => setPlaying(false),
    seek: (at) => setHead({ from: new Date(at).toISOString(), playMs: 0 }),
  };
}

/** The head after some time of play: in the next part, once this one is over. */
function advanced(
  head: Head,
  passed: number,
  part: { readonly plays_ms: number; readonly next_from?: string },
): Head {
  const playMs = head.playMs + passed;
  if (playMs < part.plays_ms) return { ...head, playMs };
  return part.next_from === undefined
    ? { ...head, playMs: part.plays_ms }
    : { from: part.next_from, playMs: 0 };
}
