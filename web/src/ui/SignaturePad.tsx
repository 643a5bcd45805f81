import { useId, useRef, useState, type PointerEvent } from "react";
import { t } from "@/i18n";
import { Button } from "./Button";
import { TextField } from "./Field";

interface SignatureProps {
  /** A PNG of the signature; `null` when there is none (any more). */
  readonly onSigned: (image: Blob | null) => void;
}

const WIDTH = 640;
const HEIGHT = 220;

/** A signature on glass. Who cannot draw signs with a typed name, which is drawn for them. */
export function SignaturePad({ onSigned }: SignatureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawing = useRef(false);
  const [typed, setTyped] = useState<string | null>(null);
  const hint = useId();

  const pen = () => {
    const context = canvas.current?.getContext("2d") ?? null;
    if (!context) return null;
    // Ink on paper in both themes: what is stored is looked at elsewhere.
    context.strokeStyle = context.fillStyle = "#10201e";
    context.lineWidth = 3;
    context.lineCap = context.lineJoin = "round";
    return context;
  };
  const at = (event: PointerEvent<HTMLCanvasElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * WIDTH,
      ((event.clientY - box.top) / box.height) * HEIGHT,
    ] as const;
  };
  const finish = () => {
    if (!drawing.current) return;
    drawing.current = false;
    canvas.current?.toBlob((image) => onSigned(image), "image/png");
  };
  const clear = () => {
    pen()?.clearRect(0, 0, WIDTH, HEIGHT);
    onSigned(null);
  };
  const write = (name: string) => {
    setTyped(name);
    const context = pen();
    if (!context) return;
    context.clearRect(0, 0, WIDTH, HEIGHT);
    if (name.trim() === "") return onSigned(null);
    context.font = "italic 56px serif";
    context.fillText(name, 32, 130, WIDTH - 64);
    canvas.current?.toBlob((image) => onSigned(image), "image/png");
  };

  return (
    <div className="flex flex-col gap-2">
      <p className="text-sm font-medium">{t("signature.label")}</p>
      <canvas
        aria-describedby={hint}
        aria-label={t("signature.label")}
        className="aspect-[32/11] w-full touch-none rounded-md border border-line-strong bg-white"
        height={HEIGHT}
        onPointerCancel={finish}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drawing.current = true;
          const context = pen();
          context?.beginPath();
          context?.moveTo(...at(event));
        }}
        onPointerMove={(event) => {
          if (!drawing.current) return;
          const context = pen();
          context?.lineTo(...at(event));
          context?.stroke();
        }}
        onPointerUp={finish}
        ref={canvas}
        role="img"
        width={WIDTH}
      />
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="text-xs text-ink-3" id={hint}>
          {t("signature.hint")}
        </p>
        <span className="flex gap-2">
          <Button look="quiet" onClick={() => setTyped(typed === null ? "" : null)} size="sm">
            {t("signature.keyboard")}
          </Button>
          <Button look="quiet" onClick={clear} size="sm">
            {t("do.clear")}
          </Button>
        </span>
      </div>
      {typed === null ? null : (
        <TextField
          autoComplete="off"
          label={t("signature.typed")}
          maxLength={80}
          onValue={write}
          value={typed}
        />
      )}
    </div>
  );
}
