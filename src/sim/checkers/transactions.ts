/**
 * I7: no transaction lands twice on one fork.
 *
 *     block 5: t1 t2      block 6: t3      block 7: t1        diverged: t1 landed in 5 already
 *
 * What landed is remembered by signature along the rooted chain; above it, block by block.
 */
import type { Signature } from "../../chain/ids.ts";
import type { Checker, CheckerContext } from "./checker.ts";
import { parentOf, type SeenBlock } from "./chronicle.ts";

const checker = "transactions";

export function createTransactionsChecker({ chronicle, accuse }: CheckerContext): Checker {
  /** Where each transaction landed on the rooted chain. */
  const landed = new Map<Signature, number>();

  function check(seen: SeenBlock, isKnown: (signature: Signature) => number | null): void {
    const own = new Set<Signature>();
    for (const { transaction } of seen.bank.results) {
      const { signature } = transaction;
      const before = own.has(signature) ? seen.slot : isKnown(signature);
      own.add(signature);
      if (before === null) continue;
      const facts = { slot: seen.slot, blockId: seen.blockId, signature, before };
      const message = "a transaction landed twice on one fork";
      accuse({ checker, slot: seen.slot, validator: null, message, facts });
    }
  }

  return {
    name: checker,
    /** Above the root a young fork is walked down: rooted blocks are looked at once more below. */
    onBlock(seen) {
      const above: SeenBlock[] = [];
      for (let at = parentOf(chronicle, seen); at !== null && !chronicle.rooted.has(at.blockId); ) {
        above.push(at);
        at = above.length < 8 ? parentOf(chronicle, at) : null;
      }
      check(seen, (signature) => {
        const at = above.find(({ bank }) =>
          bank.results.some(({ transaction }) => transaction.signature === signature),
        );
        return at?.slot ?? null;
      });
    },
    onRooted(seen) {
      check(seen, (signature) => landed.get(signature) ?? null);
      for (const { transaction } of seen.bank.results) landed.set(transaction.signature, seen.slot);
    },
  };
}
