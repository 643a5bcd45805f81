import { useQueries, useQuery } from "@tanstack/react-query";
import { reads } from "@/api/queries";
import { t } from "@/i18n";
import { cx } from "@/ui/cx";
import { carriersOf } from "./draft";

/** Carriers of the last bookings that are offered for choice, at most. */
const MOST = 10;

interface Known {
  readonly id: string;
  readonly name: string;
}

/** The carriers that the shipper booked lately, the last one first; a bid says what its carrier is called. */
function useKnownCarriers(): readonly Known[] {
  const shipments = useQuery(reads.shipments({ per_page: 100, sort: "-created_at" }));
  const lately = new Map<string, string>();
  for (const { id, booking } of shipments.data?.data ?? []) {
    if (booking && lately.size < MOST && !lately.has(booking.carrier_id)) lately.set(booking.carrier_id, id);
  }
  const bids = useQueries({
    queries: [...lately.values()].map((shipment) => ({ ...reads.bids(shipment), staleTime: 600_000 })),
  });
  return [...lately.keys()].flatMap((id, at) => {
    const name = bids[at]?.data?.find((bid) => bid.carrier_id === id)?.carrier_name;
    return name ? [{ id, name }] : [];
  });
}

interface PickerProps {
  /** One carrier, or several in the order in which they are asked. */
  readonly mode: "direct" | "waterfall";
  /** Ids, as the field beside it holds them. */
  readonly value: string;
  readonly onValue: (value: string) => void;
}

/** Carriers by name, pressed in the order in which they are asked. */
export function CarrierPicker({ mode, value, onValue }: PickerProps) {
  const known = useKnownCarriers();
  const chosen = carriersOf(value);
  if (known.length === 0) return null;
  const press = (id: string) => {
    if (chosen.includes(id)) onValue(chosen.filter((other) => other !== id).join("\n"));
    else onValue(mode === "direct" ? id : [...chosen, id].join("\n"));
  };
  return (
    <div aria-label={t("ship.form.carriers.known")} className="flex flex-col gap-1.5" role="group">
      <p className="text-sm font-medium">{t("ship.form.carriers.known")}</p>
      <div className="flex flex-wrap gap-1.5">
        {known.map(({ id, name }) => {
          const place = chosen.indexOf(id);
          return (
            <button
              aria-pressed={place >= 0}
              className={cx(
                "flex h-9 max-w-full items-center gap-2 rounded-md border px-3 text-sm",
                place >= 0
                  ? "border-brand bg-brand-soft font-medium text-brand-text"
                  : "border-line-strong/60 hover:border-line-strong",
              )}
              key={id}
              onClick={() => press(id)}
              type="button"
            >
              {place >= 0 && mode === "waterfall" ? <span className="tabular">{place + 1}</span> : null}
              <span className="truncate">{name}</span>
            </button>
          );
        })}
      </div>
    </div>
  );
}
