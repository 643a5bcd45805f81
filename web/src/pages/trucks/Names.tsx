import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { reads } from "@/api/queries";
import { shortId } from "@/pages/operations/facts";
import { routeOf } from "@/pages/shipments/ShipmentList";

/** References do not change: what a list names is read once. */
const NAMED = { staleTime: 600_000, retry: false } as const;

/** What people call a truck; its id until that is known. */
export function TruckName({ id }: { readonly id: string }) {
  const agent = useQuery({ ...reads.agent(id), ...NAMED });
  return <span className="whitespace-nowrap tabular">{agent.data?.reference ?? shortId(id)}</span>;
}

/** A shipment's reference as a link, and its way below. */
export function ShipmentName({ id }: { readonly id: string }) {
  const shipment = useQuery({ ...reads.shipment(id), ...NAMED });
  return (
    <span className="block min-w-0">
      <Link
        className="font-medium whitespace-nowrap text-brand-text underline underline-offset-2 tabular"
        params={{ id }}
        to="/shipments/$id"
      >
        {shipment.data?.reference ?? shortId(id)}
      </Link>
      {shipment.data ? (
        <span className="block truncate text-xs text-ink-3">{routeOf(shipment.data)}</span>
      ) : null}
    </span>
  );
}
