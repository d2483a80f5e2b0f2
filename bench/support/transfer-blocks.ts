/** Blocks of signed transfers on a chain's first bank, made and replayed without anything around them. */
import { applyBlock } from "../../src/chain/apply-block.ts";
import type { Bank } from "../../src/chain/bank.ts";
import type { Block } from "../../src/chain/block.ts";
import type { Chain } from "../../src/chain/chain.ts";
import { type Address, slotOf } from "../../src/chain/ids.ts";
import { leaderAfter } from "../../src/chain/leaders.ts";
import { parseTransaction, verifyTransactionSignatures } from "../../src/chain/parse-transaction.ts";
import { type Candidate, produceBlock } from "../../src/chain/produce-block.ts";
import type { Network } from "../../src/sim/network.ts";
import { signTransfers } from "./signed-transfers.ts";

type Setting = { readonly chain: Chain; readonly network: Network; readonly recipients: readonly Address[] };

export function createTransferBlocks({ chain, network, recipients }: Setting) {
  const { signatures } = chain.crypto;
  return {
    /** Other ones each round. */
    candidates(bank: Bank, count: number, round: number): Candidate[] {
      const first = (round * 7919) % recipients.length;
      const turned = [...recipients.slice(first, first + count), ...recipients.slice(0, count)];
      const wires = signTransfers({
        scheme: signatures,
        payers: network.accounts,
        recipients: turned,
        blockhash: bank.blockhash,
        count,
      });
      return wires.map((bytes) => {
        const parsed = parseTransaction(bytes, chain.params);
        const verified = parsed.ok ? verifyTransactionSignatures(parsed.value, signatures) : parsed;
        if (!verified.ok) throw new Error(verified.code);
        return { transaction: verified.value, computeUnitLimit: 1000 };
      });
    },
    produce(bank: Bank, candidates: readonly Candidate[]): Block {
      const slot = slotOf(bank.slot + 1);
      const { identity } = leaderAfter(chain, bank, slot);
      const leader = network.validators.find((validator) => validator.identity.address === identity)!;
      const { block, bank: made } = produceBlock(chain, bank, slot, leader.identity, candidates);
      if (made.results.length !== candidates.length) throw new Error(`${made.results.length} transfers landed`);
      return block;
    },
    replay(bank: Bank, block: Block): Bank {
      const replayed = applyBlock(chain, bank, block);
      if (!replayed.ok) throw new Error(replayed.code);
      return replayed.value;
    },
  };
}
