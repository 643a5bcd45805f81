import { expect, test } from "vitest";
import { text, World } from "./support/world";

const world = new World({ staff: ["broker"] });

test("a dispatcher reports a closed road, sees it, and lifts it", async () => {
  const dispatcher = await world.signedIn("broker@example.com", {}, "/traffic");
  const { page } = dispatcher;
  dispatcher.expectError(/422.*\/traffic\/incidents/);
  await page.getByRole("heading", { name: text("traffic.title"), level: 1 }).waitFor();
  await page.getByText(text("traffic.none")).waitFor();

  const places = page.getByLabel(text("traffic.places"));
  await places.fill("Milano");
  await page.getByText(text("traffic.places.bad")).waitFor();
  const report = page.getByRole("button", { name: text("traffic.report.do"), exact: true });
  expect(await report.isDisabled()).toBe(true);

  await places.fill("45.4642, 9.19\n45.47, 9.20");
  await page.getByLabel(text("traffic.what")).selectOption("slowed");
  await page.getByLabel(text("traffic.percent")).fill("3");
  await report.click();
  // The bounds in the reader's language, not in the server's.
  const bounds = text("fieldproblem.between").replace("{n}", "5").replace("{m}", "95");
  await page.getByText(bounds).first().waitFor();
  await page.getByLabel(text("traffic.percent")).fill("40");
  await dispatcher.picture("traffic-report");
  await report.click();
  const row = page.getByRole("row").filter({ hasText: text("traffic.cause.accident") });
  await row.getByText("40 %").waitFor();
  await expect.poll(() => places.inputValue()).toBe("");

  await row.getByRole("button", { name: text("traffic.lift") }).click();
  await page.getByText(text("traffic.none")).waitFor();
});
