import { QueryClient, queryOptions } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import { memoryOf } from "./device";
import { KEPT, keepReads, restoreReads, type KeptRead, type ReadStore } from "./keptReads";

const read = (name: string, kept: boolean) =>
  queryOptions({
    queryKey: [name, 1],
    queryFn: () => Promise.resolve({ name }),
    ...(kept ? KEPT : {}),
  });

/** A page that read two things, one of them marked. */
async function page(store: ReadStore): Promise<QueryClient> {
  const queries = new QueryClient();
  const stop = keepReads(queries, store);
  await queries.fetchQuery(read("trip", true));
  await queries.fetchQuery(read("prices", false));
  stop();
  return queries;
}

describe("answers that are kept on the device", () => {
  const store = () => memoryOf<KeptRead, string>((kept) => kept.id);

  it("are there for the next page, and those that nobody marked are not", async () => {
    const kept = store();
    await page(kept);
    const next = new QueryClient();
    await restoreReads(next, kept, Date.now());
    expect(next.getQueryData(["trip", 1])).toEqual({ name: "trip" });
    expect(next.getQueryData(["prices", 1])).toBeUndefined();
    expect(next.getQueryState(["trip", 1])?.dataUpdatedAt).toBe((await kept.all())[0]?.at);
  });

  it("are not put back after a session's longest life", async () => {
    const kept = store();
    await page(kept);
    const next = new QueryClient();
    await restoreReads(next, kept, Date.now() + 8 * 86_400_000);
    expect(next.getQueryData(["trip", 1])).toBeUndefined();
    expect(await kept.all()).toEqual([]);
  });
});
