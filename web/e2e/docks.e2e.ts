import { expect, test } from "vitest";
import { emailOf } from "./support/api";
import { text, World } from "./support/world";

const world = new World();
const HOUR_MS = 3_600_000;

/** A facility of two docks with one appointment, tomorrow at noon UTC. */
async function booked(name: string) {
  const operator = await world.api.join("facility", name);
  const carrier = await world.api.join("carrier", `${name} Carrier`);
  const site = { facility_type: "warehouse", docks: 2, position: { latitude: 45.5, longitude: 9.1 } };
  const { id } = await operator.post("/agents", { kind: "facility", ...site });
  const noon = (Math.floor(Date.now() / (24 * HOUR_MS)) + 1) * 24 * HOUR_MS + 12 * HOUR_MS;
  const wish = { work: "loading", vehicle: { class: "box_truck" }, minutes: 60, dock: "1" };
  const from = new Date(noon).toISOString();
  const appointment = await carrier.post(`/facilities/${id}/appointments`, { ...wish, from });
  const person = await world.signedIn(emailOf(name), {}, "/docks");
  await person.page.getByRole("button", { name: text("docks.after") }).click();
  const block = person.page.getByRole("button", { name: /Loading, dock 1/ });
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
  await person.page.getByRole("button", { name: /Loading, dock 2/ }).waitFor();
  expect(await where()).toEqual([30, "2"]);
});

test("an appointment is dragged to another dock and time", async () => {
  const { person, block, where } = await booked("Drago Drag");
  const from = await block.boundingBox();
  const line = await person.page.locator('[data-dock="2"]').boundingBox();
  if (!from || !line) throw new Error("nothing to drag");
  const { mouse } = person.page;
  await mouse.move(from.x + 2, from.y + from.height / 2);
  await mouse.down();
  await mouse.move(from.x + 2 + line.width / 24, line.y + line.height / 2, { steps: 8 });
  await mouse.up();
  await person.page.getByRole("button", { name: /Loading, dock 2/ }).waitFor();
  expect(await where()).toEqual([60, "2"]);
});
