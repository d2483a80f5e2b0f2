/**
 * Who leads an epoch, for whoever asks over RPC: today's epoch and the next from a bank, past ones from the ledger's
 * memory, since a bank forgets their stakes.
 */
import type { Bank } from "../chain/bank.ts";
import type { Chain } from "../chain/chain.ts";
import { type Epoch, epochOf, type Hash } from "../chain/ids.ts";
import { epochLeadersOf } from "../chain/leaders.ts";
import type { EpochRecord, NodeView } from "./node-view.ts";

/** Null when `bank` does not know the epoch's stakes or seed. */
export function epochRecordOf(chain: Chain, bank: Bank, epoch: Epoch): EpochRecord | null {
  const leaders = epochLeadersOf(chain, bank, epoch);
  return leaders === null ? null : Object.freeze({ leaders, seedHash: seedHashOf(chain, bank, epoch) });
}

function seedHashOf(chain: Chain, bank: Bank, epoch: Epoch): Hash | null {
  if (chain.params.leaderPolicy !== "poh") return null;
  if (epoch <= chain.firstEpoch + 1) return chain.genesisHash;
  return bank.leaderHashes.get(epoch) ?? null;
}

/** The epoch as `bank` sees it; a past one as it was finalized. */
export function findEpochRecord(view: NodeView, bank: Bank, epoch: number): EpochRecord | null {
  const wanted = epochOf(epoch);
  return epochRecordOf(view.chain, bank, wanted) ?? (wanted < bank.epoch ? view.ledger.epochRecord(wanted) : null);
}
