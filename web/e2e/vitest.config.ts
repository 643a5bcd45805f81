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
    testTimeout: 120_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    reporters: [fileURLToPath(new URL("./support/reporter.ts", import.meta.url))],
  },
});
