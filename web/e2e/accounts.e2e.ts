import { expect, test } from "vitest";
import { emailOf } from "./support/api";
import { PASSWORD } from "./support/server";
import { settled } from "./support/settled";
import { signIn, text, World } from "./support/world";

const world = new World();

test("somebody signs up as a shipper and lands on the shipper's page", async () => {
  const person = await world.person();
  const { page } = person;
  await page.goto("/signup");
  await page.getByLabel(text("signup.name")).fill("Sara <b>Shipper</b>");
  await page.getByLabel(text("signup.email")).fill("sara@example.com");
  await page.getByLabel(text("signin.password")).fill(PASSWORD);
  await page.getByRole("button", { name: text("signup.submit") }).click();
  await page.waitForURL("**/shipments");
  // Hostile text in a name is text.
  await page.getByText("Sara <b>Shipper</b>").first().waitFor();
});

test("a wrong password is said, and what was typed stays", async () => {
  await world.api.join("shipper", "Wanda Wrong");
  const person = await world.person();
  person.expectError(/401/);
  const { page } = person;
  await page.goto("/signin");
  await page.getByLabel(text("signin.login")).fill(emailOf("Wanda Wrong"));
  await page.getByLabel(text("signin.password")).fill("not the password");
  await page.getByRole("button", { name: text("signin.submit"), exact: true }).click();
  await page.getByText(text("problem.login.invalid")).waitFor();
  expect(await page.getByLabel(text("signin.login")).inputValue()).toBe(emailOf("Wanda Wrong"));
});

test("a page that needs a session asks for it and then shows itself", async () => {
  await world.api.join("shipper", "Dora Deep");
  const person = await world.person();
  await person.page.goto("/shipments/new");
  await person.page.waitForURL("**/signin?**");
  await signIn(person, emailOf("Dora Deep"));
  await person.page.waitForURL("**/shipments/new");
});

test("no token is kept where scripts of another page could read it", async () => {
  await world.api.join("shipper", "Tina Token");
  const person = await world.signedIn(emailOf("Tina Token"));
  await settled(person);
  const kept = await person.page.evaluate(() =>
    JSON.stringify([
      Object.entries(window.localStorage),
      Object.entries(window.sessionStorage),
      document.cookie,
    ]),
  );
  expect(kept).not.toMatch(/ey[\w-]+\.|refresh/);
});
