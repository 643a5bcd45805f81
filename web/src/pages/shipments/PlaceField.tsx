import { useId, useState, type KeyboardEvent } from "react";
import { cityName, searchCities, type City } from "@/geo/places";
import { t } from "@/i18n";
import { cx } from "@/ui/cx";
import { Field, Input } from "@/ui/Field";

interface PlaceFieldProps {
  readonly text: string;
  readonly chosen: boolean;
  readonly problem: string | null;
  readonly onText: (text: string) => void;
  readonly onCity: (city: City, name: string) => void;
}

/** Search over the platform's gazetteer: arrows move, Enter takes, Escape closes. */
export function PlaceField({ text, chosen, problem, onText, onCity }: PlaceFieldProps) {
  const list = useId();
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const found = open && !chosen ? searchCities(text) : [];
  const take = (city: City | undefined) => {
    if (!city) return;
    onCity(city, cityName(city));
    setOpen(false);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setActive(Math.min(found.length - 1, active + 1));
    else if (event.key === "ArrowUp") setActive(Math.max(0, active - 1));
    else if (event.key === "Enter" && found.length > 0) take(found[active]);
    else if (event.key === "Escape") setOpen(false);
    else return;
    event.preventDefault();
  };
  const nothing = open && !chosen && text.trim().length > 2 && found.length === 0;
  return (
    <div className="relative">
      <Field
        hint={nothing ? t("ship.form.place.none") : t("ship.form.place.hint")}
        label={t("ship.form.place")}
        problem={problem}
      >
        {(control) => (
          <Input
            {...control}
            aria-activedescendant={found[active] ? `${list}-${found[active].code}` : undefined}
            aria-autocomplete="list"
            aria-controls={list}
            aria-expanded={found.length > 0}
            autoComplete="off"
            onBlur={() => setOpen(false)}
            onKeyDown={onKey}
            onValue={(value) => {
              onText(value);
              setActive(0);
              setOpen(true);
            }}
            role="combobox"
            value={text}
          />
        )}
      </Field>
      <ul
        aria-label={t("ship.form.place")}
        className={cx(
          "absolute inset-x-0 top-[4.6rem] z-20 overflow-hidden rounded-md border border-line bg-surface py-1 shadow-2 sm:top-[4rem]",
          found.length === 0 && "hidden",
        )}
        id={list}
        role="listbox"
      >
        {found.map((city, index) => (
          <li
            aria-selected={index === active}
            className={cx(
              "flex cursor-pointer justify-between px-3 py-2 text-sm",
              index === active && "bg-brand-soft",
            )}
            id={`${list}-${city.code}`}
            key={city.code}
            onPointerDown={(event) => {
              event.preventDefault();
              take(city);
            }}
            role="option"
          >
            <span className="font-medium">{cityName(city)}</span>
            <span className="text-ink-3">{`${city.country} · ${city.code}`}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
