import { expect, test } from "vitest";
import { book, drive, emailOf, onlineDriver, truckBody } from "./support/api";
import { PHONE } from "./support/browser";
import { PASSWORD } from "./support/server";
import { pressUntilAsked, signIn, text, World } from "./support/world";

const world = new World();

test("a carrier brings its drivers in and locks out who left", async () => {
  const carrier = await world.api.join("carrier", "Carlo Carrier");
  const person = await world.signedIn(emailOf("Carlo Carrier"), {}, "/drivers");
  const { page } = person;
  await page
    .getByRole("button", { name: text("drivers.add") })
    .first()
    .click();
  const dialog = page.getByRole("dialog", { name: text("drivers.add") });
  await dialog.getByLabel(text("drivers.name")).fill("Nina <script>alert(1)</script>");
  await dialog.getByLabel(text("signup.email")).fill("nina@example.com");
  await dialog.getByLabel(text("drivers.password")).fill(PASSWORD);

  // The session ends before it is sent: what was typed survives it.
  person.expectError(/401/);
  for (const { id } of await carrier.get("/sessions"))
    await carrier.call("DELETE", `/sessions/${id}`).catch(() => null);
  const again = await pressUntilAsked(person, dialog.getByRole("button", { name: text("drivers.add") }));
  await signIn(person, emailOf("Carlo Carrier"));
  await again.waitFor({ state: "hidden" });
  expect(await dialog.getByLabel(text("signup.email")).inputValue()).toBe("nina@example.com");
  await dialog.getByRole("button", { name: text("drivers.add") }).dblclick();
  await page.getByText("Nina <script>alert(1)</script>").first().waitFor();
  const once = await world.api.signIn(emailOf("Carlo Carrier"));
  expect(await once.get("/users?role=driver")).toHaveLength(1);

  // She signs in, and is locked out.
  await world.api.signIn("nina@example.com");
  await page.getByRole("button", { name: /^Lock out Nina/ }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: text("drivers.lock"), exact: true })
    .click();
  await page.getByText(text("standing.disabled"), { exact: true }).filter({ visible: true }).waitFor();
  await expect(world.api.signIn("nina@example.com")).rejects.toThrow("401");
});

test("a driver sees its own truck and not its colleague's", async () => {
  const carrier = await world.api.join("carrier", "Carla Crew");
  const names = ["ada", "bea"] as const;
  const agents: Record<string, { id: string; reference: string }> = {};
  for (const name of names) {
    const email = `${name}@crew.example.com`;
    await carrier.post("/users", { role: "driver", name, email, password: PASSWORD });
    const driver = await world.api.signIn(email);
    agents[name] = await driver.post("/agents", truckBody());
  }
  const { page } = await world.signedIn("bea@crew.example.com", PHONE, "/drive");
  await page.getByText(agents["bea"]?.reference ?? "").waitFor();
  expect(await page.getByText(agents["ada"]?.reference ?? "", { exact: true }).count()).toBe(0);
});

test("a carrier's papers, trips and statement are there after they are made", async () => {
  const shipper = await world.api.join("shipper", "Sten Shipper");
  const carrier = await world.api.join("carrier", "Cora Books");
  const { id: agent } = await carrier.post("/agents", truckBody());
  await carrier.post(`/agents/${agent}/online`);
  await carrier.post(`/agents/${agent}/position`, { latitude: 45.46, longitude: 9.18 });
  const { id, reference } = await book(shipper, carrier, agent);
  await drive(carrier, id, "en_route_pickup");
  const person = await world.signedIn(emailOf("Cora Books"), {}, "/fleet");
  const { page } = person;
  await page.getByLabel(text("fleet.profile.number")).fill("IT-<b>123</b>");
  await page.getByLabel(text("fleet.profile.licence")).fill("2031-01-01");
  await page.getByLabel(text("drive.insurance")).fill("2031-02-01");
  await page.getByRole("button", { name: text("do.save") }).dblclick();
  await page.getByText(text("me.saved")).waitFor();
  await page.reload();
  await expect.poll(() => page.getByLabel(text("fleet.profile.number")).inputValue()).toBe("IT-<b>123</b>");
  await page.getByRole("link", { name: new RegExp(reference) }).waitFor();

  // What goes wrong is reported from the desk too.
  await page.goto(`/shipments/${id}`);
  await page.getByRole("button", { name: text("issue.report"), exact: true }).click();
  await page.getByLabel(text("issue.kind")).selectOption("breakdown");
  await page.getByRole("button", { name: text("issue.submit") }).dblclick();
  await page.getByRole("heading", { name: text("issue.title") }).waitFor();
  await page.getByText(text("issue.kind.breakdown"), { exact: true }).last().waitFor();
  expect(await carrier.get(`/shipments/${id}/issues`)).toHaveLength(1);

  await page.goto("/statement");
  await page.getByText(reference).waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: text("do.export") }).click();
  expect((await download).suggestedFilename()).toMatch(/^statement-\d{4}-\d{2}\.csv$/);
});

test("a facility finds the site that it described", async () => {
  await world.api.join("facility", "Fabio Facility");
  const { page } = await world.signedIn(emailOf("Fabio Facility"), {}, "/site");
  const place = page.getByRole("combobox", { name: text("ship.form.place") });
  await place.fill("torin");
  await page.getByRole("option", { name: /Turin/ }).click();
  await page.getByLabel(text("site.docks")).fill("6");
  await page.getByRole("button", { name: text("do.save") }).click();
  await page.getByText(text("site.saved")).waitFor();
  await page.reload();
  await expect.poll(() => page.getByLabel(text("site.docks")).inputValue()).toBe("6");
});

test("a driver who starts the page without a network is not asked to sign in", async () => {
  const { agent } = await onlineDriver(world.api, "Otto Offline");
  const person = await world.signedIn(emailOf("Otto Offline"), PHONE, "/drive");
  const { page } = person;
  await page.getByText(text("drive.online"), { exact: true }).waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  // What is precached is there once the worker is; the page itself was read before that.
  await page.reload();
  await page.getByText(text("drive.online"), { exact: true }).waitFor();
  person.expectError(/ERR_INTERNET_DISCONNECTED|WebSocket/);
  await page.context().setOffline(true);
  await page.reload();
  await page.getByText(text("state.offline"), { exact: true }).first().waitFor();
  await page.getByText(text("drive.online"), { exact: true }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/drive");
  await person.picture("drive-offline-start");
  await page.context().setOffline(false);
  await expect
    .poll(() => page.getByText(text("state.offline"), { exact: true }).count())
    .toBe(0);
  expect(agent).toMatch(/^drv_/);
});
