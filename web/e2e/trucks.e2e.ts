import { expect, test } from "vitest";
import { book, drive, emailOf, onlineDriver, truckBody, type Api } from "./support/api";
import { text, World } from "./support/world";

const world = new World({ staff: ["broker"] });

/** Twenty minutes of driving from Milan to the south that ended a minute ago. */
async function driven(api: Api, agent: string): Promise<void> {
  for (let minutes = 21; minutes > 0; minutes -= 5)
    await api.post(`/agents/${agent}/position`, {
      latitude: 45.2 + minutes * 0.01,
      longitude: 9.2,
      speed_kmh: 60,
      at: new Date(Date.now() - minutes * 60_000).toISOString(),
    });
}

test("a trip is read in figures, played at any speed, and taken along as a file", async () => {
  const { api, agent } = await onlineDriver(world.api, "Tina Trip");
  await driven(api, agent);
  const { page } = await world.signedIn(emailOf("Tina Trip"), {}, "/trips");
  await page.getByRole("heading", { name: text("trips.legs") }).waitFor();
  await page.getByText(text("trips.distance"), { exact: true }).waitFor();
  await page.locator('[data-map-phase="ready"]').waitFor({ timeout: 60_000 });

  const moment = page.getByRole("slider", { name: text("trips.moment") });
  const at = async () => Number(await moment.inputValue());
  const begin = await at();
  await page.getByRole("combobox", { name: text("trips.speed") }).selectOption("60");
  await page.getByRole("button", { name: text("trips.play"), exact: true }).click();
  await expect.poll(at).toBeGreaterThan(begin + 60_000);
  await page.getByRole("button", { name: text("trips.pause"), exact: true }).click();
  await page.getByRole("combobox", { name: text("trips.speed") }).selectOption("own");
  const own = page.getByLabel(text("trips.speed.number"));
  await own.fill("100000");
  expect(await own.getAttribute("aria-invalid")).toBe("true");
  await own.fill("2,5");
  expect(await own.getAttribute("aria-invalid")).toBeNull();
  // By keyboard to the end: the truck stands where it was last.
  await moment.focus();
  await page.keyboard.press("End");
  await expect.poll(at).toBeGreaterThan(begin + 15 * 60_000);

  for (const form of ["gpx", "geojson", "csv"] as const) {
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: text(`trips.file.${form}`), exact: true }).click();
    expect((await download).suggestedFilename()).toMatch(new RegExp(`^trip-.*\\.${form}$`));
  }
});

test("a tracker is bound to a truck once, and unbound", async () => {
  const { api, agent } = await onlineDriver(world.api, "Dina Device");
  const person = await world.signedIn(emailOf("Dina Device"), {}, "/devices");
  const { page } = person;
  await page.getByText(text("devices.none")).waitFor();
  await page.getByRole("button", { name: text("devices.add") }).click();
  const dialog = page.getByRole("dialog", { name: text("devices.add") });
  await dialog.getByLabel(text("devices.identifier"), { exact: true }).fill("phone-<b>7</b>");
  const secret = dialog.getByRole("textbox", { name: text("devices.secret") });
  // The server's problem stands at its field.
  person.expectError(/422/);
  await secret.fill("short");
  await dialog.getByRole("button", { name: text("devices.add") }).click();
  await expect.poll(() => secret.getAttribute("aria-invalid")).toBe("true");
  await dialog.getByRole("button", { name: text("devices.secret.make") }).click();
  expect(await secret.inputValue()).toMatch(/^[\w=]{24}$/);
  await dialog.getByRole("button", { name: text("devices.add") }).dblclick();
  await page.getByText("phone-<b>7</b>").waitFor();
  expect(await api.get("/devices")).toMatchObject([
    { protocol: "osmand", agent_id: agent, has_secret: true },
  ]);
  await page.getByRole("button", { name: /^Unbind phone/ }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: text("devices.remove"), exact: true })
    .click();
  await page.getByText(text("devices.none")).waitFor();
  expect(await api.get("/devices")).toEqual([]);
});

test("a geofence is drawn on the map or typed, changed and removed", async () => {
  const person = await world.signedIn("broker@example.com", {}, "/geofences");
  const api = await world.api.signIn("broker@example.com");
  const { page } = person;
  const add = page.getByRole("button", { name: text("fences.add"), exact: true });
  await add.click();
  await page.getByLabel(text("fences.name"), { exact: true }).fill("Depot <i>Lodi</i>");
  const map = page.locator('[data-map-phase="ready"] canvas');
  await map.waitFor({ timeout: 60_000 });
  await map.click({ position: { x: 200, y: 200 } });
  const north = page.getByLabel(text("fences.latitude.of").replace("{n}", "1"));
  await expect.poll(() => north.inputValue()).toMatch(/^\d+\.\d{5}$/);
  await north.fill("45,31");
  await page.getByRole("button", { name: text("do.save"), exact: true }).dblclick();
  const row = page.getByRole("button", { name: /^Depot <i>Lodi<\/i>/ });
  await row.and(page.locator("[aria-pressed]")).first().waitFor();
  expect(await api.get("/geofences")).toMatchObject([{ kind: "circle", radius_m: 500, dwell_minutes: 10 }]);

  // Changed to an area; what the server refuses stands at its field.
  await page.getByRole("button", { name: "Change Depot <i>Lodi</i>" }).click();
  await page.getByLabel(text("fences.kind"), { exact: true }).selectOption("corridor");
  await page.getByRole("button", { name: text("fences.point.add") }).click();
  await page.getByLabel(text("fences.latitude.of").replace("{n}", "2")).fill("45.4");
  await page.getByLabel(text("fences.longitude.of").replace("{n}", "2")).fill("9.6");
  person.expectError(/422/);
  const radius = page.getByLabel(text("fences.radius"), { exact: true });
  await radius.fill("5");
  await page.getByRole("button", { name: text("do.save"), exact: true }).click();
  await expect.poll(() => radius.getAttribute("aria-invalid")).toBe("true");
  await radius.fill("750");
  await page.getByRole("button", { name: text("do.save"), exact: true }).click();
  await page.getByText(/^Corridor · 750 m/).waitFor();
  await person.picture("geofence-corridor");

  await page.getByRole("button", { name: "Remove Depot <i>Lodi</i>" }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: text("fences.remove"), exact: true })
    .click();
  await page.getByText(text("fences.none"), { exact: true }).waitFor();
  expect(await api.get("/geofences")).toEqual([]);
});

test("what the positions say of a trip is on its page, at the desk, and settled there", async () => {
  const shipper = await world.api.join("shipper", "Alma Alert");
  const driver = await world.api.join("driver", "Aldo Alert");
  const { id: agent } = await driver.post("/agents", truckBody());
  await driver.post(`/agents/${agent}/online`);
  const now = Date.now();
  const minutesAgo = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
  await driver.post(`/agents/${agent}/position`, { latitude: 45.46, longitude: 9.18, at: minutesAgo(10) });
  const { id, reference } = await book(shipper, driver, agent);
  await drive(driver, id, "in_transit");
  // On its way, and for some minutes faster than any truck may be.
  for (let minute = 0; minute < 8; minute += 1)
    await driver.post(`/agents/${agent}/position`, {
      latitude: 45.4 - minute * 0.022,
      longitude: 9.25 + minute * 0.005,
      speed_kmh: 146,
      at: minutesAgo(8 - minute),
    });
  const shipment = await world.signedIn(emailOf("Alma Alert"), {}, `/shipments/${id}`);
  await shipment.page.getByText(/^8 of 10 come between /).waitFor();
  await shipment.page.getByText(text("queue.reason.overspeed")).first().waitFor();
  const { page } = await world.signedIn("broker@example.com", {}, "/alerts?kind=overspeed");
  const row = page.getByRole("row").filter({ hasText: reference });
  await row.getByRole("button", { name: /^Take up/ }).click();
  await row.getByText(text("alerts.state.acknowledged")).waitFor();
  await row.getByRole("button", { name: /^Settle/ }).click();
  await row.getByText(text("alerts.state.closed")).waitFor();
  // The shipper sees by itself that somebody did.
  await shipment.page.getByText(text("alerts.state.closed")).waitFor();
  expect(await shipper.get(`/shipments/${id}/alerts`)).toMatchObject([
    { kind: "overspeed", state: "closed" },
  ]);
});

test("what a vehicle did is told, and leads to its trip", async () => {
  const shipper = await world.api.join("shipper", "Ugo Used");
  const carrier = await world.api.join("carrier", "Ulla Used");
  const { id: truck } = await carrier.post("/agents", truckBody());
  await carrier.post(`/agents/${truck}/online`);
  await carrier.post(`/agents/${truck}/position`, { latitude: 45.46, longitude: 9.18 });
  const { id } = await book(shipper, carrier, truck);
  await drive(carrier, id, "in_transit");
  await driven(carrier, truck);
  const { reference } = await carrier.get(`/agents/${truck}`);
  const { page } = await world.signedIn(emailOf("Ulla Used"), {}, "/utilisation");
  const row = page.getByRole("row").filter({ hasText: reference });
  await row.waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: text("do.export") }).click();
  expect((await download).suggestedFilename()).toMatch(/^utilisation-.*\.csv$/);
  await row.click();
  await page.getByRole("heading", { name: text("trips.title"), level: 1 }).waitFor();
  await expect
    .poll(() => page.getByRole("combobox", { name: text("alerts.truck") }).inputValue())
    .toBe(truck);
});
