import { expect, test } from "vitest";
import { book, drive, emailOf, onlineDriver } from "./support/api";
import { PHONE } from "./support/browser";
import { text, World } from "./support/world";

const world = new World();

test("a consignee follows a shipment by a link, until it is withdrawn", async () => {
  const shipper = await world.api.join("shipper", "Shara Share");
  const { api: driver, agent } = await onlineDriver(world.api, "Dino Drive");
  const { id, reference } = await book(shipper, driver, agent);
  const person = await world.signedIn(emailOf("Shara Share"), {}, `/shipments/${id}`);
  // However often it is pressed, there is one link.
  await person.page.getByRole("button", { name: text("share.make") }).dblclick();
  const address = await person.page.getByLabel(text("share.address")).inputValue();
  expect(new URL(address).pathname).toMatch(/^\/t\/[\w-]{43}$/);
  expect(await shipper.get(`/shipments/${id}/shares`)).toHaveLength(1);

  // Nobody in particular, on a phone, without an account.
  const consignee = await world.person(PHONE);
  const { page } = consignee;
  await page.goto(address);
  await page.getByText(reference).waitFor();
  await page.getByText(text("track.eta"), { exact: false }).first().waitFor();
  const shown = await page.locator("body").innerText();
  for (const secret of ["Shara", "Dino", "820", "DRV-"]) expect(shown).not.toContain(secret);
  expect(await page.getByRole("navigation").count()).toBe(0);

  // It keeps itself current.
  await drive(driver, id, "in_transit");
  await driver.post(`/agents/${agent}/position`, { latitude: 44.5, longitude: 10.2 });
  await page.reload();
  await page.getByText(text("status.in_transit")).first().waitFor();
  await page.getByText(/^Seen /).waitFor();
  await page.getByText(/^8 of 10 trucks come between /).waitFor();
  await consignee.picture("tracking-phone");

  await person.page.getByRole("button", { name: text("share.revoke") }).click();
  await person.page.getByText(text("share.state.revoked"), { exact: true }).waitFor();
  consignee.expectError(/404/);
  await page.reload();
  await page.getByRole("heading", { name: text("track.gone") }).waitFor();
  expect(await page.locator("body").innerText()).not.toContain(reference);
});

test("a link that never was looks like one that is over", async () => {
  const visitor = await world.person();
  visitor.expectError(/404/);
  await visitor.page.goto(`/t/${"A".repeat(43)}`);
  await visitor.page.getByRole("heading", { name: text("track.gone") }).waitFor();
});

test("a dispute stops the payout for both sides", async () => {
  const shipper = await world.api.join("shipper", "Dagmar Dispute");
  const { api: driver, agent } = await onlineDriver(world.api, "Dario Delivers");
  const { id } = await book(shipper, driver, agent);
  await drive(driver, id, "delivered");
  const person = await world.signedIn(emailOf("Dagmar Dispute"), {}, `/shipments/${id}`);
  await person.page.getByRole("button", { name: text("dispute.open"), exact: true }).click();
  await person.page
    .getByRole("dialog")
    .getByRole("button", { name: text("dispute.open"), exact: true })
    .dblclick();
  await person.page.getByText(text("dispute.state.open")).waitFor();
  const [payment] = await shipper.get(`/payments?shipment_id=${id}`);
  expect(payment.status).toBe("disputed");
  await person.picture("dispute-open");
  const other = await world.signedIn(emailOf("Dario Delivers"), PHONE, `/shipments/${id}`);
  await other.page.getByText(text("dispute.state.open")).waitFor();
});

test("a delivery is rated once, by the keyboard", async () => {
  const shipper = await world.api.join("shipper", "Rosa Rates");
  const { api: driver, agent } = await onlineDriver(world.api, "Rino Rated");
  const { id } = await book(shipper, driver, agent);
  await drive(driver, id, "delivered");
  const { page } = await world.signedIn(emailOf("Rosa Rates"), {}, `/shipments/${id}`);
  await page.getByRole("radio", { name: "1 star", exact: true }).focus();
  for (let star = 1; star < 4; star += 1) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByText("You gave 4 stars.").waitFor();
  expect((await shipper.get(`/shipments/${id}`)).stars).toBe(4);
});
