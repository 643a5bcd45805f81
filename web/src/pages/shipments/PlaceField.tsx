import { useQuery } from "@tanstack/react-query";
import { useId, useState, type KeyboardEvent } from "react";
import { reads } from "@/api/queries";
import type { Place } from "@/api/types";
import { t, useLocale } from "@/i18n";
import { cx } from "@/ui/cx";
import { TextField } from "@/ui/Field";
import { useSettled } from "./useSettled";

/** Typing is done when nothing was typed for so long. */
const TYPED_MS = 150;

interface PlaceFieldProps {
  readonly label?: string;
  readonly hint?: string;
  readonly optional?: boolean;
  readonly text: string;
  readonly chosen: boolean;
  readonly problem: string | null;
  readonly onText: (text: string) => void;
  readonly onPlace: (place: Place, name: string) => void;
}

/** Search over the platform's gazetteer: arrows move, Enter takes, Escape closes. */
export function PlaceField(props: PlaceFieldProps) {
  const { text, chosen, problem, onText, onPlace, optional = false } = props;
  const label = props.label ?? t("ship.form.place");
  const locale = useLocale();
  const list = useId();
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const typed = text.trim();
  const asked = useSettled(typed, TYPED_MS);
  const search = useQuery({ ...reads.places(asked), enabled: open && !chosen && asked !== "" });
  const found = open && !chosen && typed !== "" ? (search.data ?? []) : [];
  const nameOf = (place: Place) =>
    locale === "it" && place.country === "IT" ? place.local_name : place.name;
  const take = (place: Place | undefined) => {
    if (!place) return;
    onPlace(place, nameOf(place));
    setOpen(false);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setActive(Math.min(found.length - 1, active + 1));
    else if (event.key === "ArrowUp") setActive(Math.max(0, active - 1));
    // What is shown may belong to what was typed before: Enter takes an answer to this question only.
    else if (event.key === "Enter" && found.length > 0 && asked === typed && !search.isPlaceholderData)
      take(found[active]);
    else if (event.key === "Escape" && open) setOpen(false);
    else return;
    event.preventDefault();
  };
  const isAnswered = search.isSuccess && asked === typed && !search.isPlaceholderData;
  const nothing = open && !chosen && typed.length > 2 && isAnswered && found.length === 0;
  const hint = search.isError
    ? t("ship.form.place.away")
    : nothing
      ? t("ship.form.place.none")
      : (props.hint ?? t("ship.form.place.hint"));
  return (
    <div className="relative">
      <TextField
        aria-activedescendant={found[active] ? `${list}-${found[active].code}` : undefined}
        aria-autocomplete="list"
        aria-controls={list}
        aria-expanded={found.length > 0}
        autoComplete="off"
        hint={hint}
        label={label}
        maxLength={100}
        onBlur={() => setOpen(false)}
        onKeyDown={onKey}
        onValue={(value) => {
          onText(value);
          setActive(0);
          setOpen(true);
        }}
        optional={optional}
        problem={problem}
        role="combobox"
        value={text}
      />
      <ul
        aria-label={label}
        className={cx(
          "absolute inset-x-0 top-[4.6rem] z-20 overflow-hidden rounded-md border border-line bg-surface py-1 shadow-2 sm:top-[4rem]",
          found.length === 0 && "hidden",
        )}
        id={list}
        role="listbox"
      >
        {found.map((place, index) => (
          <li
            aria-selected={index === active}
            className={cx(
              "flex cursor-pointer justify-between px-3 py-2 text-sm",
              index === active && "bg-brand-soft",
            )}
            id={`${list}-${place.code}`}
            key={place.code}
            onPointerDown={(event) => {
              event.preventDefault();
              take(place);
            }}
            role="option"
          >
            <span className="font-medium">
              {nameOf(place)}
              {place.local_name === place.name ? null : (
                <span className="font-normal text-ink-3">
                  {` · ${nameOf(place) === place.name ? place.local_name : place.name}`}
                </span>
              )}
            </span>
            <span className="text-ink-3">{`${place.country} · ${place.code}`}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
