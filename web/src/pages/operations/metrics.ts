/** One figure of a Prometheus text, with its labels. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads the lines of a Prometheus or OpenMetrics text; comments and what is no sample are left out. */
export function parseMetrics(text: string): readonly Sample[] {
  return text.split("\n").flatMap((line) => {
    const [, name, labels = "", value] =
      /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ([+-]?(?:[\d.]+(?:e[+-]?\d+)?|Inf)|NaN)(?: \d+)?$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
      ([, key = "", text_ = ""]) => [key, text_.replaceAll(/\\(.)/g, "$1")] as const,
    );
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value.replace("Inf", "Infinity")) }];
  });
}

export interface AgentKind {
  readonly kind: string;
  readonly awake: number;
  readonly commands: number;
  readonly seconds: number;
}

/** How many agents of each kind are awake, and what they did since the process began. */
export function agentKinds(samples: readonly Sample[]): readonly AgentKind[] {
  const kinds = new Map<string, AgentKind>();
  const add = (kind: string | undefined, part: Partial<AgentKind>) => {
    if (kind === undefined) return;
    kinds.set(kind, { ...(kinds.get(kind) ?? { kind, awake: 0, commands: 0, seconds: 0 }), ...part });
  };
  for (const { name, labels, value } of samples) {
    if (name === "agent_active_count") add(labels["type"], { awake: value });
    if (name === "agent_message_processing_duration_seconds_count")
      add(labels["agent_type"], { commands: value });
    if (name === "agent_message_processing_duration_seconds_sum")
      add(labels["agent_type"], { seconds: value });
  }
  return [...kinds.values()].sort((a, b) => b.commands - a.commands);
}

/** The sum of a figure over its labels. */
export function total(samples: readonly Sample[], name: string): number {
  return samples.filter((sample) => sample.name === name).reduce((sum, sample) => sum + sample.value, 0);
}
