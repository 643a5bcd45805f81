import { en } from "@/i18n/en";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import { Api } from "./api";
import { launch, Person } from "./browser";
import { PASSWORD, Server, type StaffRole } from "./server";

/** An English text of the application. */
export function text(key: keyof typeof en): string {
  return en[key];
}

/** A server and a browser for the tests of one file; no test may leave an error in a console. */
export class World {
  #server: Server | undefined;
  #browser: Browser | undefined;
  #people: Person[] = [];

  constructor(options: { readonly staff?: readonly StaffRole[]; readonly flags?: readonly string[] } = {}) {
    beforeAll(async () => {
      [this.#server, this.#browser] = await Promise.all([Server.start(options), launch()]);
    });
    afterEach(async ({ task }) => {
      const people = this.#people.splice(0);
      if (task.result?.state === "fail") {
        const name = task.name.replaceAll(/[^a-z]+/gi, "-");
        // A page that hangs has no picture; that the test failed is said anyway.
        for (const [index, person] of people.entries())
          await person.picture(`failed-${name}-${index}`).catch(() => undefined);
      }
      const errors = (await Promise.all(people.map((person) => person.errors()))).flat();
      for (const person of people) await person.leave();
      if (errors.length > 0) throw new Error(`errors in a console:\n${errors.join("\n")}`);
    });
    afterAll(async () => {
      await this.#browser?.close();
      await this.#server?.stop();
    });
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
    await person.page.waitForURL((url) => !url.pathname.startsWith("/signin"));
    return person;
  }
}

/** Fills in the sign-in form that is shown. */
export async function signIn({ page }: Person, email: string): Promise<void> {
  await page.getByLabel(text("signin.login")).fill(email);
  await page.getByLabel(text("signin.password"), { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: text("signin.submit"), exact: true }).click();
}
