import type { Reporter, TestCase, TestModule } from "vitest/node";

/** `xtask/src/tap.rs` counts these. */
const AGAIN = "PASSED AT THE SECOND ATTEMPT";

const print = (text: string) => process.stdout.write(`${text}\n`);

/**
 * One line a test as it ends, in the Test Anything Protocol, and what was measured or went wrong below it: also what went
 * wrong at the first of two attempts.
 */
export default class TapReporter implements Reporter {
  #count = 0;

  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    this.#count += 1;
    const outcome = result.state === "failed" ? "not ok" : "ok";
    const skipped = result.state === "skipped" ? " # SKIP" : "";
    const { duration: took = 0, retryCount = 0 } = test.diagnostic() ?? {};
    const again = retryCount === 0 ? "" : ` # ${result.state === "failed" ? "FAILED TWICE" : AGAIN}`;
    print(`${outcome} ${this.#count} - ${test.fullName}${skipped}${again} # time=${Math.round(took)}ms`);
    for (const error of result.errors ?? []) print(indented(error.stack ?? error.message));
  }

  /** A file that could not even begin has no tests that say so. */
  onTestModuleEnd(module: TestModule): void {
    for (const error of module.errors()) {
      this.#count += 1;
      print(`not ok ${this.#count} - ${module.relativeModuleId}\n${indented(error.stack ?? error.message)}`);
    }
  }

  onUserConsoleLog(log: { readonly content: string }): void {
    process.stdout.write(indented(log.content.trimEnd()).concat("\n"));
  }
}

/** Without the runner's own frames. */
function indented(text: string): string {
  return text
    .split("\n")
    .filter((line) => !line.includes("/node_modules/"))
    .map((line) => `    ${line}`)
    .join("\n");
}
