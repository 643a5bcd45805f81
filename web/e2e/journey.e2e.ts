import { expect, test } from "vitest";
import { book, emailOf, onlineDriver } from "./support/api";
import { PHONE, type Person } from "./support/browser";
import { measured } from "./support/measured";
import { isIn, signIn, text, World } from "./support/world";

const world = new World();
const MILAN = { latitude: 45.46, longitude: 9.18 };
const DRIVERS = [
  ["Anna Axle", "860"],
  ["Bruno Brake", "790.50"],
  ["Carla Clutch", "905"],
] as const;

/** A pixel, as a camera would send it. */
const PHOTO = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

/** A driver with the page on a phone that knows where it is. */
async function driverAt(name: string): Promise<Person> {
  const options = { ...PHONE, geolocation: { ...MILAN, accuracy: 5 }, permissions: ["geolocation"] };
  return world.signedIn(emailOf(name), options, "/drive");
}

async function bid({ page }: Person, amount: string): Promise<void> {
  await page.getByRole("button", { name: text("drive.offer.open") }).click();
  await page.getByLabel(text("drive.offer.price")).fill(amount);
  await page.getByRole("button", { name: text("drive.offer.bid"), exact: true }).click();
  await page.getByText(text("ship.page.bid.own"), { exact: true }).waitFor();
}

/** Moves the device until the server knows that it was there: the page sends every five seconds. */
async function driveTo(driver: Person, latitude: number, isThere: () => Promise<boolean>): Promise<void> {
  let step = 0;
  await expect
    .poll(
      async () => {
        step += 1;
        await driver.page.context().setGeolocation({ latitude, longitude: 9.18 + step * 1e-4, accuracy: 5 });
        return isThere();
      },
      { timeout: 30_000, interval: 500 },
    )
    .toBe(true);
}

test("a load goes from the form to the money", async () => {
  await world.api.join("shipper", "Sara Shipper");
  for (const [name] of DRIVERS) await onlineDriver(world.api, name);
  const sara = await world.signedIn(emailOf("Sara Shipper"), {}, "/shipments/new");

  // Posted.
  for (const [index, city] of ["Milan", "Rome"].entries()) {
    await sara.page
      .getByRole("combobox", { name: text("ship.form.place") })
      .nth(index)
      .fill(city);
    await sara.page.getByRole("option", { name: new RegExp(city) }).click();
  }
  await sara.page.getByLabel(text("ship.form.weight")).fill("8000");
  await sara.page.getByLabel(text("ship.form.volume")).fill("30");
  await sara.page.getByRole("button", { name: text("ship.form.submit") }).click();
  await sara.page.getByRole("heading", { name: /^SHM-/ }).waitFor();
  const id = new URL(sara.page.url()).pathname.split("/").at(-1) ?? "";

  // Three drivers bid from phones of their own; the bids arrive without a reload, ranked.
  const drivers = await Promise.all(DRIVERS.map(([name]) => driverAt(name)));
  for (const [index, [, amount]] of DRIVERS.entries()) {
    const driver = drivers[index];
    if (driver) await bid(driver, amount);
  }
  await sara.page.getByText("790.50").first().waitFor();
  // Who bids stands beside each bid.
  for (const [name] of DRIVERS) await sara.page.getByText(`${name} & Co.`).first().waitFor();
  const selects = sara.page.getByRole("button", { name: text("ship.page.bid.select") });
  await expect.poll(() => selects.count()).toBe(3);
  const api = await world.api.signIn(emailOf("Sara Shipper"));
  const bids = await api.get(`/shipments/${id}/bids`);
  const cheapest = bids.find((entry: { price: { amount: string } }) => entry.price.amount === "790.50");
  expect(cheapest.terms).toMatchObject({ price: 1 });
  await sara.page.getByTitle(text("ship.page.bid.details")).first().click();
  await sara.page.getByRole("rowheader", { name: text("terms.price") }).waitFor();
  await sara.page.locator('[data-map-phase="ready"]').waitFor({ timeout: 60_000 });
  await sara.picture("journey-ranking");

  // Booked.
  const row = sara.page.getByRole("listitem").filter({ hasText: "790.50" });
  await row.getByRole("button", { name: text("ship.page.bid.select") }).click();
  const bruno = drivers[1];
  if (!bruno) throw new Error("there is no second driver");
  await bruno.page.getByRole("button", { name: text("drive.confirm.yes") }).click();
  await sara.page.getByText(text("payment.held")).waitFor();

  // Driven: the truck moves on the shipper's page.
  const step = (name: Parameters<typeof text>[0]) =>
    bruno.page.getByRole("button", { name: text(name), exact: true });
  await step("drive.step.en_route_pickup").click();
  await sara.page.getByText(text("status.en_route_pickup")).first().waitFor();
  const position = async () => (await api.get(`/shipments/${id}/position`).catch(() => null))?.latitude ?? 0;
  await driveTo(bruno, 45.4, async () => Math.abs((await position()) - 45.4) < 1e-6);

  // The way there is planned by the server, and the driver may ask for its turns.
  await sara.page.getByText(text("route.planned"), { exact: true }).waitFor();
  await bruno.page.getByRole("button", { name: text("drive.turns.show") }).click();
  await bruno.page.getByRole("region", { name: text("drive.turns") }).waitFor();

  // The network goes: steps and positions wait on the phone.
  bruno.expectError(/ERR_INTERNET_DISCONNECTED|WebSocket/);
  await bruno.page.context().setOffline(true);
  await step("drive.step.loading").click();
  await step("drive.step.in_transit").click();
  await bruno.page.getByText(/2 steps wait for the network/).waitFor();
  await driveTo(bruno, 44.5, () =>
    bruno.page
      .getByText(/waits? for the network/)
      .nth(1)
      .isVisible(),
  );
  expect((await api.get(`/shipments/${id}`)).status).toBe("en_route_pickup");

  // So does a report of what goes wrong.
  await bruno.page.getByRole("button", { name: text("issue.report"), exact: true }).click();
  await bruno.page.getByLabel(text("issue.delay")).fill("40");
  await bruno.page.getByLabel(text("issue.description")).fill("Queue at <b>Piacenza</b>");
  await bruno.page.getByRole("button", { name: text("issue.submit") }).click();
  await bruno.page.getByText(/1 report waits for the network/).waitFor();

  // A page that starts without a network shows what is on the device: the trip, and what waits.
  await bruno.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await bruno.page.reload();
  await bruno.page.getByText(/2 steps wait for the network/).waitFor();
  await bruno.page.getByText(/1 report waits for the network/).waitFor();
  expect(new URL(bruno.page.url()).pathname).toBe("/drive");
  await bruno.picture("journey-offline");

  // It comes back: everything arrives once, in order.
  await bruno.page.context().setOffline(false);
  await expect.poll(async () => (await api.get(`/shipments/${id}`)).status).toBe("in_transit");
  await expect.poll(position).toBeCloseTo(44.5, 5);
  const moves = async () => {
    const events: { readonly type: string }[] = await api.get(`/shipments/${id}/events`);
    return events.filter((event) => event.type === "shipment.status_changed").length;
  };
  await expect.poll(moves).toBe(3);
  // The report goes after the steps.
  await expect
    .poll(() => api.get(`/shipments/${id}/issues`))
    .toMatchObject([{ kind: "delay", delay_minutes: 40, description: "Queue at <b>Piacenza</b>" }]);
  // Hostile text in a report is text.
  await sara.page.getByText("Queue at <b>Piacenza</b>").waitFor();

  // Delivered with signature and photo.
  await step("drive.step.unloading").click();
  await step("drive.step.delivered").click();
  await bruno.page.getByLabel(text("drive.handover.recipient")).fill("Rita <i>Recipient</i>");
  const pad = bruno.page.getByRole("img", { name: text("signature.label") });
  await pad.scrollIntoViewIfNeeded();
  const glass = await pad.boundingBox();
  if (!glass) throw new Error("there is nothing to sign on");
  await bruno.page.mouse.move(glass.x + 20, glass.y + 40);
  await bruno.page.mouse.down();
  await bruno.page.mouse.move(glass.x + 120, glass.y + 20, { steps: 5 });
  await bruno.page.mouse.up();
  await bruno.page
    .getByRole("dialog")
    .locator('input[type="file"]')
    .setInputFiles({ name: "cargo.png", mimeType: "image/png", buffer: PHOTO });
  await bruno.page.getByRole("img", { name: "Photo 1" }).waitFor();
  await bruno.picture("journey-hand-over");
  await bruno.page.getByRole("button", { name: text("drive.handover.submit"), exact: true }).click();

  // The shipper sees the proof, and when the money goes.
  await sara.page.getByText("Rita <i>Recipient</i>").waitFor();
  await sara.page.getByText(text("ship.page.payment.release")).waitFor();
  const [payment] = await api.get(`/payments?shipment_id=${id}`);
  expect(Date.parse(payment.release_at)).toBeGreaterThan(Date.now() + 23 * 3_600_000);
  const { proof } = await api.get(`/shipments/${id}`);
  expect(proof).toMatchObject({ signature_document_id: expect.any(String) });
  expect(proof.photo_document_ids).toHaveLength(1);
  await sara.picture("journey-delivered");
});

test("a driver's frame is soon on the shipper's map", async () => {
  const shipper = await world.api.join("shipper", "Mia Map");
  const { api: driver, agent } = await onlineDriver(world.api, "Leo Late");
  const { id } = await book(shipper, driver, agent);
  await driver.post(`/shipments/${id}/status`, { status: "en_route_pickup" });
  const mia = await world.person();
  await mia.page.goto(`/signin?to=/shipments/${id}`);
  const leo = await world.person({
    ...PHONE,
    geolocation: { ...MILAN, accuracy: 5 },
    permissions: ["geolocation"],
  });
  await leo.page.addInitScript(() => {
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) {
      if (typeof data !== "string")
        performance.mark("frame", { detail: performance.timeOrigin + performance.now() });
      send.call(this, data);
    };
  });
  await leo.page.goto("/signin?to=/drive");
  for (const [person, name] of [
    [mia, "Mia Map"],
    [leo, "Leo Late"],
  ] as const) {
    await signIn(person, emailOf(name));
    await isIn(person);
  }
  await mia.page.locator('[data-map-phase="ready"]').waitFor({ timeout: 60_000 });
  const drawn = () =>
    mia.page.evaluate(() =>
      performance
        .getEntriesByName("map.markers")
        .map((entry) => performance.timeOrigin + entry.startTime + entry.duration),
    );
  const delays: number[] = [];
  for (const latitude of [45.41, 45.42, 45.43]) {
    const before = (await drawn()).length;
    await driveTo(leo, latitude, async () => (await drawn()).length > before);
    const sent = await leo.page.evaluate(() =>
      Number((performance.getEntriesByName("frame").at(-1) as PerformanceMark | undefined)?.detail),
    );
    const seen = (await drawn()).find((at) => at >= sent);
    if (seen !== undefined) delays.push(seen - sent);
  }
  expect(delays.length).toBeGreaterThan(0);
  measured(
    "driver's frame to shipper's map",
    `${Math.round(Math.min(...delays))} to ${Math.round(Math.max(...delays))} ms`,
    "300 ms",
  );
});
