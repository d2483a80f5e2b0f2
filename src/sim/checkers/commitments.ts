/**
 * What clients are told: a block is confirmed only when more than 2/3 of the stake can have voted for exactly it, and
 * finalized only when more than 2/3 can have it under the roots of their towers.
 *
 *     block 8: votes sent by 40 % and 25 %, 5 % misbehaved      70 % at most: may be confirmed
 *     block 9: votes sent by 40 %, 5 % misbehaved               45 % at most: nobody may call it confirmed
 */
import type { Bank } from "../../chain/bank.ts";
import type { Hash } from "../../chain/ids.ts";
import type { StakeTable } from "../../chain/stake-table.ts";
import { stakeAtMost, stakesOf } from "./ballots.ts";
import type { Checker, CheckerContext } from "./checker.ts";

const checker = "commitments";
const blocksKept = 2048;

export function createCommitmentsChecker(context: CheckerContext): Checker {
  const { cluster, chronicle, accuse } = context;
  const direct = new Map<Hash, Set<number>>();
  /** By validator, the newest root that a vote of it told of. */
  const roots = new Map<number, number>();

  function check(
    node: number,
    { blockId, slot }: Bank,
    { what, tables }: { readonly what: string; readonly tables: readonly StakeTable[] },
    counts: (node: number) => boolean,
  ): void {
    const figures = tables.map((table) => ({
      stake: stakeAtMost(context, table, counts),
      total: table.total,
    }));
    if (figures.length === 0 || figures.some(({ stake, total }) => stake * 3n > total * 2n)) return;
    const message = `it calls a block ${what} that too little stake stands behind`;
    accuse({ checker, slot, validator: node, message, facts: { slot, blockId, ...figures[0]! } });
  }

  /** The stakes of the block's own epoch; none for genesis, which needs nobody's votes. */
  function ownTables({ blockId }: Bank): readonly StakeTable[] {
    const seen = chronicle.blocks.get(blockId);
    const table = seen === undefined || seen.block === null ? null : stakesOf(seen);
    return table === null ? [] : [table];
  }

  /** Finality is told by the stakes of the day, which may be a later epoch's. */
  function tablesOfTheDay(node: number, bank: Bank): readonly StakeTable[] {
    const own = ownTables(bank);
    const today = cluster.nodes[node]?.validator.consensus.confirmed().stakes;
    return own.length === 0 || today === undefined ? own : [...own, today];
  }

  return {
    name: checker,
    onEffect(node, effect) {
      if (effect.type === "broadcast-vote") {
        const { blockId, tower } = effect.vote;
        const voters = direct.get(blockId) ?? new Set();
        direct.set(blockId, voters.add(node));
        if (direct.size > blocksKept) direct.delete(direct.keys().next().value!);
        if (tower.root !== null) roots.set(node, tower.root);
      } else if (effect.type === "report" && effect.report.type === "block-confirmed") {
        const { bank } = effect.report;
        check(
          node,
          bank,
          { what: "confirmed", tables: ownTables(bank) },
          (each) => direct.get(bank.blockId)?.has(each) ?? false,
        );
      } else if (effect.type === "report" && effect.report.type === "block-finalized") {
        const { bank } = effect.report;
        check(
          node,
          bank,
          { what: "finalized", tables: tablesOfTheDay(node, bank) },
          (each) => (roots.get(each) ?? -1) >= bank.slot,
        );
      }
    },
  };
}
