import { expect, test } from "vitest";
import { onlineDriver, shipmentBody } from "./support/api";
import { text, World } from "./support/world";

const world = new World({ staff: ["broker", "admin", "auditor"] });

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
  const rows = [
    await shipper.post("/shipments", shipmentBody()),
    await shipper.post("/shipments", shipmentBody()),
  ];
  const person = await world.signedIn("broker@example.com", {}, "/board?view=table");
  for (const { reference } of rows)
    await person.page
      .getByRole("checkbox", { name: text("table.select.row").replace("{name}", reference) })
      .check();
  await person.page.getByRole("button", { name: new RegExp(`^${text("bulk.cancel")}`) }).click();
  const dialog = person.page.getByRole("dialog");
  await dialog.getByText(rows[0].reference).waitFor();
  // Somebody else is faster with one of them; its refusal leaves a 409 in the console.
  person.expectError(/409/);
  await shipper.post(`/shipments/${rows[0].id}/cancel`);
  await dialog.getByRole("button", { name: text("bulk.cancel"), exact: true }).click();
  await expect.poll(async () => (await shipper.get(`/shipments/${rows[1].id}`)).status).toBe("cancelled");
  const rowOf = (reference: string) => dialog.getByRole("listitem").filter({ hasText: reference });
  await rowOf(rows[1].reference).getByText(text("bulk.state.done")).waitFor();
  await rowOf(rows[0].reference)
    .getByText(new RegExp(`${text("bulk.state.done")}|${text("bulk.state.failed")}`))
    .waitFor();
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
  await person.page.getByRole("heading", { level: 1 }).first().waitFor();
  await person.page.keyboard.press("Control+k");
  await person.page.getByRole("combobox", { name: text("palette.hint") }).fill(reference);
  await person.page.getByRole("option", { name: new RegExp(`^${reference}`) }).waitFor();
  await person.page.keyboard.press("Enter");
  await person.page.getByRole("heading", { name: reference, exact: true }).waitFor();
});
