import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, readFile } from "@/api/client";
import { uploadDocument } from "@/api/documents";
import { reads } from "@/api/queries";
import type { Document, Role } from "@/api/types";
import { useKnownMe } from "@/app/useMe";
import { t, type TextKey } from "@/i18n";
import { saveFile } from "@/csv/csv";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Dialog } from "@/ui/Dialog";
import { formatWhen } from "@/ui/format";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/States";
import { toast } from "@/ui/Toast";

/** The bytes of a document; they never change. */
function useContent(id: string) {
  return useQuery({
    queryKey: ["document", id],
    queryFn: ({ signal }) => readFile("/api/v1/documents/{id}/content", { path: { id }, signal }),
    staleTime: Infinity,
    gcTime: 60_000,
  });
}

/** An address for bytes, for as long as they are shown. */
function useAddress(bytes: Blob | undefined): string | null {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    if (!bytes) return;
    const made = URL.createObjectURL(bytes);
    // eslint-disable-next-line react-hooks/set-state-in-effect -- the address is a resource outside of React, made and given back here
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes]);
  return bytes ? address : null;
}

interface PicturesProps {
  readonly shipment: string;
  readonly ids: readonly string[];
  readonly label?: string;
}

/** Photos, signatures and papers, small; chosen, large. What was erased is not asked for. */
export function Pictures({ shipment, ids, label }: PicturesProps) {
  const documents = useQuery(reads.documents(shipment));
  const kept = new Set((documents.data ?? []).filter(({ erased }) => !erased).map(({ id }) => id));
  const shown = ids.filter((id) => kept.has(id));
  const gone = documents.data ? ids.length - shown.length : 0;
  return (
    <>
      {shown.length === 0 ? null : (
        <ul aria-label={label ?? t("doc.pictures")} className="grid grid-cols-4 gap-2">
          {shown.map((id, index) => (
            <li key={id}>
              <Picture id={id} name={`${label ?? t("doc.picture")} ${index + 1}`} shipment={shipment} />
            </li>
          ))}
        </ul>
      )}
      {gone > 0 ? <p className="pt-2 text-xs text-ink-3">{t("doc.erased", { n: gone })}</p> : null}
    </>
  );
}

interface PictureProps {
  readonly shipment: string;
  readonly id: string;
  readonly name: string;
}

function Picture({ shipment, id, name }: PictureProps) {
  const me = useKnownMe();
  const [large, setLarge] = useState(false);
  const content = useContent(id);
  const address = useAddress(content.data);
  const isPicture = content.data?.type.startsWith("image/") ?? true;
  return (
    <>
      <button
        aria-label={t("doc.enlarge", { name })}
        className="flex aspect-square w-full items-center justify-center overflow-hidden rounded-md border border-line bg-sunken text-ink-3 hover:border-line-strong disabled:cursor-default"
        disabled={content.data === undefined}
        onClick={() => setLarge(true)}
        type="button"
      >
        {address && isPicture ? (
          // Signatures are ink on paper in both themes.
          <img alt={name} className="size-full bg-white object-cover" src={address} />
        ) : (
          <Icon name={content.isError ? "warning" : isPicture ? "camera" : "document"} size={22} />
        )}
      </button>
      <Dialog onClose={() => setLarge(false)} open={large} title={name} wide>
        {address && isPicture ? (
          <img alt={name} className="mx-auto max-h-[65dvh] max-w-full rounded-md bg-white" src={address} />
        ) : null}
        {content.data ? (
          <div className="flex flex-wrap justify-end gap-2 pt-3">
            {ERASES.includes(me.role) ? (
              <EraseDocument id={id} onErased={() => setLarge(false)} shipment={shipment} />
            ) : null}
            <Button
              icon="download"
              onClick={() => saveFile(`${id}.${content.data.type.split("/")[1] ?? "bin"}`, content.data)}
            >
              {t("doc.download")}
            </Button>
          </div>
        ) : null}
      </Dialog>
    </>
  );
}

/** Who forgets what somebody asks to be forgotten. */
const ERASES: readonly Role[] = ["admin"];

/** Deletes a document's key, after a second look: nobody can read it any more, in backups neither. */
function EraseDocument({
  shipment,
  id,
  onErased,
}: Omit<PictureProps, "name"> & { readonly onErased: () => void }) {
  const queries = useQueryClient();
  const [sure, setSure] = useState(false);
  const erase = useMutation({
    mutationFn: () => api.delete("/api/v1/documents/{id}", { path: { id } }),
    onSuccess: () => {
      toast.done(t("doc.erase.done"));
      queries.removeQueries({ queryKey: ["document", id] });
      onErased();
    },
    onError: toast.failed,
    onSettled: () => queries.invalidateQueries({ queryKey: ["shipment", shipment, "documents"] }),
  });
  if (!sure) {
    return (
      <Button look="danger" onClick={() => setSure(true)}>
        {t("doc.erase")}
      </Button>
    );
  }
  return (
    <span className="flex w-full flex-wrap items-center justify-end gap-2 rounded-md bg-bad-soft p-3">
      <span className="min-w-48 flex-1 text-sm text-bad">{t("doc.erase.sure")}</span>
      <Button onClick={() => setSure(false)}>{t("do.cancel")}</Button>
      <Button look="danger" onClick={() => erase.mutate()} pending={erase.isPending}>
        {t("doc.erase.do")}
      </Button>
    </span>
  );
}

/** Who brings papers from a desk: bills, consignment notes, letters. */
const BRINGS: readonly Role[] = ["shipper", "carrier", "broker", "supervisor", "support", "admin"];

/** Papers that the proof of delivery and the issues do not show already: photos of the cargo, and what else was added. */
export function Documents({ shipment }: { readonly shipment: string }) {
  const me = useKnownMe();
  const documents = useQuery(reads.documents(shipment));
  const brings = BRINGS.includes(me.role);
  const own = (list: readonly Document[]) =>
    list.filter(({ kind }) => ["cargo_photo", "consignment_note", "other"].includes(kind));
  if (!brings && documents.data && own(documents.data).length === 0) return null;
  return (
    <Card aside={brings ? <AddDocument shipment={shipment} /> : undefined} title={t("doc.title")}>
      <Loaded lines={2} query={documents}>
        {(list) =>
          own(list).length === 0 ? (
            <p className="text-sm text-ink-2">{t("doc.none")}</p>
          ) : (
            <>
              <Pictures ids={own(list).map(({ id }) => id)} label={t("doc.cargo")} shipment={shipment} />
              <p className="pt-2 text-xs text-ink-3">
                {t("doc.last", { at: formatWhen(own(list).at(-1)?.uploaded_at ?? "") })}
              </p>
            </>
          )
        }
      </Loaded>
    </Card>
  );
}

const TYPES = ["image/jpeg", "image/png", "image/webp", "application/pdf"];
const BYTES_MAX = 8 * 1024 * 1024;

/** What is wrong with a file before it is sent. */
function fileProblem(file: File): TextKey | null {
  if (!TYPES.includes(file.type)) return "doc.bad.type";
  return file.size > BYTES_MAX ? "doc.bad.size" : null;
}

function AddDocument({ shipment }: { readonly shipment: string }) {
  const queries = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const upload = useMutation({
    // One choice of a file is one document, however often its sending is tried.
    mutationFn: ({ file, key }: { readonly file: File; readonly key: string }) =>
      uploadDocument(shipment, "other", file, key),
    onSuccess: () => toast.done(t("doc.added")),
    onError: toast.failed,
    onSettled: () => queries.invalidateQueries({ queryKey: ["shipment", shipment, "documents"] }),
  });
  const choose = (file: File | undefined) => {
    if (!file) return;
    const problem = fileProblem(file);
    if (problem) toast.refused(t(problem));
    else upload.mutate({ file, key: crypto.randomUUID() });
  };
  return (
    <>
      <input
        accept={TYPES.join()}
        aria-label={t("doc.add")}
        className="sr-only"
        onChange={(event) => {
          choose(event.target.files?.[0]);
          event.target.value = "";
        }}
        ref={input}
        tabIndex={-1}
        type="file"
      />
      <Button icon="upload" onClick={() => input.current?.click()} pending={upload.isPending} size="sm">
        {t("doc.add")}
      </Button>
    </>
  );
}
