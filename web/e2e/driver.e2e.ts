import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { book, drive, emailOf, inHours, onlineDriver } from "./support/api";
import { PHONE, type Person } from "./support/browser";
import { binary } from "./support/server";
import { isIn, signIn, text, World } from "./support/world";

/** Two streets that cross, and a long way round. */
const MAP =
  "<osm>" +
  [
    [1, 45.0, 9.0],
    [2, 45.0, 9.1],
    [3, 45.0, 9.2],
    [4, 44.9, 9.1],
    [5, 45.1, 9.1],
    [6, 45.3, 8.9],
  ]
    .map(([id, lat, lon]) => `<node id='${id}' lat='${lat}' lon='${lon}'/>`)
    .join("") +
  "<way id='1'><nd ref='1'/><nd ref='2'/><nd ref='3'/><tag k='highway' v='secondary'/><tag k='name' v='Via Larga'/></way>" +
  "<way id='2'><nd ref='4'/><nd ref='2'/><nd ref='5'/><tag k='highway' v='tertiary'/><tag k='name' v='Via &lt;b&gt;Torino'/></way>" +
  "<way id='3'><nd ref='1'/><nd ref='6'/><nd ref='5'/><tag k='highway' v='tertiary'/><tag k='name' v='Via Lunga'/></way>" +
  "</osm>";

const folder = mkdtempSync(join(tmpdir(), "autobroker-e2e-"));
const graph = join(folder, "map.graph");
writeFileSync(join(folder, "map.osm"), MAP);
const imported = spawnSync(binary(), ["roads", "import", join(folder, "map.osm"), "--out", graph]);
if (imported.status !== 0) throw new Error(`no road graph: ${imported.stderr.toString()}`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const world = new World({ staff: ["broker"], flags: ["--roads", graph] });
const WEST = { latitude: 45.0, longitude: 9.0 };
const NORTH = { latitude: 45.1, longitude: 9.1 };

/** A trip from the west end to the north end, whose driver stands in the west; its page on a phone. */
async function trip(name: string, locale = "en-GB") {
  const shipper = await world.api.join("shipper", `${name} Shipper`);
  const { api: driver, agent } = await onlineDriver(world.api, name, { base: WEST }, WEST);
  const stop = (at: typeof WEST, from: number) => ({
    ...at,
    address: "A street",
    window: { from: inHours(from), to: inHours(from + 8) },
  });
  const { id } = await book(shipper, driver, agent, { pickup: stop(WEST, 4), delivery: stop(NORTH, 12) });
  const person = await world.person({
    ...PHONE,
    locale,
    geolocation: { ...WEST, accuracy: 5 },
    permissions: ["geolocation"],
  });
  return { shipper, driver, id, person, open: () => signedIn(person, name) };
}

async function signedIn(person: Person, name: string): Promise<void> {
  await person.page.goto("/signin?to=/drive");
  await signIn(person, emailOf(name));
  await isIn(person);
}

test("the turns to the next stop are told by the roads, street by street", async () => {
  const { driver, id, person, open } = await trip("Tara Turns");
  await drive(driver, id, "in_transit");
  await open();
  await person.page.getByRole("button", { name: text("drive.turns.show") }).click();
  const turns = person.page.getByRole("region", { name: text("drive.turns") }).getByRole("listitem");
  await expect.poll(() => turns.count()).toBe(3);
  expect(await turns.nth(0).innerText()).toContain("Via Larga");
  // Names of streets come from whoever drew the map: they are text.
  expect(await turns.nth(1).innerText()).toMatch(/^Turn left onto Via <b>Torino/);
  await person.picture("driver-turns");
});

test("a closed road is told to who drives towards it, with the turns around it", async () => {
  const { shipper, driver, id, person, open } = await trip("Rita Rerouted");
  await drive(driver, id, "in_transit");
  await open();
  const { page } = person;
  await page.getByRole("button", { name: text("drive.turns.show") }).click();
  const turns = page.getByRole("region", { name: text("drive.turns") });
  await turns.getByText("Via Larga").first().waitFor();
  const byRoad = async () => (await shipper.get(`/shipments/${id}/eta`)).next?.distance_by;
  await expect.poll(byRoad).toBe("road");

  const broker = await world.api.signIn("broker@example.com");
  const points = [{ latitude: 45.0, longitude: 9.05 }];
  const closure = { effect: "closed", cause: "accident", points, radius_m: 500, until: inHours(3) };
  await broker.post("/traffic/incidents", closure);
  await page.getByText(text("drive.reroute.why.closure")).waitFor();
  await person.picture("driver-rerouted");
  await page.getByRole("button", { name: text("drive.reroute.show") }).click();
  await turns.getByText("Via Lunga").first().waitFor();
  expect(await page.getByText(text("drive.reroute.why.closure")).count()).toBe(0);
  // What was seen is not said again.
  await page.reload();
  await turns.getByText("Via Lunga").first().waitFor();
  expect(await page.getByText(text("drive.reroute.why.closure")).count()).toBe(0);
});

test("the screen stays awake on a trip, is asked for again when it is seen again, and let go after it", async () => {
  const { driver, id, person, open } = await trip("Wanda Wake");
  await person.page.addInitScript(() => {
    const held = { now: 0, asked: 0 };
    Object.assign(window, { held });
    Object.defineProperty(navigator, "wakeLock", {
      value: {
        request: () => {
          held.now += 1;
          held.asked += 1;
          return Promise.resolve({
            release: () => {
              held.now -= 1;
              return Promise.resolve();
            },
          });
        },
      },
    });
  });
  await open();
  const held = () =>
    person.page.evaluate(() => (window as unknown as { held: { now: number; asked: number } }).held);
  await expect.poll(held).toEqual({ now: 1, asked: 1 });
  // The browser lets go of it by itself when the page is hidden.
  await person.page.evaluate(() => {
    (window as unknown as { held: { now: number } }).held.now = 0;
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await expect.poll(held).toEqual({ now: 1, asked: 2 });
  await drive(driver, id, "delivered");
  await expect.poll(async () => (await held()).now).toBe(0);
});
