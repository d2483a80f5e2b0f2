/** Transfers handed to a devnet in the same process, by the library's `sendTransactions`. */

import { accountAt } from "../../src/chain/accounts-tree.ts";
import type { Bank } from "../../src/chain/bank.ts";
import { createDevnet, type Devnet } from "../../src/host/devnet.ts";
import { nodeSignatures } from "../../src/host/node-crypto.ts";
import { amountsReceived, makeRecipients, signTransfers } from "./signed-transfers.ts";

export const payersCount = 1000;
export const recipientsCount = 10_000;
/** Transfers under way at a time, and in one call. */
const underWayMax = 8000;
const handedInTogether = 250;

export function createTransferDevnet(): Devnet {
  return createDevnet({ seed: "transfers", validators: 4, accounts: payersCount });
}

export function signFor(devnet: Devnet, count: number) {
  const recipients = makeRecipients(recipientsCount);
  const { blockhash } = devnet.view.bank("processed");
  const scheme = nodeSignatures.ed25519;
  return { recipients, wires: signTransfers({ scheme, payers: devnet.accounts, recipients, blockhash, count }) };
}

/** Counts the transfers in confirmed blocks, and calls when there are more. */
export function countConfirmed(devnet: Devnet, onMore: (count: number) => void): () => number {
  let count = 0;
  let told = devnet.slot;
  const { ledger } = devnet.view;
  devnet.on("block-confirmed", ({ slot }) => {
    for (let at = told + 1; at <= slot; at++) {
      const found = ledger.blockAt(at as typeof slot);
      for (const { error, isVote } of found?.results ?? []) {
        if (error !== null) throw new Error(`a transfer failed: ${JSON.stringify(error)}`);
        if (!isVote) count++;
      }
    }
    told = slot;
    onMore(count);
  });
  return () => count;
}

export function checkBalances(bank: Bank, recipients: Parameters<typeof amountsReceived>[0], count: number): void {
  for (const [to, lamports] of amountsReceived(recipients, count)) {
    const has = accountAt(bank.accounts, to)?.lamports ?? 0n;
    if (has !== lamports) throw new Error(`${to} has ${has} lamports, not ${lamports}`);
  }
}

/** What became of all that is handed in while the clock runs. */
export async function measureInProcess(counted = "90000", warmUp = "30000"): Promise<object> {
  const devnet = createTransferDevnet();
  const total = Number(warmUp) + Number(counted);
  const { recipients, wires } = signFor(devnet, total);
  let wake: () => void = () => {};
  const confirmed = countConfirmed(devnet, () => wake());
  const more = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  devnet.start();
  const slots = { first: 0, last: 0 };
  let cpu = process.cpuUsage();
  const send = async (from: number, to: number): Promise<number> => {
    const startedAt = performance.now();
    cpu = process.cpuUsage();
    slots.first = devnet.slot;
    const waiting: Promise<void>[] = [];
    for (let next = from; next < to; next += handedInTogether) {
      while (next - confirmed() > underWayMax) await more();
      const part = wires.slice(next, Math.min(to, next + handedInTogether));
      waiting.push(devnet.sendTransactions(part).then(assertTaken));
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (confirmed() < to) await more();
    await Promise.all(waiting);
    slots.last = devnet.slot;
    cpu = process.cpuUsage(cpu);
    return performance.now() - startedAt;
  };
  await send(0, Number(warmUp));
  const elapsedMs = await send(Number(warmUp), total);
  checkBalances(devnet.view.bank("confirmed"), recipients, total);
  await devnet.close();
  return {
    perSecond: Math.round((Number(counted) * 1000) / elapsedMs),
    elapsedMs: Math.round(elapsedMs),
    slots: slots.last - slots.first,
    cpuMicrosEach: Math.round(((cpu.user + cpu.system) / Number(counted)) * 10) / 10,
    rssMb: Math.round(process.memoryUsage().rss / 2 ** 20),
  };
}

function assertTaken(outcomes: readonly { readonly ok: boolean }[]): void {
  for (const outcome of outcomes) if (!outcome.ok) throw new Error(`refused: ${JSON.stringify(outcome)}`);
}

/** 20,000 handed in at once; what is left unconfirmed when each slot is over. */
export async function measureBurst(counted = "20000"): Promise<object> {
  const devnet = createTransferDevnet();
  const count = Number(counted);
  const { recipients, wires } = signFor(devnet, count);
  const left: number[] = [];
  let done: () => void = () => {};
  const allConfirmed = new Promise<void>((resolve) => {
    done = resolve;
  });
  const confirmed = countConfirmed(devnet, (now) => {
    if (now === count) done();
  });
  devnet.start();
  await devnet.advanceSlots(1);
  const startedAt = performance.now();
  const stop = devnet.on("slot", () => left.push(count - confirmed()));
  await devnet.sendTransactions(wires).then(assertTaken);
  const acceptedMs = performance.now() - startedAt;
  await allConfirmed;
  const elapsedMs = performance.now() - startedAt;
  stop();
  checkBalances(devnet.view.bank("confirmed"), recipients, count);
  await devnet.close();
  return {
    perSecond: Math.round((count * 1000) / elapsedMs),
    acceptedMs: Math.round(acceptedMs),
    elapsedMs: Math.round(elapsedMs),
    left,
  };
}
