// The application in a real browser, against a real server: HUIJU_URL names one that runs (`make run`).
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["browser/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    retry: 1, // a machine that is busy with something else may once lose a source to its deadline
  },
});
