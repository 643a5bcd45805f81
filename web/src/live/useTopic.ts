import { useQueryClient, type QueryClient, type QueryKey } from "@tanstack/react-query";
import { useEffect, useEffectEvent } from "react";
import { useLive } from "./LiveProvider";
import type { LiveEvent } from "./protocol";

/** Events come in bursts; what they make stale is read once. */
const TOGETHER_MS = 100;

export interface TopicUse {
  /** The queries that an event makes stale. They are read again, also when the topic begins or cannot resume. */
  readonly keys: readonly QueryKey[];
  /** Sees each event; answers `true` when it brought the cache up to date itself. */
  readonly onEvent?: (event: LiveEvent, queries: QueryClient) => boolean | void;
  /** The server ended it: the topic does not exist or may not be read. */
  readonly onEnd?: (code: string) => void;
}

/** Keeps queries current with a topic such as `shipment:shp_...`; `null` follows nothing. */
export function useTopic(topic: string | null, use: TopicUse): void {
  const connection = useLive();
  const queries = useQueryClient();
  const invalidate = useEffectEvent(() => {
    for (const queryKey of use.keys) void queries.invalidateQueries({ queryKey });
  });
  const onEvent = useEffectEvent((event: LiveEvent) => use.onEvent?.(event, queries) === true);
  const onEnd = useEffectEvent((code: string) => use.onEnd?.(code));

  useEffect(() => {
    if (topic === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        invalidate();
      }, TOGETHER_MS);
    };
    const unfollow = connection.follow(topic, {
      onEvent: (event) => {
        if (!onEvent(event)) soon();
      },
      onReset: soon,
      onEnd: (code) => onEnd(code),
    });
    return () => {
      clearTimeout(timer);
      unfollow();
    };
  }, [connection, topic]);
}
