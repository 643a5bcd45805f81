import { expect, test } from "vitest";
import { book, emailOf, onlineDriver, shipmentBody } from "./support/api";
import type { Person } from "./support/browser";
import { pressUntilAsked, signIn, text, World } from "./support/world";

const world = new World();

/** Fills in the form for a load from Milan to Rome. */
async function fillIn({ page }: Pick<Person, "page">): Promise<void> {
  for (const [index, city] of ["Milan", "Rome"].entries()) {
    await page
      .getByRole("combobox", { name: text("ship.form.place") })
      .nth(index)
      .fill(city);
    await page.getByRole("option", { name: new RegExp(city) }).click();
  }
  await page.getByLabel(text("ship.form.weight")).fill("8000");
  await page.getByLabel(text("ship.form.volume")).fill("30");
}

const shown = ({ page }: Person) => page.getByRole("heading", { name: /^SHM-/ });

test("what was typed survives a session that ends in the middle of a form", async () => {
  const sara = await world.api.join("shipper", "Sara Session");
  const person = await world.signedIn(emailOf("Sara Session"), {}, "/shipments/new");
  person.expectError(/401/);
  await fillIn(person);
  for (const { id } of await sara.get("/sessions"))
    await sara.call("DELETE", `/sessions/${id}`).catch(() => null);
  const submit = person.page.getByRole("button", { name: text("ship.form.submit") });
  const dialog = await pressUntilAsked(person, submit);
  await signIn(person, emailOf("Sara Session"));
  await dialog.waitFor({ state: "hidden" });
  expect(await person.page.getByLabel(text("ship.form.weight")).inputValue()).toBe("8000");
  await submit.click();
  await shown(person).waitFor();
  const again = await world.api.signIn(emailOf("Sara Session"));
  expect(await again.get("/shipments")).toHaveLength(1);
});

test("a price is estimated while the form is filled in, with what it is made of", async () => {
  const api = await world.api.join("shipper", "Pina Price");
  const { page } = await world.signedIn(emailOf("Pina Price"), {}, "/shipments/new");
  const card = page.getByRole("region", { name: text("estimate.title") });
  await card.getByText(text("estimate.none")).waitFor();
  await fillIn({ page });
  await card.getByText(/^Usually €/).waitFor();
  await card.getByText(text("estimate.parts")).click();
  await card.getByText(text("estimate.part.fuel"), { exact: true }).waitFor();
  // It is only an estimate: nothing was posted.
  expect(await api.get("/shipments")).toEqual([]);
});

test("a carrier that was booked before is asked alone, by its name", async () => {
  const api = await world.api.join("shipper", "Cora Choice");
  const { api: driver, agent } = await onlineDriver(world.api, "Carl Choice");
  await book(api, driver, agent);
  const { page } = await world.signedIn(emailOf("Cora Choice"), {}, "/shipments/new");
  await fillIn({ page });
  await page.getByRole("radio", { name: /^One carrier Only/ }).check();
  const carrier = page.getByRole("button", { name: "Carl Choice & Co.", exact: true });
  await carrier.click();
  expect(await carrier.getAttribute("aria-pressed")).toBe("true");
  await page.getByRole("button", { name: text("ship.form.submit") }).click();
  await page.getByRole("heading", { name: /^SHM-/ }).waitFor();
  const posted: { readonly tender: { readonly mode: string } }[] = await api.get("/shipments");
  expect(posted.filter(({ tender }) => tender.mode === "direct")).toHaveLength(1);
});

test("a double click posts once", async () => {
  await world.api.join("shipper", "Dora Double");
  const person = await world.signedIn(emailOf("Dora Double"), {}, "/shipments/new");
  await fillIn(person);
  await person.page.getByRole("button", { name: text("ship.form.submit") }).dblclick();
  await shown(person).waitFor();
  const api = await world.api.signIn(emailOf("Dora Double"));
  expect(await api.get("/shipments")).toHaveLength(1);
});

test("a problem of the server stands at the field that it names", async () => {
  await world.api.join("shipper", "Fia Field");
  const person = await world.signedIn(emailOf("Fia Field"), {}, "/shipments/new");
  person.expectError(/422/);
  await fillIn(person);
  const weight = person.page.getByLabel(text("ship.form.weight"));
  await weight.fill("-5");
  await person.page.getByRole("button", { name: text("ship.form.submit") }).click();
  await expect.poll(() => weight.getAttribute("aria-invalid")).toBe("true");
  expect(await weight.inputValue()).toBe("-5");
});

test("two tabs of one person show the same, and one sign-out is everybody's", async () => {
  const api = await world.api.join("shipper", "Tom Tabs");
  const first = await world.signedIn(emailOf("Tom Tabs"), {}, "/shipments");
  const { id, reference } = await api.post("/shipments", shipmentBody());
  const second = await world.tabOf(first);
  await first.page.goto(`/shipments/${id}`);
  await second.page.goto(`/shipments/${id}`);
  await Promise.all([shown(first).waitFor(), shown(second).waitFor()]);
  first.expectError(/40[19]/);
  second.expectError(/40[19]/);
  await first.page.getByRole("button", { name: text("ship.page.cancel") }).click();
  await first.page
    .getByRole("dialog")
    .getByRole("button", { name: text("ship.page.cancel"), exact: true })
    .click();
  // The other tab hears of it by itself.
  await second.page.getByText(text("status.cancelled")).first().waitFor();
  expect(await second.page.getByRole("heading", { name: reference }).count()).toBe(1);
  // Nobody touches the other tab, which shows nothing of this person any more.
  await first.page.goto("/profile");
  await first.page.getByRole("button", { name: text("me.signout") }).click();
  await second.page.getByLabel(text("signin.login")).waitFor();
  expect(await second.page.getByText(reference).count()).toBe(0);
  await second.page.goto(`/shipments/${id}`);
  await second.page.getByLabel(text("signin.login")).waitFor();
});

test("a booking is made with the keyboard alone", async () => {
  const shipper = await world.api.join("shipper", "Kay Keys");
  const { api: driver, agent } = await onlineDriver(world.api, "Kim Keys");
  const { id, pickup, delivery } = await shipper.post("/shipments", shipmentBody());
  await driver.post("/bids", {
    shipment_id: id,
    agent_id: agent,
    price: { amount: "820.00", currency: "EUR" },
    pickup_at: pickup.window.from,
    delivery_at: delivery.window.from,
  });
  const person = await world.person();
  const { keyboard } = person.page;
  await person.page.goto(`/shipments/${id}`);
  await person.page.getByLabel(text("signin.login")).waitFor();
  await keyboard.type(emailOf("Kay Keys"));
  await keyboard.press("Tab");
  await keyboard.type("correct-horse-battery");
  await keyboard.press("Enter");
  await shown(person).waitFor();
  await person.page.getByRole("button", { name: text("ship.page.bid.select"), exact: true }).waitFor();
  await tabTo(person, text("ship.page.bid.select"));
  await keyboard.press("Enter");
  await expect.poll(async () => (await shipper.get(`/shipments/${id}`)).status).toBe("selected");
  const { selection } = await shipper.get(`/shipments/${id}`);
  await driver.post(`/bids/${selection.bid_id}/confirm`);
  await person.page.getByText(text("status.booked")).first().waitFor();
});

/** Presses Tab until the control of that name has the focus, which must be visible. */
async function tabTo({ page }: Person, name: string): Promise<void> {
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement | null;
      const style = element ? getComputedStyle(element) : null;
      return { text: element?.textContent?.trim() ?? "", isSeen: style?.outlineStyle !== "none" };
    });
    if (focused.text === name) return expect(focused.isSeen, "the focus is visible").toBe(true);
  }
  throw new Error(`Tab never reaches “${name}”`);
}

test("a file with bad rows creates nothing until every row is good", async () => {
  const api = await world.api.join("shipper", "Cleo Csv");
  const person = await world.signedIn(emailOf("Cleo Csv"), {}, "/shipments/import");
  const { page } = person;
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: text("csv.template") }).click();
  const rows = await streamText(await (await download).createReadStream());
  const [head = "", example = ""] = rows.split(/\r?\n/);
  const nowhere = example.replace(/^[^,;]*/, "<b>Nowhere</b> at all");
  const weightless = example.replace(",8000,", ",heavy,");
  const choose = (...lines: readonly string[]) =>
    page.setInputFiles('input[type="file"]', {
      name: "loads.csv",
      mimeType: "text/csv",
      buffer: Buffer.from([head, ...lines].join("\n")),
    });
  await choose(example, nowhere, weightless);
  // Each bad cell is named, with what stands in it; hostile text is text.
  await page.getByText(/^pickup_place “<b>Nowhere<\/b> at all”/).waitFor();
  await page.getByText(/^weight_kg “heavy”/).waitFor();
  await person.picture("import-bad-rows");
  const post = page.getByRole("button", { name: /^Post / });
  expect(await post.isDisabled()).toBe(true);
  expect(await api.get("/shipments")).toHaveLength(0);
  await choose(example, example);
  await page.getByText(/^2 rows are ready/).waitFor();
  await post.dblclick();
  await page.getByText(/^2 shipments posted/).waitFor();
  await page.getByRole("link", { name: /^SHM-/ }).first().waitFor();
  expect(await api.get("/shipments")).toHaveLength(2);
});

test("a file whose head is wrong is refused as a whole, and what was typed stays", async () => {
  await world.api.join("shipper", "Hugo Head");
  const person = await world.signedIn(emailOf("Hugo Head"), {}, "/shipments/import");
  person.expectError(/422/);
  const { page } = person;
  await page.getByLabel(text("csv.paste")).fill("colour,weight_kg\nred,5");
  await page.getByRole("button", { name: text("csv.check") }).click();
  // In what is said of the file, not in what was typed.
  await page
    .getByRole("alert")
    .getByText(/colour/)
    .waitFor();
  expect(await page.getByLabel(text("csv.paste")).inputValue()).toContain("colour");
});

test("a list is filtered by place, kept as a view, and exported as it is shown", async () => {
  const api = await world.api.join("shipper", "Livia List");
  const { reference } = await api.post("/shipments", shipmentBody());
  const naples = { latitude: 40.8518, longitude: 14.2681, address: "Napoli" };
  const body = shipmentBody() as { pickup: object };
  const other = await api.post("/shipments", { ...body, pickup: { ...body.pickup, ...naples } });
  const person = await world.signedIn(emailOf("Livia List"), {}, "/shipments");
  const { page } = person;
  await page.getByText(other.reference).first().waitFor();
  await page.getByRole("button", { name: text("ship.filter.more") }).click();
  const near = page.getByRole("combobox", { name: text("ship.filter.near") });
  await near.fill("mila");
  await page.getByRole("option", { name: /Milan/ }).waitFor();
  await near.press("Enter");
  await page.getByText(other.reference).first().waitFor({ state: "detached" });
  await page.getByText(reference).first().waitFor();

  // An address to pass on, not one full of quotation marks.
  expect(page.url()).toContain("page=1");

  const download = page.waitForEvent("download");
  const exporting = page.getByRole("button", { name: text("do.export") });
  await exporting.press("Enter");
  const table = await streamText(await (await download).createReadStream());
  expect(table).toContain(reference);
  expect(table).not.toContain(other.reference);
  // What is under way does not take the focus from whoever pressed it by keyboard.
  expect(await exporting.evaluate((button) => button === document.activeElement)).toBe(true);

  await page.getByRole("button", { name: text("ship.views.save") }).click();
  await page.getByLabel(text("ship.views.name")).fill("<i>Near Milan</i>");
  await page.getByRole("button", { name: text("do.save"), exact: true }).click();
  await page.getByRole("button", { name: text("word.all"), exact: true }).click();
  await page.getByText(other.reference).first().waitFor();
  await page.getByRole("button", { name: "<i>Near Milan</i>", exact: true }).click();
  await page.getByText(other.reference).first().waitFor({ state: "detached" });
});

async function streamText(stream: NodeJS.ReadableStream): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString("utf8");
}
