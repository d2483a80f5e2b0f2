/**
 * I4: every block that an honest validator adopts was built by the leader of its slot, and signed by it.
 *
 *     block at slot 70, epoch 2 (slots 64 … 95)      seed: the blockhash of its last ancestor below slot 48
 *                                                    stakes: those frozen as epoch 1 began
 *
 * The seed is looked up in the block's own ancestry, the draw is the library's computeLeaderSchedule from plain values.
 */
import { blockSignatureMessage } from "../../chain/block.ts";
import { computeLeaderSchedule } from "../../chain/compute-leader-schedule.ts";
import { epochAt, firstSlotOf, slotsIn } from "../../chain/epoch-schedule.ts";
import { addressBytes, type Epoch, epochOf, type Hash } from "../../chain/ids.ts";
import type { StakeTable } from "../../chain/stake-table.ts";
import type { Checker, CheckerContext } from "./checker.ts";
import { parentOf, type SeenBlock } from "./chronicle.ts";

const checker = "leaders";
const schedulesMax = 64;

export function createLeadersChecker({ cluster, chronicle, accuse }: CheckerContext): Checker {
  const { chain } = cluster;
  const { slotsPerRotation, leaderPolicy } = chain.params;
  const schedules = new Map<string, readonly string[]>();
  const tableNames = new Map<StakeTable, number>();

  function scheduleOf(table: StakeTable, epoch: Epoch, seed: Hash): readonly string[] {
    if (tableNames.size > schedulesMax) tableNames.clear();
    const number = tableNames.get(table) ?? tableNames.size;
    tableNames.set(table, number);
    const name = `${number} ${epoch} ${seed}`;
    const known = schedules.get(name);
    if (known !== undefined) return known;
    const drawn = computeLeaderSchedule({
      policy: leaderPolicy,
      epoch,
      stakes: table.entries,
      slotsPerEpoch: slotsIn(chain.epochs, epoch),
      slotsPerRotation,
      ...(leaderPolicy === "poh" ? { seed } : {}),
    });
    if (schedules.size === schedulesMax) schedules.clear();
    const identities = drawn.rotations.map((voteAccount) => table.byVoteAccount.get(voteAccount)?.identity ?? "nobody");
    schedules.set(name, identities);
    return identities;
  }

  /** The blockhash that seeds an epoch: of the last ancestor in the first half of the epoch before; null: forgotten. */
  function seedFor(parent: SeenBlock, epoch: Epoch): Hash | null {
    if (epoch <= chain.firstEpoch + 1) return chain.genesisHash;
    const before = epochOf(epoch - 1);
    const halfway = firstSlotOf(chain.epochs, before) + Math.ceil(slotsIn(chain.epochs, before) / 2);
    let at: SeenBlock | null = parent;
    while (at !== null && at.slot >= halfway) at = parentOf(chronicle, at);
    return at === null ? null : at.bank.blockhash;
  }

  function onBlock(seen: SeenBlock): void {
    const { slot, block } = seen;
    const parent = parentOf(chronicle, seen);
    if (block === null || parent === null || leaderPolicy === "tutorial") return;
    const epoch = epochAt(chain.epochs, block.slot);
    const table = parent.bank.stakeTables.get(epoch) ?? newestOf(parent.bank.stakeTables);
    const seed = seedFor(parent, epoch);
    if (seed === null) return;
    const schedule = scheduleOf(table, epoch, seed);
    const expected = schedule[Math.floor((slot - firstSlotOf(chain.epochs, epoch)) / slotsPerRotation)] ?? "nobody";
    if (expected === block.leader) {
      const message = blockSignatureMessage(block.blockId);
      if (chain.crypto.signatures.verify(block.signature, message, addressBytes(block.leader))) return;
      const facts = { slot, blockId: seen.blockId, leader: block.leader };
      accuse({ checker, slot, validator: null, message: "a block is not signed by its leader", facts });
      return;
    }
    const facts = { slot, blockId: seen.blockId, leader: block.leader, expected };
    accuse({ checker, slot, validator: null, message: "a block is not by its slot's leader", facts });
  }

  return { name: checker, onBlock };
}

function newestOf(tables: ReadonlyMap<Epoch, StakeTable>): StakeTable {
  return [...tables].reduce((a, b) => (b[0] > a[0] ? b : a))[1];
}
