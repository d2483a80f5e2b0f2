/** Costs beside the number of accounts in the ledger: start from a genesis, a block of 100 transfers, its state hash, a look-up, a snapshot. */

import { createRandom } from "../../src/base/random.ts";
import { accountAt, accountsCount, accountsHash, applyAccountChanges } from "../../src/chain/accounts-tree.ts";
import { createGenesisBank } from "../../src/chain/bank.ts";
import { createChain } from "../../src/chain/chain.ts";
import { type Address, addressOf, compareAddresses, lamportsOf } from "../../src/chain/ids.ts";
import { createNodeCrypto } from "../../src/host/node-crypto.ts";
import { Cluster } from "../../src/sim/cluster.ts";
import { createNetwork, type Network } from "../../src/sim/network.ts";
import { type Costs, planOf } from "./growth-validators.ts";
import { medianOf, timeRounds } from "./timing.ts";
import { createTransferBlocks } from "./transfer-blocks.ts";

const payers = 100;
const lookups = 20_000;
const rounds = 15;

/** The network with that many wallets more in its genesis, as a plan has at most a thousand. */
function withAccounts(network: Network, addresses: readonly Address[]): Network {
  const [, wallet] = network.genesis.accounts.find(([address]) => address === network.accounts[0]!.address)!;
  const added = addresses.map((address) => [address, { ...wallet, lamports: lamportsOf(10_000_000n) }] as const);
  const accounts = [...network.genesis.accounts, ...added].sort(([a], [b]) => compareAddresses(a, b));
  return { ...network, genesis: { ...network.genesis, accounts } };
}

export function measureAccounts(count: number): Costs {
  const crypto = createNodeCrypto();
  const random = createRandom("growth", "accounts");
  const strangers = Array.from({ length: count }, () => addressOf(random.bytes(32)));
  const planned = createNetwork(planOf({ accounts: payers }), crypto.signatures);
  if (!planned.ok) throw new Error(planned.code);
  const network = withAccounts(planned.value, strangers);
  const begun = performance.now();
  const cluster = new Cluster({ network, crypto });
  const startMs = performance.now() - begun;
  const chain = createChain(network.genesis, crypto);
  const bank = createGenesisBank(chain);
  if (accountsCount(bank.accounts) < count) throw new Error("the ledger lacks accounts");

  const blocks = createTransferBlocks({ chain, network, recipients: strangers });
  const candidates = Array.from({ length: rounds }, (_, round) => blocks.candidates(bank, 100, round));
  const blockMs = timeRounds(rounds, (round) => blocks.replay(bank, blocks.produce(bank, candidates[round]!)));

  const changed = (round: number) =>
    Array.from({ length: 100 }, (_, index): { address: Address; lamports: bigint } => ({
      address: strangers[(index * 7919 + round) % count]!,
      lamports: 20_000_000n + BigInt(round),
    }));
  const hashMs = timeRounds(rounds, (round) => {
    const changes = changed(round).map(({ address, lamports }) => ({
      address,
      account: { ...accountAt(bank.accounts, address)!, lamports: lamportsOf(lamports) },
    }));
    accountsHash(applyAccountChanges(bank.accounts, changes));
  });
  const lookupMs = timeRounds(5, (round) => {
    for (let index = 0; index < lookups; index++) {
      if (accountAt(bank.accounts, strangers[(index * 7919 + round) % count]!) === null) throw new Error("not there");
    }
  });
  for (let slot = 0; slot < 4; slot++) cluster.advanceSlot();
  const slotMs = medianOf(timeRounds(10, () => cluster.advanceSlot()));
  const snapshotMs = medianOf(timeRounds(5, () => cluster.capture()));
  return {
    startMs,
    blockMs: medianOf(blockMs),
    hashMs: medianOf(hashMs),
    lookupUs: (1000 * medianOf(lookupMs)) / lookups,
    slotMs,
    snapshotMs,
    rssMb: process.memoryUsage().rss / 2 ** 20,
  };
}
