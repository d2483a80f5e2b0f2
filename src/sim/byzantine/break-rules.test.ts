import { describe, expect, it } from "vitest";
import { advance, createTestCluster } from "../../../test/support/clusters.ts";
import { createCheckers } from "../checkers/checkers.ts";

describe("a validator that breaks rules", () => {
  it("is refused for each by its own code, and nothing that breaks one is adopted", () => {
    const { cluster, network, seen } = createTestCluster({ stakes: [3n, 3n, 3n, 2n], seed: "rules" });
    const { address } = network.validators[3]!.identity;
    const checkers = createCheckers(cluster);
    cluster.listen(checkers.listener);
    cluster.inject({ type: "misbehave", validator: 3, strategy: "break-rules" });
    advance(cluster, 60);
    const codes = new Set<string>();
    for (const { node, report } of seen.reports) {
      if (node !== 3 && report.type === "block-refused" && report.from === address) codes.add(report.refusal.code);
    }
    for (const code of ["slot-leader-wrong", "block-signature-invalid", "poh-ticks-wrong", "poh-hash-wrong"]) {
      expect(codes).toContain(code);
    }
    expect(checkers.violations).toEqual([]);
    expect(cluster.observing.tree.root.slot).toBeGreaterThan(10);
  });
});
