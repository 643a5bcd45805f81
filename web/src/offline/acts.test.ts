import { describe, expect, it } from "vitest";
import { ApiProblem } from "@/api/problem";
import type { TripStatus } from "@/api/types";
import { memoryActStore } from "./actStore";
import { ActQueue, type Act, type ActStore, type Report, type Step } from "./acts";

const step = (status: TripStatus, shipment = "shp_1"): Step => ({
  id: `${shipment}-${status}`,
  shipment,
  status,
  recipient: null,
  pictures: [],
});
const report: Report = {
  id: "report",
  shipment: "shp_1",
  kind: "delay",
  description: "Queue at the border",
  delayMinutes: 40,
  pictures: [],
};
const offline = new ApiProblem(0, "network.unreachable", "");

/** A network that can be cut, and timers that fire when told. */
async function bench(kept: ActStore = memoryActStore()) {
  const sent: string[] = [];
  const timers: (() => void)[] = [];
  const net = { problem: null as ApiProblem | null, refuses: new Set<string>() };
  const send = (taken: Act) => {
    if (net.problem) return Promise.reject(net.problem);
    if (net.refuses.has(taken.id)) return Promise.reject(new ApiProblem(409, "shipment.wrong_state", ""));
    sent.push(taken.id);
    return Promise.resolve();
  };
  const open = () => ActQueue.open(kept, send, (_, call) => (timers.push(call), () => {}));
  return { sent, timers, net, open, kept, queue: await open() };
}

describe("a driver's steps", () => {
  it("arrive in the order they were taken, after the network came back", async () => {
    const { queue, sent, net } = await bench();
    net.problem = offline;
    await queue.put(step("loading"));
    await queue.put(step("in_transit"));
    await queue.flush();
    expect([queue.waiting.length, sent]).toEqual([2, []]);
    net.problem = null;
    await queue.flush();
    expect([queue.waiting.length, sent]).toEqual([0, ["shp_1-loading", "shp_1-in_transit"]]);
  });

  it("outlive the page, with the ids they were given", async () => {
    const first = await bench();
    first.net.problem = offline;
    await first.queue.put(step("loading"));
    await first.queue.put(step("in_transit"));
    const second = await bench(first.kept);
    await second.queue.flush();
    expect(second.sent).toEqual(["shp_1-loading", "shp_1-in_transit"]);
    expect(await second.kept.all()).toEqual([]);
  });

  it("are taken once, however often they are pressed", async () => {
    const { queue, net } = await bench();
    net.problem = offline;
    await Promise.all([queue.put(step("loading")), queue.put(step("loading"))]);
    expect(queue.waiting.length).toBe(1);
  });

  it("fall with the one they rest on, and leave other shipments alone", async () => {
    const { queue, sent, net } = await bench();
    net.problem = offline;
    await queue.put(step("loading"));
    await queue.put(step("in_transit"));
    await queue.put(report);
    await queue.put(step("loading", "shp_2"));
    await queue.flush();
    net.problem = null;
    net.refuses.add("shp_1-loading");
    await queue.flush();
    expect(sent).toEqual(["report", "shp_2-loading"]);
    expect(queue.refused.map(({ act: { id } }) => id)).toEqual(["shp_1-loading"]);
    queue.dismiss();
    expect([queue.refused.length, queue.waiting.length]).toEqual([0, 0]);
  });

  it("take nothing with them when they are reports", async () => {
    const { queue, sent, net } = await bench();
    net.problem = offline;
    await queue.put(report);
    await queue.put(step("loading"));
    await queue.put({ ...report, id: "again" });
    await queue.flush();
    net.problem = null;
    net.refuses.add("report");
    await queue.flush();
    expect(sent).toEqual(["shp_1-loading", "again"]);
    expect(queue.refused.map(({ act: { id } }) => id)).toEqual(["report"]);
  });

  it("wait for a session like for a network", async () => {
    const { queue, net, timers, sent } = await bench();
    net.problem = new ApiProblem(401, "token.expired", "");
    await queue.put(step("loading"));
    await queue.flush();
    expect([queue.waiting.length, queue.refused.length]).toEqual([1, 0]);
    net.problem = null;
    timers.at(-1)?.();
    await queue.flush();
    expect(sent).toEqual(["shp_1-loading"]);
  });
});
