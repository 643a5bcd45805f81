import { useState } from "react";
import { t } from "@/i18n";
import { Button } from "@/ui/Button";
import { Input, Select } from "@/ui/Field";
import { formatNumber, formatWhen } from "@/ui/format";
import { Notice } from "@/ui/States";
import { explain } from "@/api/explain";
import type { Period } from "./period";
import { readSpeed } from "./replay";
import type { Player as Replay } from "./useReplay";

const SPEEDS = [1, 10, 60, 300, 1000] as const;
const OWN = "own";
/** Steps of the slider over the whole period. */
const STEPS = 500;

interface PlayerProps {
  readonly replay: Replay;
  readonly period: Period;
  readonly speed: number;
  readonly onSpeed: (speed: number) => void;
}

/** Plays a trip: when, how fast, and how fast it is shown. */
export function Player({ replay, period, speed, onSpeed }: PlayerProps) {
  const [from, to] = [Date.parse(period.from), Date.parse(period.to)];
  // While the slider is held nothing is asked for.
  const [held, setHeld] = useState<number | null>(null);
  const release = () => {
    if (held !== null) replay.seek(held);
    setHeld(null);
  };
  const at = held ?? replay.at;
  const kmh = replay.shown?.kmh ?? null;
  return (
    <div className="flex flex-col gap-3 border-t border-line px-4 py-3">
      {replay.error ? <Notice tone="bad">{explain(replay.error)}</Notice> : null}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Button
          disabled={replay.isLoading}
          look="primary"
          onClick={replay.isPlaying ? replay.pause : replay.play}
        >
          {t(replay.isPlaying ? "trips.pause" : "trips.play")}
        </Button>
        <Speed onSpeed={onSpeed} speed={speed} />
        <p className="ml-auto text-sm tabular">
          <time dateTime={new Date(at).toISOString()}>{formatWhen(new Date(at))}</time>
          {kmh === null ? null : (
            <span className="text-ink-2">{` · ${t("fleetmap.kmh", { n: formatNumber(kmh) })}`}</span>
          )}
        </p>
      </div>
      <input
        aria-label={t("trips.moment")}
        aria-valuetext={formatWhen(new Date(at))}
        className="w-full accent-brand"
        max={to}
        min={from}
        onBlur={release}
        onChange={(event) => setHeld(Number(event.target.value))}
        onKeyUp={release}
        onPointerUp={release}
        step={Math.max(1, Math.round((to - from) / STEPS))}
        type="range"
        value={at}
      />
    </div>
  );
}

function Speed({ speed, onSpeed }: Pick<PlayerProps, "speed" | "onSpeed">) {
  const [own, setOwn] = useState<string | null>(null);
  const isBad = own !== null && readSpeed(own) === null;
  return (
    <span className="flex items-center gap-2">
      <span className="w-36">
        <Select
          aria-label={t("trips.speed")}
          choices={[
            ...SPEEDS.map((value) => ({
              value: String(value),
              label: t("trips.speed.times", { n: formatNumber(value) }),
            })),
            { value: OWN, label: t("trips.speed.own") },
          ]}
          onValue={(value) => {
            setOwn(value === OWN ? String(speed) : null);
            if (value !== OWN) onSpeed(Number(value));
          }}
          value={own === null ? String(speed) : OWN}
        />
      </span>
      {own === null ? null : (
        <span className="w-28">
          <Input
            aria-invalid={isBad || undefined}
            aria-label={t("trips.speed.number")}
            inputMode="decimal"
            onValue={(text) => {
              setOwn(text);
              const wanted = readSpeed(text);
              if (wanted !== null) onSpeed(wanted);
            }}
            title={t("trips.speed.bad")}
            unit="×"
            value={own}
          />
        </span>
      )}
    </span>
  );
}
