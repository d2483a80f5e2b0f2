import { defineConfig } from "vitest/config";

// unit: beside the modules, pure. system: across modules, real processes and clients. long: minutes, on demand.
export default defineConfig({
  test: {
    reporters: ["default", "./test/support/closing-line-reporter.ts"],
    // Left to itself vitest leaves one core free, which is half of two.
    maxWorkers: "100%",
    projects: [
      // Pure modules keep nothing that one test could leave to another, so that they need no process each.
      { test: { name: "unit", include: ["src/**/*.test.ts"], isolate: false, testTimeout: 20_000 } },
      {
        test: {
          name: "system",
          isolate: false,
          include: ["test/**/*.test.ts"],
          exclude: ["test/long/**"],
          globalSetup: ["test/support/build-once.ts"],
          testTimeout: 60_000,
          // A browser or a process beside a busy machine may take its time; whoever waits ends as soon as it is there.
          expect: { poll: { timeout: 20_000 } },
        },
      },
      {
        test: {
          name: "long",
          include: ["test/long/**/*.test.ts"],
          globalSetup: ["test/support/build-once.ts"],
          testTimeout: 1_800_000,
        },
      },
    ],
  },
});
