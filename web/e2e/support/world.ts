import { en } from "@/i18n/en";
import type { Browser, BrowserContextOptions, Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { Api } from "./api";
import { launch, Person } from "./browser";
import { PASSWORD, Server, type StaffRole } from "./server";

/** An English text of the application. */
export function text(key: keyof typeof en): string {
  return en[key];
}

/**
 * A server and a browser for the tests of one file; no test may leave an error in a console. After a test that failed
 * both are new: its second attempt, and the tests after it, find nothing of what it left.
 */
export class World {
  #server: Server | undefined;
  #browser: Browser | undefined;
  #people: Person[] = [];
  #prepared: Promise<unknown> | undefined;

  constructor(options: { readonly staff?: readonly StaffRole[]; readonly flags?: readonly string[] } = {}) {
    const begin = async () => {
      [this.#server, this.#browser] = await Promise.all([Server.start(options), launch()]);
    };
    const end = async () => {
      this.#prepared = undefined;
      await this.#browser?.close();
      await this.#server?.stop();
    };
    beforeAll(begin);
    afterEach(async ({ task }) => {
      const people = this.#people.splice(0);
      const errors = (await Promise.all(people.map((person) => person.errors()))).flat();
      if (task.result?.state === "fail" || errors.length > 0) {
        const name = task.name.replaceAll(/[^a-z]+/gi, "-");
        const attempt = (task.result?.retryCount ?? 0) + 1;
        // A page that hangs has no picture; that the test failed is said anyway.
        for (const [index, person] of people.entries())
          await person.picture(`failed-${name}-${attempt}-${index}`).catch(() => undefined);
        await end();
        await begin();
      } else {
        for (const person of people) await person.leave();
      }
      if (errors.length > 0) throw new Error(`errors in a console:\n${errors.join("\n")}`);
    });
    afterAll(end);
  }

  /** What tests of a file share, made once on a server. */
  prepared<T>(make: () => Promise<T>): Promise<T> {
    this.#prepared ??= make();
    return this.#prepared as Promise<T>;
  }

  get url(): string {
    if (!this.#server) throw new Error("the server runs only during the tests");
    return this.#server.url;
  }

  get browser(): Browser {
    if (!this.#browser) throw new Error("the browser runs only during the tests");
    return this.#browser;
  }

  get api(): Api {
    return new Api(this.url);
  }

  async person(options: BrowserContextOptions = {}): Promise<Person> {
    const person = await Person.at(this.browser, this.url, options);
    this.#people.push(person);
    return person;
  }

  /** Watches a further tab too. */
  async tabOf(person: Person): Promise<Person> {
    const tab = await person.tab();
    this.#people.push(tab);
    return tab;
  }

  /** Somebody who has an account and signs in through the page. */
  async signedIn(email: string, options: BrowserContextOptions = {}, path = "/"): Promise<Person> {
    const person = await this.person(options);
    await person.page.goto(`/signin?to=${encodeURIComponent(path)}`);
    await signIn(person, email);
    await isIn(person);
    return person;
  }
}

/** What both sign-in forms show, in every language; forms for passwords have it too, for password managers alone. */
const LOGIN = 'input[autocomplete="username"]:visible';

/** Fills in the sign-in form that is shown. */
export async function signIn({ page }: Person, email: string): Promise<void> {
  await page.locator(LOGIN).fill(email);
  await page.locator('input[autocomplete="current-password"]:visible').fill(PASSWORD);
  await page.keyboard.press("Enter");
}

/** Waits until the sign-in form is gone: its address changes before, while it is still shown. */
export async function isIn({ page }: Person): Promise<void> {
  await page.waitForURL((url) => !url.pathname.startsWith("/signin"));
  await page.locator(LOGIN).waitFor({ state: "detached" });
}

/**
 * Presses until the page asks to sign in again. It may notice by itself that the session is over; then what is pressed
 * lies behind the dialog and takes no click.
 */
export async function pressUntilAsked({ page }: Person, control: Locator): Promise<Locator> {
  const dialog = page.getByRole("dialog", { name: text("signin.again") });
  const press = () => control.click({ timeout: 1_000 }).catch(() => undefined);
  const isAsked = async () => (await dialog.isVisible()) || (await press(), await dialog.isVisible());
  await expect.poll(isAsked).toBe(true);
  return dialog;
}
