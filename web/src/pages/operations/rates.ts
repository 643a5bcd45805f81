/** What the agents have done, at an instant of this device's clock. */
export interface Reading {
  readonly at: number;
  readonly agents: readonly { readonly kind: string; readonly messages: number }[];
}

/** Messages a second of each kind, between two readings. */
export function ratesOf(before: Reading | null, now: Reading): Readonly<Record<string, number>> {
  if (!before || now.at <= before.at) return {};
  const seconds = (now.at - before.at) / 1000;
  return Object.fromEntries(
    now.agents.map(({ kind, messages }) => {
      const earlier = before.agents.find((other) => other.kind === kind)?.messages ?? 0;
      // A process that began anew counts from 0.
      return [kind, Math.max(0, messages - earlier) / seconds];
    }),
  );
}
