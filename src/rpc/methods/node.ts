/** The node itself: is it well, what is it, whom does it know. */
import { formatGenesis } from "../../chain/genesis-text.ts";
import { answered, failed, nodeUnhealthy } from "../errors.ts";
import type { NodeView, Peer } from "../node-view.ts";
import { method } from "../params.ts";

/** Clients read Solana's release out of this and switch features by it; ours follows as the pre-release part. */
const solanaCore = "4.0.0";

/** There are no feature gates here; a fixed number of our own stands for the set. */
export const featureSet = 3_950_911_598;

export const getHealth = method([], (_, view) => {
  const behind = view.slotsBehind();
  return behind === null ? answered("ok") : failed(nodeUnhealthy(behind));
});

export const getVersion = method([], (_, view) =>
  answered({ "solana-core": `${solanaCore}-escapement.${view.version}`, "feature-set": featureSet }),
);

export const getIdentity = method([], (_, view) => answered({ identity: view.identity }));

export const getGenesisHash = method([], (_, view) => answered(view.chain.genesisHash));

export const getFirstAvailableBlock = method([], (_, view) => answered(view.ledger.firstAvailableSlot()));

export const minimumLedgerSlot = getFirstAvailableBlock;

/** Kit asks so whether a chain runs Alpenglow. */
export const getAgGenesisCert = method([], () => answered(null));

/** The canonical genesis text, for verifying the chain from its beginning. */
export const escapementGetGenesis = method([], (_, view) => answered(formatGenesis(view.chain.genesis)));

/** Nodes that are online. They share a process: only the one that answers has an address. */
export const getClusterNodes = method([], (_, view) => {
  const peers = view.peers();
  const self: Peer = { identity: view.identity, voteAccount: null, online: true };
  const isListed = peers.some(({ identity }) => identity === view.identity);
  return answered(
    [...(isListed ? [] : [self]), ...peers].filter(({ online }) => online).map((peer) => nodeOf(view, peer)),
  );
});

function nodeOf(view: NodeView, { identity }: Peer) {
  return {
    pubkey: identity,
    gossip: null,
    tvu: null,
    tpu: null,
    tpuQuic: null,
    tpuForwards: null,
    tpuForwardsQuic: null,
    tpuVote: null,
    serveRepair: null,
    rpc: identity === view.identity ? view.rpcAddress() : null,
    pubsub: null,
    version: `${solanaCore}-escapement.${view.version}`,
    featureSet,
    shredVersion: null,
    clientId: null,
  };
}
