/** What the server says about maps; asked once. */
let asked: Promise<string | null> | undefined;

async function ask(): Promise<string | null> {
  try {
    const answer = await window.fetch("/settings.json");
    const settings = (await answer.json()) as { readonly tile_url?: string | null };
    return settings.tile_url ?? null;
  } catch {
    // Without an answer the built-in base map is as good a map as any.
    return null;
  }
}

/** The template of the configured tiles; `null`: the built-in base map. */
export function tileUrl(): Promise<string | null> {
  return (asked ??= ask());
}
