import { expect, test } from "vitest";
import { inHours, onlineDriver, shipmentBody } from "./support/api";
import { text, World } from "./support/world";

const world = new World({ staff: ["broker"] });

test("a dispatcher plans open shipments, changes a tour by hand and tenders it", async () => {
  const shipper = await world.api.join("shipper", "Paula Plans");
  await onlineDriver(world.api, "Dino Plans");
  const { api: driver } = await onlineDriver(world.api, "Dana Plans");
  const cargo = { weight_kg: 3000, volume_m3: 10, kind: "general", requires: [] };
  // A driver rests for 11 hours on the way.
  const window = { from: inHours(12), to: inHours(48) };
  const delivery = { latitude: 41.9028, longitude: 12.4964, address: "Roma", window };
  const references: string[] = [];
  for (let posted = 0; posted < 3; posted += 1)
    references.push((await shipper.post("/shipments", shipmentBody({ cargo, delivery }))).reference);
  const { page, picture } = await opened();
  for (const reference of references)
    await page.getByRole("checkbox", { name: new RegExp(reference) }).check();
  await page.getByRole("button", { name: text("plans.plan") }).click();
  await page.getByText(text("plans.status.finished")).waitFor();
  const stops = page
    .getByRole("listitem")
    .filter({ has: page.getByRole("button", { name: text("plans.up") }) });
  await expect.poll(() => stops.count()).toBe(6);
  await picture("plans-found");

  // The first loading goes as late as its own delivery allows: the plan is priced anew.
  await stops
    .first()
    .getByRole("button", { name: text("plans.down") })
    .click();
  await page.getByText(text("plans.changed")).waitFor();
  await page.getByText(/Your changes: /).waitFor();
  await page.getByRole("button", { name: text("plans.reset") }).click();
  await page.getByText(text("plans.changed")).waitFor({ state: "hidden" });

  // By mouse: the last stop is dropped on the first.
  await stops.last().dragTo(stops.first());
  await page.getByText(text("plans.changed")).waitFor();
  await page.getByRole("button", { name: text("plans.reset") }).click();

  await page.getByRole("button", { name: text("plans.tender") }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: text("plans.tender") })
    .click();
  const outcome = page.getByRole("status", { name: text("plans.outcome") });
  await outcome.waitFor();
  await expect.poll(() => outcome.getByText(text("plans.outcome.tendered")).count()).toBe(3);
  const shipments: { readonly tender: { readonly mode: string } }[] = await shipper.get("/shipments");
  expect(shipments.map(({ tender }) => tender.mode)).toEqual(["direct", "direct", "direct"]);
  expect(await driver.get("/me")).toBeTruthy();
});

async function opened() {
  const person = await world.signedIn("broker@example.com", {}, "/plans");
  await person.page.getByRole("heading", { name: text("plans.title"), level: 1 }).waitFor();
  return { page: person.page, picture: (name: string) => person.picture(name) };
}
