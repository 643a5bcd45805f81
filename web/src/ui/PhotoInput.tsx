import { useEffect, useId, useMemo, useState } from "react";
import { t } from "@/i18n";
import { Icon } from "./icons";

interface PhotoProps {
  readonly label: string;
  readonly photos: readonly Blob[];
  readonly onPhotos: (photos: readonly Blob[]) => void;
  readonly most?: number;
}

/** The longer side of what is sent: enough to read a label, a tenth of what a camera makes. */
const LONGEST_PX = 1600;

/** Makes a camera's picture small, and leaves out what a camera writes into it (where it was taken). */
export async function shrink(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (image) => (image ? resolve(image) : reject(new Error("the picture cannot be drawn"))),
      "image/jpeg",
      0.82,
    );
  });
}

/** Photos from the camera or the device. */
export function PhotoInput({ label, photos, onPhotos, most = 4 }: PhotoProps) {
  const id = useId();
  const [bad, setBad] = useState(false);
  const add = async (files: FileList | null) => {
    setBad(false);
    const shrunk = await Promise.allSettled([...(files ?? [])].map(shrink));
    const good = shrunk.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    setBad(good.length < shrunk.length);
    onPhotos([...photos, ...good].slice(0, most));
  };
  return (
    <div className="flex flex-col gap-2">
      <p className="text-sm font-medium">{label}</p>
      <div className="grid grid-cols-4 gap-2">
        {photos.map((photo, index) => (
          <Photo
            index={index}
            key={index}
            onRemove={() => onPhotos(photos.filter((_, at) => at !== index))}
            photo={photo}
          />
        ))}
        {photos.length < most ? (
          <label
            className="flex aspect-square cursor-pointer flex-col items-center justify-center gap-1 rounded-md border border-dashed border-line-strong text-ink-2 hover:bg-sunken has-focus-visible:outline-2 has-focus-visible:outline-[var(--focus)]"
            htmlFor={id}
          >
            <Icon name="camera" size={22} />
            <span className="px-1 text-center text-xs">{t("photo.add")}</span>
            <input
              accept="image/*"
              capture="environment"
              className="sr-only"
              id={id}
              multiple
              onChange={(event) => {
                void add(event.target.files);
                event.target.value = "";
              }}
              type="file"
            />
          </label>
        ) : null}
      </div>
      {bad ? (
        <p className="text-xs font-medium text-bad" role="alert">
          {t("photo.bad")}
        </p>
      ) : null}
    </div>
  );
}

function Photo({
  photo,
  index,
  onRemove,
}: {
  readonly photo: Blob;
  readonly index: number;
  readonly onRemove: () => void;
}) {
  const address = useMemo(() => URL.createObjectURL(photo), [photo]);
  useEffect(() => () => URL.revokeObjectURL(address), [address]);
  return (
    <span className="relative block aspect-square overflow-hidden rounded-md border border-line">
      <img alt={t("photo.alt", { n: index + 1 })} className="size-full object-cover" src={address} />
      <button
        aria-label={t("photo.remove", { n: index + 1 })}
        className="absolute top-1 right-1 rounded-sm bg-surface p-1 text-ink"
        onClick={onRemove}
        type="button"
      >
        <Icon name="close" size={14} />
      </button>
    </span>
  );
}
