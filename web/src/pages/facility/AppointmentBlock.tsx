import { useRef, useState, type CSSProperties, type KeyboardEvent, type PointerEvent } from "react";
import { currentLocale, t, tKnown } from "@/i18n";
import { cx } from "@/ui/cx";
import type { Target } from "./calendar";
import type { Appointment } from "./Docks";

const TONES: Readonly<Record<string, string>> = {
  held: "border-dashed border-line-strong bg-surface text-ink",
  scheduled: "border-info bg-info-soft text-info",
  displaced: "border-bad bg-bad-soft text-bad",
  waiting: "border-warn bg-warn-soft text-warn",
  called: "border-brand bg-brand-soft text-brand-text",
  in_progress: "border-brand bg-brand-soft text-brand-text",
  completed: "border-good bg-good-soft text-good",
};

const MOVABLE = ["held", "scheduled", "displaced"];
/** Pixels before a press becomes a drag. */
const SLACK_PX = 5;

interface BlockProps {
  readonly appointment: Appointment;
  readonly zone: string;
  readonly className?: string;
  readonly style?: CSSProperties;
  /** Where a key takes the appointment; null when the key means nothing. */
  readonly onKey: (target: Target, key: string) => Target | null;
  /** Where it would land when dropped at a point of the screen. */
  readonly onPoint: (event: PointerEvent, grabbedAt: number) => Target | null;
  readonly onMove: (appointment: Appointment, target: Target) => void;
}

/** A time of the facility's day. */
export function clockTime(at: number, zone: string): string {
  const style = { hour: "2-digit", minute: "2-digit", timeZone: zone } as const;
  return new Intl.DateTimeFormat(currentLocale(), style).format(at);
}

/** An appointment that can be dragged, or moved by arrows and put down with Enter. */
export function AppointmentBlock({
  appointment,
  zone,
  className,
  style,
  onKey,
  onPoint,
  onMove,
}: BlockProps) {
  const here: Target = { from: Date.parse(appointment.from), dock: appointment.dock ?? "" };
  const [target, setTarget] = useState<Target | null>(null);
  const grabbed = useRef<{ x: number; y: number; at: number; dragging: boolean } | null>(null);
  const movable = MOVABLE.includes(appointment.status);
  const shown = target ?? here;
  const name = t("docks.block", {
    time: clockTime(Date.parse(appointment.from), zone),
    work: tKnown("dockwork", appointment.work),
    dock: appointment.dock ?? "–",
    status: tKnown("appointment", appointment.status),
  });
  const put = (to: Target | null) => {
    setTarget(null);
    if (to && (to.from !== here.from || to.dock !== here.dock)) onMove(appointment, to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!movable) return;
    if (event.key === "Enter" && target) put(target);
    else if (event.key === "Escape" && target) setTarget(null);
    else {
      const next = onKey(shown, event.key);
      if (!next) return;
      setTarget(next);
    }
    event.preventDefault();
  };
  const onPointerDown = (event: PointerEvent<HTMLButtonElement>) => {
    if (!movable || event.button !== 0) return;
    const box = event.currentTarget.getBoundingClientRect();
    grabbed.current = {
      x: event.clientX,
      y: event.clientY,
      at: (event.clientX - box.left) / box.width,
      dragging: false,
    };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent) => {
    const start = grabbed.current;
    if (!start) return;
    start.dragging ||= Math.hypot(event.clientX - start.x, event.clientY - start.y) > SLACK_PX;
    if (start.dragging) setTarget(onPoint(event, start.at));
  };
  const onPointerUp = (event: PointerEvent) => {
    const start = grabbed.current;
    grabbed.current = null;
    if (start?.dragging) put(onPoint(event, start.at));
  };
  return (
    <>
      <button
        aria-label={name}
        className={cx(
          "overflow-hidden rounded-sm border px-1 text-left text-xs leading-4",
          TONES[appointment.status] ?? "border-line bg-sunken text-ink-2",
          movable ? "cursor-grab touch-none" : "cursor-default",
          target !== null && "ring-2 ring-brand",
          className,
        )}
        onBlur={() => setTarget(null)}
        onKeyDown={onKeyDown}
        onPointerCancel={() => {
          grabbed.current = null;
          setTarget(null);
        }}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        style={style}
        title={name}
        type="button"
      >
        <span className="block truncate font-medium tabular">
          {clockTime(Date.parse(appointment.from), zone)} {tKnown("dockwork", appointment.work)}
        </span>
        <span className="block truncate">{tKnown("appointment", appointment.status)}</span>
      </button>
      <span aria-live="assertive" className="sr-only">
        {target ? t("docks.target", { time: clockTime(target.from, zone), dock: target.dock }) : ""}
      </span>
    </>
  );
}
