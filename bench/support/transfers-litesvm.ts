/** The same transfers on LiteSVM: Solana's own execution in one thread, signatures checked, no blocks and no consensus. */
import { address, getTransactionDecoder, lamports } from "@solana/kit";
import { LiteSVM } from "litesvm";
import type { Hash } from "../../src/chain/ids.ts";
import { nodeSignatures } from "../../src/host/node-crypto.ts";
import { seedBytes } from "./seed-bytes.ts";
import { amountsReceived, makeRecipients, signTransfers } from "./signed-transfers.ts";
import { payersCount, recipientsCount } from "./transfers-in-process.ts";

export async function measureLiteSvm(counted = "30000", warmUp = "10000"): Promise<object> {
  const scheme = nodeSignatures.ed25519;
  const payers = Array.from({ length: payersCount }, (_, index) => scheme.createKeypair(seedBytes(index)));
  const recipients = makeRecipients(recipientsCount);
  const svm = new LiteSVM().withSigverify(true).withLamports(2n ** 60n);
  for (const { address: payer } of payers) svm.airdrop(address(payer), lamports(10_000_000_000_000n));
  const total = Number(warmUp) + Number(counted);
  const blockhash = svm.latestBlockhash() as string as Hash;
  const wires = signTransfers({ scheme, payers, recipients, blockhash, count: total });
  const decoder = getTransactionDecoder();
  const transactions = wires.map((wire) => decoder.decode(wire));
  const send = (from: number, to: number): number => {
    const startedAt = performance.now();
    for (let index = from; index < to; index++) {
      const result = svm.sendTransaction(transactions[index]!);
      if ("err" in result) throw new Error(`transfer ${index} failed: ${result.toString()}`);
    }
    return performance.now() - startedAt;
  };
  send(0, Number(warmUp));
  const elapsedMs = send(Number(warmUp), total);
  for (const [to, amount] of amountsReceived(recipients, total)) {
    const has = svm.getBalance(address(to));
    if (has !== amount) throw new Error(`${to} has ${has} lamports, not ${amount}`);
  }
  return { perSecond: Math.round((Number(counted) * 1000) / elapsedMs), elapsedMs: Math.round(elapsedMs) };
}
