import { useEffect, useState } from "react";
import { live } from "@/app/live";
import type { Point } from "@/geo/places";
import { memoryFixStore, openFixStore, PositionOutbox } from "@/live";

const FAST_MS = 5_000;
const SAVING_MS = 30_000;

interface Connection extends EventTarget {
  readonly saveData?: boolean;
  readonly effectiveType?: string;
}

/** 5 s, or 30 s where the network is slow or the person saves data. */
export function periodOf(
  connection: { readonly saveData?: boolean; readonly effectiveType?: string } | undefined,
): number {
  const slow = connection?.saveData === true || ["slow-2g", "2g"].includes(connection?.effectiveType ?? "");
  return slow ? SAVING_MS : FAST_MS;
}

export interface Positions {
  /** Where the device was at the last fix that was taken. */
  readonly at: Point | null;
  readonly state: "off" | "on" | "denied" | "away";
  readonly waiting: number;
  readonly periodMs: number;
}

const after = (ms: number, call: () => void) => {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
};

/** Sends where the device is while `on`; what cannot be sent waits on the device. */
export function usePositions(driver: string, on: boolean): Positions {
  const [state, setState] = useState<Positions["state"]>("off");
  const [waiting, setWaiting] = useState(0);
  const [at, setAt] = useState<Point | null>(null);
  const connection = (navigator as { connection?: Connection }).connection;
  const [periodMs, setPeriod] = useState(() => periodOf(connection));

  useEffect(() => {
    if (!connection) return;
    const change = () => setPeriod(periodOf(connection));
    connection.addEventListener("change", change);
    return () => connection.removeEventListener("change", change);
  }, [connection]);

  useEffect(() => {
    if (!on) return;
    let outbox: PositionOutbox | null = null;
    let gone = false;
    let last = 0;
    const release = live.hold();
    void openFixStore(driver)
      .catch(() => memoryFixStore())
      .then((store) => PositionOutbox.open(store, live, after))
      .then((opened) => {
        if (gone) return opened.close();
        outbox = opened;
        opened.watch(() => setWaiting(opened.waiting));
        setWaiting(opened.waiting);
      });
    const watch = navigator.geolocation.watchPosition(
      ({ coords, timestamp }) => {
        setState("on");
        if (timestamp - last < periodMs - 250) return;
        last = timestamp;
        const { latitude, longitude, speed, heading } = coords;
        setAt({ latitude, longitude });
        const finite = (value: number | null) => (value !== null && Number.isFinite(value) ? value : null);
        void outbox?.put({
          at: timestamp,
          latitude,
          longitude,
          speed: finite(speed),
          heading: finite(heading),
        });
      },
      (error) => setState(error.code === error.PERMISSION_DENIED ? "denied" : "away"),
      { enableHighAccuracy: true, maximumAge: periodMs },
    );
    return () => {
      gone = true;
      navigator.geolocation.clearWatch(watch);
      outbox?.close();
      release();
    };
  }, [driver, on, periodMs]);

  return { at, state: on ? state : "off", waiting, periodMs };
}

/** Keeps the screen awake while `on`; the browser lets go when the page is hidden, so it is asked again afterwards. */
export function useWakeLock(on: boolean): void {
  useEffect(() => {
    if (!on || !("wakeLock" in navigator)) return;
    let lock: WakeLockSentinel | null = null;
    let gone = false;
    const ask = () => {
      if (document.visibilityState !== "visible") return;
      // Refused on a low battery: the trip goes on without it.
      void navigator.wakeLock.request("screen").then(
        (held) => {
          if (gone) void held.release();
          else lock = held;
        },
        () => undefined,
      );
    };
    ask();
    document.addEventListener("visibilitychange", ask);
    return () => {
      gone = true;
      document.removeEventListener("visibilitychange", ask);
      void lock?.release();
    };
  }, [on]);
}
