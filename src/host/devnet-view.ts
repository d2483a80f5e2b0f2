/** What RPC sees of a devnet: the observer's banks, the ledger, and the way in for transactions. */
import type { Refusal } from "../base/refusal.ts";
import type { Bank } from "../chain/bank.ts";
import type { Signature } from "../chain/ids.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import type { FedLedger } from "../rpc/ledger.ts";
import type { Commitment, NodeView } from "../rpc/node-view.ts";
import type { Cluster } from "../sim/cluster.ts";
import type { Network } from "../sim/network.ts";
import { createFaucet } from "./faucet.ts";
import { version } from "./version.ts";

export function createDevnetView(options: {
  readonly cluster: Cluster;
  readonly network: Network;
  readonly ledger: FedLedger;
  readonly counter: { airdrops: number };
  /** Throws when the devnet is closed: then it takes nothing any more. */
  readonly assertOpen: () => void;
  /** A transaction is on its way. */
  readonly onReceived: (signature: Signature) => void;
  readonly rpcUrl: () => string | null;
}): NodeView {
  const { cluster, network, ledger, counter, assertOpen, onReceived, rpcUrl } = options;
  const bankOf = (commitment: Commitment): Bank => {
    const { consensus, tree } = cluster.observing;
    if (commitment === "processed") return consensus.head().bank;
    return commitment === "confirmed" ? consensus.confirmed().bank : tree.root.bank;
  };
  const submit = (transactions: readonly Verified<Transaction>[]): ReadonlyMap<string, Refusal> => {
    assertOpen();
    const refusals = cluster.submit(transactions);
    for (const { signature } of transactions) if (!refusals.has(signature)) onReceived(signature);
    return refusals;
  };
  return {
    chain: cluster.chain,
    identity: network.observer.address,
    version,
    ledger,
    bank: bankOf,
    peers: () =>
      cluster.nodes.map(({ validator, online }) => ({
        identity: validator.identity.address,
        voteAccount: validator.voteAccount,
        online,
      })),
    rpcAddress: () => {
      const url = rpcUrl();
      return url === null ? null : new URL(url).host;
    },
    submit,
    airdrop: createFaucet({
      faucet: network.faucet,
      chain: cluster.chain,
      bank: () => bankOf("processed"),
      submit,
      counter,
    }),
    slotsBehind: () => null,
  };
}
