import type { Person } from "./browser";

/** A page that is seen so in two frames running has nothing more to show by itself. */
const FRAMES = 2;

/**
 * Waits until a page is what it will be: it has a heading, nothing on it loads, and its map is drawn. All of it is judged
 * at one moment, since between two questions a page may become another.
 */
export async function settled({ page }: Pick<Person, "page">): Promise<void> {
  // A waiting that was given up must not be counted on.
  const waiting = crypto.randomUUID();
  await page.waitForFunction(
    ({ waiting: now, frames }) => {
      const isStill =
        document.querySelector("h1") !== null &&
        document.querySelector('[role="status"][aria-busy="true"], [data-map-phase="loading"]') === null;
      const kept = window as { settled?: { readonly waiting: string; readonly frames: number } };
      const before = kept.settled?.waiting === now ? kept.settled.frames : 0;
      kept.settled = { waiting: now, frames: isStill ? before + 1 : 0 };
      return kept.settled.frames >= frames;
    },
    { waiting, frames: FRAMES },
    { timeout: 60_000 },
  );
}
