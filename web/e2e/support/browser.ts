import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

/** Screenshots and what else people look at afterwards. */
export const OUTPUT = process.env["AUTOBROKER_E2E_OUT"] ?? "../build/e2e";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  // Maps without a graphics card; newer versions ask to be told.
  "--enable-unsafe-swiftshader",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const DESKTOP = { viewport: { width: 1440, height: 900 } } as const;
export const PHONE = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  deviceScaleFactor: 2,
} as const;

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["AUTOBROKER_CHROMIUM"] ?? "/usr/bin/chromium",
    args: FLAGS,
  });
}

/** What is there costs no waiting; a busy machine may need this long. */
export const PATIENCE_MS = 30_000;

/** A person at a browser of their own, who notices every error that a page leaves in its console. */
export class Person {
  readonly #errors: string[] = [];
  readonly #expected: RegExp[] = [];
  readonly #refused: Promise<string>[] = [];

  private constructor(readonly page: Page) {
    page.on("console", (message) => {
      if (message.type() === "error")
        this.#errors.push(`${page.url()}: ${message.text()} ${message.location().url}`);
    });
    page.on("response", (response) => {
      if (response.status() < 400) return;
      const { method, postData } = {
        method: response.request().method(),
        postData: response.request().postData(),
      };
      const told = response.text().catch(() => "");
      this.#refused.push(told.then((text) => `${method} ${response.url()} ${postData ?? ""} -> ${text}`));
    });
    page.on("pageerror", (error) => this.#errors.push(`${page.url()}: ${error.stack ?? error.message}`));
  }

  static async at(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Person> {
    const context = await browser.newContext({
      baseURL: url,
      locale: "en-GB",
      reducedMotion: "reduce",
      ...DESKTOP,
      ...options,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    return new Person(await context.newPage());
  }

  /** Another tab of the same browser. */
  async tab(): Promise<Person> {
    return new Person(await this.page.context().newPage());
  }

  /** An error that the test provokes, such as a refused request. */
  expectError(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  /** What was in the console and nobody expected, with what the server refused. */
  async errors(): Promise<string[]> {
    const errors = this.#errors.filter((error) => !this.#expected.some((pattern) => pattern.test(error)));
    return errors.length === 0 ? [] : [...errors, ...(await Promise.all(this.#refused))];
  }

  async leave(): Promise<void> {
    await this.page.context().close();
  }

  async picture(name: string): Promise<void> {
    const folder = join(OUTPUT, "screenshots");
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }
}
