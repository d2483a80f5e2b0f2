/**
 * Seeded transfers between a network's funded accounts: the same seed gives the same transfers.
 *
 *     slot 7, 3 transfers     A -> C 0.000412 SOL, B -> A 0.000007 SOL, C -> B 0.000981 SOL
 */
import { createRandom } from "../base/random.ts";
import { createTransaction } from "../chain/create-transaction.ts";
import type { Keypair, SignatureScheme } from "../chain/crypto.ts";
import type { Hash } from "../chain/ids.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import { createTransferInstruction } from "../chain/transfer-instruction.ts";

const lamportsMax = 1_000_000;

export type Workload = { draw(count: number, recentBlockhash: Hash): Verified<Transaction>[] };

/** At least two accounts. */
export function createWorkload(seed: string, accounts: readonly Keypair[], scheme: SignatureScheme): Workload {
  const random = createRandom(seed, "workload");
  function drawTransfer(recentBlockhash: Hash): Verified<Transaction> {
    const from = random.below(accounts.length);
    const to = (from + 1 + random.below(accounts.length - 1)) % accounts.length;
    const lamports = BigInt(1 + random.below(lamportsMax));
    const payer = accounts[from]!;
    const instructions = [createTransferInstruction(payer.address, accounts[to]!.address, lamports)];
    return createTransaction({ scheme, feePayer: payer, instructions, recentBlockhash });
  }
  return { draw: (count, recentBlockhash) => Array.from({ length: count }, () => drawTransfer(recentBlockhash)) };
}
