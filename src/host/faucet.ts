/** The faucet: transfers from an account that genesis filled for the purpose. Its coins exist, so supply stays what it is. */
import { MEMO_PROGRAM_ADDRESS } from "@solana-program/memo";
import { utf8Bytes } from "../base/bytes.ts";
import { accept, type Outcome, refuse } from "../base/refusal.ts";
import { accountAt } from "../chain/accounts-tree.ts";
import type { Bank } from "../chain/bank.ts";
import type { Chain } from "../chain/chain.ts";
import { createTransaction } from "../chain/create-transaction.ts";
import type { Keypair } from "../chain/crypto.ts";
import type { Address, Lamports, Signature } from "../chain/ids.ts";
import { createTransferInstruction } from "../chain/transfer-instruction.ts";
import type { NodeView } from "../rpc/node-view.ts";

export type FaucetRefusal = "airdrop-not-positive" | "faucet-empty" | "airdrop-refused";

/**
 * Requests are numbered in a memo, so that two equal ones in a slot are two transactions.
 */
export function createFaucet(options: {
  readonly faucet: Keypair;
  readonly chain: Chain;
  readonly bank: () => Bank;
  readonly submit: NodeView["submit"];
  /** Requests so far, and with them the stake accounts that it made (staking-actions.ts). */
  readonly counter: { airdrops: number };
}): (to: Address, lamports: Lamports) => Outcome<Signature, FaucetRefusal> {
  const { faucet, chain, bank, submit, counter } = options;
  return (to, lamports) => {
    if (lamports === 0n) return refuse("airdrop-not-positive", { lamports });
    const { accounts, blockhash } = bank();
    const available = accountAt(accounts, faucet.address)?.lamports ?? 0n;
    if (available <= lamports) return refuse("faucet-empty", { lamports, available });
    const memo = {
      programAddress: MEMO_PROGRAM_ADDRESS,
      accounts: [],
      data: utf8Bytes(`airdrop ${++counter.airdrops}`),
    };
    const transaction = createTransaction({
      scheme: chain.crypto.signatures,
      feePayer: faucet,
      instructions: [createTransferInstruction(faucet.address, to, lamports), memo],
      recentBlockhash: blockhash,
    });
    const refusal = submit([transaction]).get(transaction.signature);
    if (refusal !== undefined) return refuse("airdrop-refused", { problem: refusal.code, ...refusal.facts });
    return accept(transaction.signature);
  };
}
