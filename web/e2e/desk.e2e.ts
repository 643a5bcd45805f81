import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { book, drive, emailOf, onlineDriver, shipmentBody } from "./support/api";
import { text, World } from "./support/world";

const folder = mkdtempSync(join(tmpdir(), "autobroker-e2e-"));
const config = join(folder, "autobroker.toml");
writeFileSync(config, "queue_limit = 5000\n");
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const world = new World({ staff: ["broker", "admin", "auditor", "finance"], flags: ["--config", config] });

test("the live map moves with a truck over its socket, and stays with it", async () => {
  const { api, agent } = await onlineDriver(world.api, "Mara Moves");
  const { reference } = await api.get(`/agents/${agent}`);
  const person = await world.signedIn("broker@example.com", {}, "/map");
  const asked: string[] = [];
  person.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await person.page.getByRole("button", { name: new RegExp(reference) }).click();
  await person.page.getByRole("button", { name: text("fleetmap.follow"), exact: true }).click();
  await person.page.getByRole("button", { name: text("fleetmap.following"), exact: true }).waitFor();
  await api.post(`/agents/${agent}/position`, { latitude: 45.6, longitude: 9.4, speed_kmh: 63 });
  await person.page.getByText(text("fleetmap.kmh").replace("{n}", "63")).waitFor();
  expect(asked.filter((path) => path.endsWith("/position"))).toEqual([]);
  // Narrowed to what it is not, the list has it no more.
  await person.page.getByRole("button", { name: new RegExp(`^${text("fleetmap.group.late")}`) }).click();
  await person.page.getByText(text("fleetmap.none")).waitFor();
});

test("a bulk action answers for each row, also for the one that is refused", async () => {
  const shipper = await world.api.join("shipper", "Bea Bulk");
  const { api: driver, agent } = await onlineDriver(world.api, "Dan Bulk");
  const [open, gone] = [
    await shipper.post("/shipments", shipmentBody()),
    await shipper.post("/shipments", shipmentBody()),
  ];
  const { id: bid } = await driver.post("/bids", {
    shipment_id: gone.id,
    agent_id: agent,
    price: { amount: "820.00", currency: "EUR" },
    pickup_at: gone.pickup.window.from,
    delivery_at: gone.delivery.window.from,
  });
  await shipper.post(`/bids/${bid}/select`);
  await driver.post(`/bids/${bid}/confirm`);
  await driver.post(`/shipments/${gone.id}/status`, { status: "en_route_pickup" });
  const person = await world.signedIn("broker@example.com", {}, "/board?view=table");
  for (const { reference } of [open, gone]) {
    const name = text("table.select.row").replace("{name}", reference);
    await person.page.getByRole("checkbox", { name }).check();
  }
  await person.page.getByRole("button", { name: new RegExp(`^${text("bulk.cancel")}`) }).click();
  const dialog = person.page.getByRole("dialog");
  const rowOf = ({ reference }: { readonly reference: string }) =>
    dialog.getByRole("listitem").filter({ hasText: reference });
  await rowOf(gone).waitFor();
  // Meanwhile the truck is being loaded: from then on nobody cancels it.
  await driver.post(`/shipments/${gone.id}/status`, { status: "loading" });
  person.expectError(/409/);
  await dialog.getByRole("button", { name: text("bulk.cancel"), exact: true }).click();
  await rowOf(open).getByText(text("bulk.state.done")).waitFor();
  await rowOf(gone).getByText(text("bulk.state.failed")).waitFor();
  await rowOf(gone).getByText(text("problem.shipment.wrong_state")).waitFor();
  expect((await shipper.get(`/shipments/${open.id}`)).status).toBe("cancelled");
  expect((await shipper.get(`/shipments/${gone.id}`)).status).toBe("loading");
  // What was refused stays selected.
  await dialog
    .getByRole("button", { name: text("do.close"), exact: true })
    .last()
    .click();
  await person.page.getByRole("heading", { name: text("table.selected").replace("{n}", "1") }).waitFor();
});

test("every fact leads to its stream, found by what it holds", async () => {
  const shipper = await world.api.join("shipper", "Evi Events");
  const { id, reference } = await shipper.post("/shipments", shipmentBody());
  const person = await world.signedIn("auditor@example.com", {}, "/events");
  await person.page.getByLabel(text("events.q"), { exact: true }).fill(id);
  await person.page.getByRole("button", { name: text("events.search"), exact: true }).click();
  await person.page.waitForURL(/q=shp_/);
  const fact = person.page.getByRole("listitem").filter({ hasText: "shipment.requested" });
  await fact.getByRole("button").click();
  await fact.getByText(reference).waitFor();
  await fact.getByRole("link", { name: /shp_/ }).first().click();
  await person.page.getByRole("heading", { name: text("stream.title"), exact: true }).waitFor();
  await person.page.getByText("shipment.requested").first().waitFor();
});

test("the palette finds drivers and pages", async () => {
  const { api, agent } = await onlineDriver(world.api, "Pia Palette");
  const { reference } = await api.get(`/agents/${agent}`);
  const person = await world.signedIn("admin@example.com", {}, "/system");
  // The page itself, not the sign-in page that it replaces.
  await person.page.getByRole("heading", { name: text("system.title"), level: 1 }).waitFor();
  await person.page.keyboard.press("Control+k");
  await person.page.getByRole("combobox", { name: text("palette.hint") }).fill(reference);
  await person.page.getByRole("option", { name: new RegExp(`^${reference}`) }).waitFor();
  await person.page.keyboard.press("Enter");
  await person.page.getByRole("heading", { name: reference, exact: true }).waitFor();
});

test("the configuration is read again by a button, and a mistake in it is named", async () => {
  // Whatever comes after this reads it when it starts.
  onTestFinished(() => writeFileSync(config, "queue_limit = 5000\n"));
  const person = await world.signedIn("admin@example.com", {}, "/settings");
  const reload = person.page.getByRole("button", { name: text("configuration.reload"), exact: true });
  await reload.click();
  await person.page.getByText(text("configuration.same")).waitFor();
  writeFileSync(config, "queue_limit = 6000\n");
  await reload.click();
  await person.page.getByText(text("configuration.applied").replace("{names}", "queue_limit")).waitFor();
  person.expectError(/422/);
  writeFileSync(config, "queue_limits = 6000\n");
  await reload.click();
  await person.page
    .getByRole("alert")
    .getByText(/queue_limits/)
    .waitFor();
});

test("finance settles a dispute by halves, and the queue has it no more", async () => {
  const shipper = await world.api.join("shipper", "Dora Settles");
  const { api: driver, agent } = await onlineDriver(world.api, "Dino Settles");
  const { id, reference } = await book(shipper, driver, agent);
  await drive(driver, id, "delivered");
  await shipper.post(`/shipments/${id}/dispute`);
  const { page } = await world.signedIn("finance@example.com", {}, "/payments?status=disputed");
  await page
    .getByRole("row")
    .filter({ hasText: text("payment.disputed") })
    .click();
  await page.getByRole("heading", { name: reference }).waitFor();
  await page.getByRole("button", { name: text("dispute.settle"), exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: new RegExp(`^${text("dispute.verdict.split")}`) }).check();
  const settle = dialog.getByRole("button", { name: text("dispute.settle"), exact: true });
  expect(await settle.isDisabled()).toBe(true);
  await dialog.getByLabel(text("dispute.part")).fill("410,00");
  await settle.dblclick();
  const parts = async () => {
    const [payment] = await shipper.get(`/payments?shipment_id=${id}`);
    return [payment.carrier_amount.amount, payment.refunded.amount];
  };
  await expect.poll(parts).toEqual(["410.00", "410.00"]);
  await page.getByText(text("dispute.state.open")).waitFor({ state: "detached" });
});

test("papers are added to a shipment, and what is no paper is refused before it is sent", async () => {
  const shipper = await world.api.join("shipper", "Pia Papers");
  const { api: driver, agent } = await onlineDriver(world.api, "Piet Papers");
  const { id } = await book(shipper, driver, agent);
  const { page } = await world.signedIn(emailOf("Pia Papers"), {}, `/shipments/${id}`);
  const file = (name: string, mimeType: string) =>
    page
      .getByLabel(text("doc.add"), { exact: true })
      .and(page.locator("input"))
      .setInputFiles({ name, mimeType, buffer: Buffer.from("%PDF-1.4\n%%EOF\n") });
  await file("notes.txt", "text/plain");
  await page.getByText(text("doc.bad.type")).waitFor();
  await file("cmr.pdf", "application/pdf");
  await page.getByText(text("doc.added")).waitFor();
  expect(await shipper.get(`/shipments/${id}/documents`)).toMatchObject([
    { kind: "other", content_type: "application/pdf" },
  ]);
});

test("an administrator erases a document, and nobody reads it any more", async () => {
  const shipper = await world.api.join("shipper", "Elsa Erases");
  const { api: driver, agent } = await onlineDriver(world.api, "Emil Erases");
  const { id } = await book(shipper, driver, agent);
  const owner = await world.signedIn(emailOf("Elsa Erases"), {}, `/shipments/${id}`);
  await owner.page
    .getByLabel(text("doc.add"), { exact: true })
    .and(owner.page.locator("input"))
    .setInputFiles({ name: "cmr.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4\n%%EOF\n") });
  await owner.page.getByText(text("doc.added")).waitFor();
  const { page } = await world.signedIn("admin@example.com", {}, `/shipments/${id}`);
  const name = `${text("doc.cargo")} 1`;
  await page.getByRole("button", { name: text("doc.enlarge").replace("{name}", name) }).click();
  await page.getByRole("button", { name: text("doc.erase"), exact: true }).click();
  await page.getByRole("button", { name: text("doc.erase.do"), exact: true }).click();
  await page.getByText("1 document was erased.").waitFor();
  const [document] = await shipper.get(`/shipments/${id}/documents`);
  expect(document.erased).toBe(true);
  await expect(shipper.get(`/documents/${document.id}/content`)).rejects.toThrow("404");
});

test("a dispatcher takes over what the market cannot place, tenders it again and gives it to a driver", async () => {
  const shipper = await world.api.join("shipper", "Hanna Hands");
  const { agent } = await onlineDriver(world.api, "Hugo Hands");
  const broker = await world.api.signIn("broker@example.com");
  const { reference: truck } = await broker.get(`/agents/${agent}`);
  const { id, reference } = await shipper.post("/shipments", shipmentBody());
  await broker.post(`/shipments/${id}/hand-over`);
  const { page } = await world.signedIn("broker@example.com", {}, "/queue?kind=handed_over");
  await page.getByRole("row").filter({ hasText: reference }).click();
  await page.getByRole("button", { name: text("dispatching.take-over"), exact: true }).click();
  await page.getByText(text("dispatching.own")).waitFor();

  // Again, further away.
  await page.getByRole("button", { name: text("dispatching.retender"), exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(text("dispatching.radius")).selectOption("3");
  await dialog.getByRole("button", { name: text("dispatching.retender"), exact: true }).dblclick();
  await page.getByText(text("dispatching.done.retender")).waitFor();

  // Agreed by telephone: its driver has it to confirm.
  await page.getByRole("button", { name: text("dispatching.assign"), exact: true }).click();
  const option = dialog.getByLabel(text("fleet.driver")).locator("option", { hasText: truck });
  await dialog.getByLabel(text("fleet.driver")).selectOption((await option.getAttribute("value")) ?? "");
  await dialog.getByLabel(text("dispatching.price")).fill("1.250,00");
  await dialog.getByRole("button", { name: text("dispatching.assign"), exact: true }).dblclick();
  await expect
    .poll(async () => (await shipper.get(`/shipments/${id}`)).selection?.driver_id)
    .toBe(agent);
  await page.getByText(text("status.selected")).first().waitFor();
  expect(await shipper.get(`/shipments/${id}/bids`)).toMatchObject([{ price: { amount: "1250.00" } }]);
});

test("staff reads carriers by their names", async () => {
  await onlineDriver(world.api, "Nora Named");
  const { page } = await world.signedIn("broker@example.com", {}, "/scorecards");
  await page.getByRole("row").filter({ hasText: "Nora Named & Co." }).click();
  await page.getByRole("dialog", { name: "Drivers of Nora Named & Co." }).getByText(/^DRV-/).waitFor();
});
