import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** The application in a real browser against the real binary. One file after the other: two cores, one browser. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  resolve: { alias: { "@": fileURLToPath(new URL("../src", import.meta.url)) } },
  test: {
    include: ["e2e/**/*.e2e.ts"],
    environment: "node",
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    // What comes over a network comes when it comes; the default is a second.
    expect: { poll: { timeout: 30_000, interval: 100 } },
    // On a new server in a new browser; the reporter says what the first attempt ended with.
    retry: 1,
    teardownTimeout: 10_000,
    reporters: [fileURLToPath(new URL("./support/reporter.ts", import.meta.url))],
  },
});
