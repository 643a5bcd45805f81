import { beforeEach, describe, expect, it } from "vitest";
import { LiveConnection } from "./connection";
import { FakeEnvironment, type FakeSocket } from "./fakes";
import { isLater, read } from "./protocol";

let environment: FakeEnvironment;
let tokens: (string | null | Error)[];
let asked: boolean[];
let connection: LiveConnection;
let heard: string[];

const token = (fresh: boolean) => {
  asked.push(fresh);
  const next = tokens.length > 1 ? tokens.shift() : tokens[0];
  return next instanceof Error ? Promise.reject(next) : Promise.resolve(next ?? null);
};

const follower = {
  onEvent: (event: { readonly data: { readonly id?: unknown } }) => heard.push(String(event.data.id)),
  onReset: () => heard.push("reset"),
  onEnd: (code: string) => heard.push(`end ${code}`),
};

/** Lets promises that are settled be seen. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

async function accept(): Promise<FakeSocket> {
  const socket = environment.last;
  socket.onopen?.(new Event("open"));
  await settle();
  socket.say({ type: "authenticated", user_id: "usr_1" });
  return socket;
}

beforeEach(() => {
  environment = new FakeEnvironment();
  tokens = ["t1"];
  asked = [];
  heard = [];
  connection = new LiveConnection("ws://x/api/v1/ws", token, environment);
});

describe("a connection", () => {
  it("opens when somebody follows, authenticates first, then subscribes", async () => {
    expect(connection.state).toBe("idle");
    connection.follow("shipment:1", follower);
    expect(connection.state).toBe("connecting");
    const socket = await accept();
    expect(socket.sent).toEqual([
      { type: "auth", token: "t1" },
      { type: "subscribe", topic: "shipment:1" },
    ]);
    expect(connection.state).toBe("live");
    socket.say({ type: "subscribed", topic: "shipment:1", id: "7" });
    socket.event("shipment:1", "8");
    expect(heard).toEqual(["reset", "8"]);
  });

  it("goes on after the last id when the wire was cut", async () => {
    connection.follow("shipment:1", follower);
    const first = await accept();
    first.say({ type: "subscribed", topic: "shipment:1", id: "7" });
    first.event("shipment:1", "9");
    first.onclose?.({ code: 1006 });
    expect(connection.state).toBe("waiting");
    first.event("shipment:1", "10");
    environment.pass(500);
    const second = await accept();
    expect(second.sent.at(-1)).toEqual({ type: "subscribe", topic: "shipment:1", after: "9" });
    second.say({ type: "subscribed", topic: "shipment:1", id: "9" });
    second.event("shipment:1", "10");
    expect(heard).toEqual(["reset", "9", "10"]);
  });

  it("keeps the id of the log when what is not of the log comes between", async () => {
    connection.follow("shipment:1", follower);
    const first = await accept();
    first.say({ type: "subscribed", topic: "shipment:1", id: "99" });
    first.event("shipment:1", "100");
    first.event("shipment:1", "100");
    first.event("shipment:1", "99");
    first.onclose?.({ code: 1006 });
    environment.pass(500);
    expect((await accept()).sent.at(-1)).toEqual({ type: "subscribe", topic: "shipment:1", after: "100" });
    expect(heard).toEqual(["reset", "100", "100", "99"]);
  });

  it("reads everything again when too much has happened to resume", async () => {
    connection.follow("shipment:1", follower);
    const first = await accept();
    first.say({ type: "subscribed", topic: "shipment:1", id: "7" });
    first.onclose?.({ code: 1006 });
    environment.pass(500);
    const second = await accept();
    second.say({ type: "error", code: "resume.too_old", detail: "", topic: "shipment:1" });
    expect(second.sent.at(-1)).toEqual({ type: "subscribe", topic: "shipment:1" });
    second.say({ type: "subscribed", topic: "shipment:1", id: "90000" });
    expect(heard).toEqual(["reset", "reset"]);
  });

  it("asks for every topic again after a wait when it asked for too much", async () => {
    connection.follow("shipment:1", follower);
    connection.follow("shipment:2", follower);
    const first = await accept();
    for (const topic of ["shipment:1", "shipment:2"]) {
      first.say({ type: "error", code: "rate_limited", detail: "", topic });
    }
    expect(connection.state).toBe("waiting");
    environment.pass(500);
    const second = await accept();
    expect(second.sent.slice(1)).toEqual([
      { type: "subscribe", topic: "shipment:1" },
      { type: "subscribe", topic: "shipment:2" },
    ]);
    expect(heard).toEqual([]);
  });

  it("does not mistake the answer to an earlier subscription for the present one", async () => {
    const stop = connection.follow("shipment:1", follower);
    const socket = await accept();
    stop();
    connection.follow("shipment:1", follower);
    socket.say({ type: "subscribed", topic: "shipment:1", id: "7" });
    socket.say({ type: "unsubscribed", topic: "shipment:1" });
    socket.say({ type: "subscribed", topic: "shipment:1", id: "9" });
    expect(heard).toEqual(["reset", "reset"]);
    socket.onclose?.({ code: 1006 });
    environment.pass(500);
    expect((await accept()).sent.at(-1)).toMatchObject({ after: "9" });
  });

  it("waits longer each time, and at most half a minute", () => {
    connection.follow("shipment:1", follower);
    const waits = Array.from({ length: 9 }, () => {
      environment.last.onclose?.({ code: 1006 });
      const before = environment.sockets.length;
      let waited = 0;
      while (environment.sockets.length === before) {
        environment.pass(100);
        waited += 100;
      }
      return waited;
    });
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it("asks for a new token when the last was refused, and stops without a session", async () => {
    tokens = ["old", "new", null];
    connection.follow("shipment:1", follower);
    (await accept()).onclose?.({ code: 4401 });
    environment.pass(500);
    const second = await accept();
    expect(second.sent[0]).toEqual({ type: "auth", token: "new" });
    second.onclose?.({ code: 4401 });
    environment.pass(1000);
    environment.last.onopen?.(new Event("open"));
    await settle();
    expect(asked).toEqual([false, true, true]);
    expect(connection.state).toBe("signed-out");
    environment.pass(60_000);
    expect(environment.sockets).toHaveLength(3);
    tokens = ["again"];
    connection.resume();
    await accept();
    expect(connection.state).toBe("live");
  });

  it("tries again when the token cannot be renewed for want of a network", async () => {
    tokens = [new Error("no network"), "t1"];
    connection.follow("shipment:1", follower);
    environment.last.onopen?.(new Event("open"));
    await settle();
    expect(connection.state).toBe("waiting");
    environment.pass(500);
    await accept();
    expect(connection.state).toBe("live");
  });

  it("notices a wire that is dead without a word", async () => {
    connection.follow("shipment:1", follower);
    const socket = await accept();
    environment.pass(25_000);
    await settle();
    expect(socket.sent.at(-1)).toEqual({ type: "auth", token: "t1" });
    environment.pass(10_000);
    expect(connection.state).toBe("waiting");
    expect(socket.isClosed).toBe(true);
  });

  it("stays with a wire that answers", async () => {
    connection.follow("shipment:1", follower);
    const socket = await accept();
    environment.pass(25_000);
    await settle();
    socket.say({ type: "authenticated", user_id: "usr_1" });
    environment.pass(20_000);
    expect(connection.state).toBe("live");
    expect(environment.sockets).toHaveLength(1);
  });

  it("says that the device is offline and comes back with the network at once", async () => {
    connection.follow("shipment:1", follower);
    await accept();
    environment.network(false);
    expect(connection.state).toBe("offline");
    environment.pass(120_000);
    expect(environment.sockets).toHaveLength(1);
    environment.network(true);
    await accept();
    expect(connection.state).toBe("live");
  });

  it("outlives a change of pages and ends when nobody needs it", async () => {
    const stop = connection.follow("shipment:1", follower);
    const socket = await accept();
    stop();
    environment.pass(4000);
    const next = connection.follow("shipment:2", follower);
    expect(socket.isClosed).toBe(false);
    expect(socket.sent.slice(-2)).toEqual([
      { type: "unsubscribe", topic: "shipment:1" },
      { type: "subscribe", topic: "shipment:2" },
    ]);
    next();
    environment.pass(5000);
    expect([socket.isClosed, connection.state]).toEqual([true, "idle"]);
  });

  it("tells followers of a topic that it ended, and nobody else", async () => {
    connection.follow("shipment:1", follower);
    const socket = await accept();
    socket.say({ type: "error", code: "not_found", detail: "", topic: "shipment:1" });
    socket.say({ type: "unsubscribed", topic: "shipment:2", code: "forbidden" });
    expect(heard).toEqual(["end not_found"]);
  });

  it("forgets what the last user saw", async () => {
    connection.follow("shipment:1", follower);
    const first = await accept();
    first.say({ type: "subscribed", topic: "shipment:1", id: "7" });
    connection.signOut();
    expect([first.isClosed, connection.state]).toEqual([true, "signed-out"]);
    connection.resume();
    expect((await accept()).sent.at(-1)).toEqual({ type: "subscribe", topic: "shipment:1" });
  });

  it("carries frames both ways while it is live", async () => {
    const got: number[][] = [];
    connection.onFrame((bytes) => got.push([...bytes]));
    expect(connection.sendFrame(new Uint8Array([1]))).toBe(false);
    const release = connection.hold();
    const socket = await accept();
    expect(connection.sendFrame(new Uint8Array([1, 2]))).toBe(true);
    socket.say(new Uint8Array([1, 129]).buffer);
    expect([socket.sent.at(-1), got]).toEqual([new Uint8Array([1, 2]), [[1, 129]]]);
    release();
    environment.pass(5000);
    expect(connection.state).toBe("idle");
  });
});

describe("messages", () => {
  it("of a newer server are passed over", () => {
    for (const text of ["", "[]", "null", '{"type":"shout"}', "{"]) expect(read(text)).toBeNull();
  });

  it("are ordered by their ids as numbers", () => {
    expect([isLater("10", "9"), isLater("9", "10"), isLater("9", "9"), isLater("12", "11")]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});
