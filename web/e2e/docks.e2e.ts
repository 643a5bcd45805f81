import { addDays, dateIn, dayStart } from "@/pages/facility/calendar";
import { expect, test } from "vitest";
import { book, emailOf, onlineDriver } from "./support/api";
import { settled } from "./support/settled";
import { text, World } from "./support/world";

const world = new World({ staff: ["broker"] });
const HOUR_MS = 3_600_000;

/** A facility of two docks with one appointment, twelve hours into its tomorrow. */
async function booked(name: string) {
  const operator = await world.api.join("facility", name);
  const carrier = await world.api.join("carrier", `${name} Carrier`);
  const site = { facility_type: "warehouse", docks: 2, position: { latitude: 45.5, longitude: 9.1 } };
  const { id } = await operator.post("/agents", { kind: "facility", ...site });
  const { time_zone: zone } = await operator.get(`/facilities/${id}`);
  const noon = dayStart(zone, addDays(dateIn(zone, Date.now()), 1)) + 12 * HOUR_MS;
  const wish = { work: "loading", vehicle: { class: "box_truck" }, minutes: 60, dock: "1" };
  const from = new Date(noon).toISOString();
  const appointment = await carrier.post(`/facilities/${id}/appointments`, { ...wish, from });
  const person = await world.signedIn(emailOf(name), {}, "/docks");
  await person.page.getByRole("button", { name: text("docks.after") }).click();
  const block = person.page.getByRole("button", { name: /Loading.*Dock 1/s });
  await block.waitFor();
  const where = async (): Promise<readonly [number, string]> => {
    const now = await operator.get(`/appointments/${appointment.id}`);
    return [(Date.parse(now.from) - noon) / 60_000, now.dock];
  };
  return { person, block, where };
}

test("an appointment is moved by keyboard", async () => {
  const { person, block, where } = await booked("Keja Keys");
  await block.focus();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowDown", "Enter"]) await person.page.keyboard.press(key);
  await person.page.getByRole("button", { name: /Loading.*Dock 2/s }).waitFor();
  await expect.poll(where).toEqual([30, "2"]);
});

test("an appointment is dragged to another dock and time", async () => {
  const { person, block, where } = await booked("Drago Drag");
  // Nothing may come in above the calendar between the measuring and the mouse.
  await settled(person);
  const from = await block.boundingBox();
  const line = await person.page.locator('[data-dock="2"]').boundingBox();
  if (!from || !line) throw new Error("nothing to drag");
  const { mouse } = person.page;
  await mouse.move(from.x + 2, from.y + from.height / 2);
  await mouse.down();
  await mouse.move(from.x + 2 + line.width / 24, line.y + line.height / 2, { steps: 8 });
  await mouse.up();
  await person.page.getByRole("button", { name: /Loading.*Dock 2/s }).waitFor();
  await expect.poll(where).toEqual([60, "2"]);
});

test("a carrier keeps a slot, confirms it, and the facility sees it come without asking", async () => {
  const operator = await world.api.join("facility", "Ciro Calendar");
  await world.api.join("carrier", "Bibi Books");
  const site = { facility_type: "warehouse", docks: 1, position: { latitude: 45.5, longitude: 9.1 } };
  const { id } = await operator.post("/agents", { kind: "facility", ...site });
  const portal = await world.signedIn(emailOf("Ciro Calendar"), {}, "/docks");
  await portal.page.getByText(text("docks.day.empty")).waitFor();
  await portal.page.getByRole("button", { name: text("docks.after") }).click();

  const { page } = await world.signedIn(emailOf("Bibi Books"), {}, "/book");
  await page.getByLabel(text("docks.facility")).selectOption(id);
  await page.getByRole("button", { name: text("docks.after") }).click();
  const slots = page.getByRole("region", { name: text("book.slots") });
  await slots.getByRole("button", { name: "10:00" }).click();
  await page.getByText(/left$/).waitFor();
  await portal.page.getByRole("button", { name: /10:00.*Held/s }).waitFor();
  await page.getByRole("button", { name: text("do.confirm") }).click();
  await page.getByText(text("appointment.scheduled"), { exact: true }).waitFor();
  await portal.page.getByRole("button", { name: /10:00.*Expected/s }).waitFor();
  await page.getByRole("button", { name: text("book.giveup") }).click();
  await page.getByText(text("book.own.none")).waitFor();
});

test("a facility sets its hours, a dock and a closure", async () => {
  const operator = await world.api.join("facility", "Sissi Settings");
  const site = { facility_type: "warehouse", docks: 1, position: { latitude: 45.5, longitude: 9.1 } };
  const { id } = await operator.post("/agents", { kind: "facility", ...site });
  const { page } = await world.signedIn(emailOf("Sissi Settings"), {}, "/docks");
  await page.getByRole("tab", { name: text("docks.tab.settings") }).click();
  await page.getByLabel(text("docks.zone.label")).selectOption("Europe/Rome");
  await page.getByLabel("Monday").fill("morning");
  await page.getByRole("button", { name: text("do.save") }).click();
  await page.getByText(text("docks.hours.unread")).waitFor();
  await page.getByLabel("Monday").fill("8-12, 14-18");
  await page.getByLabel("Sunday").fill("");
  await page.getByRole("button", { name: text("do.save") }).click();
  await page.getByText(text("docks.settings.saved"), { exact: true }).waitFor();
  const known = await operator.get(`/facilities/${id}`);
  expect(known.time_zone).toBe("Europe/Rome");
  expect(known.hours[0].open).toEqual([
    { from: "08:00", to: "12:00" },
    { from: "14:00", to: "18:00" },
  ]);
  expect(known.hours[6].open).toEqual([]);

  const add = page.getByRole("button", { name: text("docks.add") });
  const dialog = page.getByRole("dialog");
  await add.press("Enter");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  // Whoever leaves a dialog by keyboard goes on where they were.
  expect(await add.evaluate((button) => button === document.activeElement)).toBe(true);
  await add.press("Enter");
  await dialog.getByLabel(text("docks.name")).fill("North 1");
  await dialog.getByLabel(text("dockequipment.cooled")).check();
  await dialog.getByRole("button", { name: text("do.save") }).click();
  await page.getByRole("cell", { name: "North 1" }).waitFor();
  await page.getByRole("button", { name: text("docks.close"), exact: true }).click();
  await page.getByRole("button", { name: text("docks.reopen") }).click();
  await page.getByText(text("docks.closures.none")).waitFor();
});

test("a dispatcher finds a dock for a load that found none", async () => {
  const operator = await world.api.join("facility", "Carla Closed");
  const site = { facility_type: "warehouse", docks: 1, position: { latitude: 45.465, longitude: 9.1905 } };
  const { id } = await operator.post("/agents", { kind: "facility", ...site });
  const quarter = (n: number) => new Date((Math.floor(Date.now() / 900_000) + n) * 900_000).toISOString();
  // Longer than the yard looks ahead by itself.
  const closed = { from: quarter(1), to: quarter(4 * 24 * 5), reason: "staff" };
  await operator.post(`/facilities/${id}/closures`, closed);
  const shipper = await world.api.join("shipper", "Sia Closed");
  const { api: driver, agent } = await onlineDriver(world.api, "Dario Closed");
  const { reference } = await book(shipper, driver, agent);
  const { page } = await world.signedIn("broker@example.com", {}, "/queue?kind=dock_missing");
  const row = page.getByRole("row").filter({ hasText: reference });
  await row.getByRole("link", { name: text("queue.dock") }).click();
  await page.getByText(text("book.moving")).waitFor();
  const slots = page.getByRole("region", { name: text("book.slots") });
  for (let day = 0; day < 6; day += 1) await slots.getByRole("button", { name: text("docks.after") }).click();
  await slots
    .getByRole("button", { name: /^\d\d:\d\d$/ })
    .first()
    .click();
  await page.getByText(text("queue.clear")).waitFor();
  const broker = await world.api.signIn("broker@example.com");
  expect(await broker.get("/operations/queue?kind=dock_missing")).toEqual([]);
});

test("a truck is checked in with what was counted", async () => {
  const operator = await world.api.join("facility", "Gigi Gate");
  const carrier = await world.api.join("carrier", "Gigi Gate Carrier");
  const site = { facility_type: "warehouse", docks: 1, position: { latitude: 45.5, longitude: 9.1 } };
  const { id } = await operator.post("/agents", { kind: "facility", ...site });
  const soon = Math.ceil(Date.now() / 900_000) * 900_000 + 900_000;
  const wish = { work: "unloading", vehicle: { class: "van" }, cargo: { pieces: 33 } };
  await carrier.post(`/facilities/${id}/appointments`, { ...wish, from: new Date(soon).toISOString() });
  const { page } = await world.signedIn(emailOf("Gigi Gate"), {}, "/docks");
  await page.getByRole("tab", { name: text("docks.tab.yard") }).click();
  await page.getByRole("button", { name: text("docks.do.checkin") }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("33 pieces").waitFor();
  await dialog.getByLabel(text("docks.counted.pieces")).fill("32");
  await dialog.getByRole("button", { name: text("docks.do.checkin") }).click();
  await page.getByText(text("docks.checkedin.differs")).waitFor();
  await page.getByRole("button", { name: text("docks.do.start") }).click();
  await page.getByRole("button", { name: text("docks.do.finish") }).click();
  await page.getByText(text("docks.arrivals.none")).waitFor();
});
