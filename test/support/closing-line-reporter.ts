/**
 * The last line of a test run, for programs that read it:
 *
 *     742 passed, 0 failed, 3 skipped
 *
 * A file that does not even load, and an error outside of all tests, count as a failure each.
 */
import type { Reporter, TestModule } from "vitest/node";

type Counts = { passed: number; failed: number; skipped: number };

/** Not to be told from its tests: a module that failed without any of them failing. */
function countModule(module: TestModule, counts: Counts): void {
  const failedBefore = counts.failed;
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === "passed" || state === "failed") counts[state]++;
    else counts.skipped++;
  }
  if (module.state() === "failed" && counts.failed === failedBefore) counts.failed++;
}

export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts: Counts = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) countModule(module, counts);
    const line = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`;
    // Once the other reporters have said all they say.
    process.once("exit", () => process.stdout.write(line));
  }
}
