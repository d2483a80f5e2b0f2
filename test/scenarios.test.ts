/**
 * The scenarios that ship with the project keep what they promise: the shorter ones, one seed each. All of them, and more
 * seeds: test/long/scenarios.test.ts.
 */
import { expect, it } from "vitest";
import { listLibrary, readScenario } from "../src/cli/scenario-file.ts";
import { runScenario } from "../src/sim/run-scenario.ts";
import { testCrypto } from "./support/clusters.ts";

const short = listLibrary().filter(({ name }) => readScenario(name).plan.slots <= 400);

it.each(short.map(({ name }) => name))("%s keeps every promise", (name) => {
  const { plan } = readScenario(name);
  const { verdict, promises } = runScenario(plan, "1", { crypto: testCrypto });
  expect(verdict).toEqual({ type: "pass" });
  expect(promises.filter(({ kept }) => !kept)).toEqual([]);
});

it("are at least ten, each with promises of its own", () => {
  expect(listLibrary().length).toBeGreaterThanOrEqual(10);
  expect(short.length).toBeGreaterThanOrEqual(6);
  for (const { name } of listLibrary()) expect(readScenario(name).plan.expectations.length, name).toBeGreaterThan(0);
});
