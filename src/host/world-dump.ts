/**
 * A devnet's memory as a file, and back.
 *
 *     0 "ESCAPEMENT-DUMP\n" 16 · 16 SHA-256 of the rest, 32 · 48 { format, options, genesisHash, memory, shared, banks } by Node's serializer
 *
 * The serializer keeps shared references and cycles, and reads what older versions of Node wrote. Of each validator's tree
 * only the root's bank is written: the others are replayed from their blocks. A file is a stranger: its checksum must be
 * right, its genesis that of its options, each root's bank must hash to what its block says, and each block is checked on
 * its way in like any other.
 */
import { createHash } from "node:crypto";
import { deserialize, serialize } from "node:v8";
import { assertDefined } from "../base/assert.ts";
import { cloneGraph, frozenWithin } from "../base/clone-graph.ts";
import { accept, type Outcome, refuse } from "../base/refusal.ts";
import { accountsEntries, accountsHash, applyAccountChanges, emptyAccounts } from "../chain/accounts-tree.ts";
import { type Bank, computeStateHash, createGenesisBank } from "../chain/bank.ts";
import { computeBlockId } from "../chain/block.ts";
import type { Chain } from "../chain/chain.ts";
import type { BlockNode, BlockTree } from "../consensus/block-tree.ts";
import { createSharedWork, type SharedWork } from "../validator/shared-work.ts";
import { checkDevnetOptions } from "./devnet-options.ts";
import type { DevnetMemory } from "./devnet-snapshots.ts";
import type { DevnetOptions } from "./devnet-types.ts";

const magic = Buffer.from("ESCAPEMENT-DUMP\n");
const headBytes = magic.length + 32;
const format = 3;
const otherFormat = "another version of escapement wrote it; load it with that one, or make the world anew";

/** 2 GiB: what one buffer of Node holds, and more than any devnet should weigh. */
export const dumpBytesMax = 2 ** 31 - 1;

export type Dump = { readonly options: DevnetOptions; readonly genesisHash: string; readonly memory: DevnetMemory };

export function encodeDump({ options, genesisHash, memory }: Dump): Uint8Array {
  const light = withoutBanks(memory);
  const payload = serialize({ format, options, genesisHash, memory: light, shared: frozenWithin(light) });
  const checksum = createHash("sha256").update(payload).digest();
  const bytes = Buffer.concat([magic, checksum, payload]);
  // A plain array of bytes, as its type says: a Buffer's `slice` would not copy.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A copy in which only the roots of trees have a bank. */
function withoutBanks(memory: DevnetMemory): DevnetMemory {
  const copy = cloneGraph(memory);
  for (const { validator } of copy.cluster.nodes) {
    for (const node of validator.tree.nodes.values()) {
      if (node !== validator.tree.root) Object.assign(node, { bank: null, stakes: null });
    }
  }
  return copy;
}

export function decodeDump(bytes: Uint8Array): Outcome<Dump> {
  const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (found.length < headBytes || !found.subarray(0, magic.length).equals(magic)) {
    return refuse("dump-unknown", { problem: "this is no dump of a devnet" });
  }
  const payload = found.subarray(headBytes);
  const checksum = createHash("sha256").update(payload).digest();
  if (!checksum.equals(found.subarray(magic.length, headBytes))) {
    return refuse("dump-torn", { problem: "the checksum is wrong: the file was cut or changed", bytes: bytes.length });
  }
  try {
    const content = deserialize(payload) as Dump & { readonly format: unknown; readonly shared: readonly object[] };
    if (content.format !== format) {
      return refuse("dump-of-another-version", {
        format: String(content.format),
        expected: format,
        problem: otherFormat,
      });
    }
    for (const value of content.shared) Object.freeze(value);
    return accept({ options: content.options, genesisHash: content.genesisHash, memory: content.memory });
  } catch (error) {
    return refuse("dump-malformed", { problem: error instanceof Error ? error.message : String(error) });
  }
}

/** The dump that `options.load` holds; the options in it are the devnet's, but for how much history it keeps. */
export function readDump(options: DevnetOptions): Outcome<Dump> {
  const wrong = checkDevnetOptions(options);
  if (wrong !== null) return wrong;
  const dump = decodeDump(assertDefined(options.load, "there is a dump to load"));
  if (!dump.ok) return dump;
  const { ledgerSlotsMax } = options;
  const kept = ledgerSlotsMax === undefined ? {} : { ledgerSlotsMax };
  return accept({ ...dump.value, options: { ...dump.value.options, ...kept } });
}

/** Gives the memory its banks again; or says what is wrong with it. */
export function reviveMemory({ memory, genesisHash }: Dump, chain: Chain): Outcome<DevnetMemory> {
  if (genesisHash !== chain.genesisHash) {
    return refuse("dump-of-another-chain", { genesisHash, computed: chain.genesisHash });
  }
  const work = createSharedWork(chain);
  const genesis = createGenesisBank(chain);
  const roots = new Map<string, Bank>();
  try {
    for (const [node, { validator }] of memory.cluster.nodes.entries()) {
      const problem = reviveTree(validator.tree, { chain, work, genesis, roots });
      if (problem !== null) return refuse("dump-lies", { node, ...problem });
    }
  } catch (error) {
    // Whatever a file of the right checksum and the wrong shape makes of itself.
    return refuse("dump-malformed", { problem: error instanceof Error ? error.message : String(error) });
  }
  return accept(memory);
}

type Revival = {
  readonly chain: Chain;
  readonly work: SharedWork;
  readonly genesis: Bank;
  /** Roots that were found true, by state hash, so that validators share them. */
  readonly roots: Map<string, Bank>;
};

type Problem = { readonly slot: number; readonly problem: string };

function reviveTree(tree: BlockTree, revival: Revival): Problem | null {
  const { root } = tree;
  const bank = trueRoot(root, revival);
  if (bank === null) return { slot: root.slot, problem: "the root's state does not hash to what its block says" };
  Object.assign(root, placeOf(bank));
  const open = [...root.children];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { block, parent } = node;
    if (block === null || parent === null) return { slot: node.slot, problem: "a block is missing" };
    const replayed = revival.work.replay(parent.bank, block);
    if (!replayed.ok) return { slot: node.slot, problem: `a block is refused: ${replayed.code}` };
    Object.assign(node, placeOf(replayed.value));
    open.push(...node.children);
  }
  return null;
}

function placeOf(bank: Bank): Pick<BlockNode, "bank" | "stakes"> {
  return { bank, stakes: bank.stakeTables.get(bank.epoch)! };
}

/** The root's bank, every account hashed anew; null when its state is not the one that its block was signed for. */
function trueRoot({ bank, block }: BlockNode, { chain, genesis, roots }: Revival): Bank | null {
  if (block === null) return bank.blockId === genesis.blockId ? genesis : null;
  const known = roots.get(bank.stateHash);
  if (known !== undefined) return known;
  const changes = [...accountsEntries(bank.accounts)].map(([address, account]) => ({ address, account }));
  const accounts = applyAccountChanges(emptyAccounts, changes);
  const rebuilt: Bank = Object.freeze({ ...bank, accounts });
  const isTrue =
    Buffer.from(accountsHash(accounts)).length === 32 &&
    computeStateHash(rebuilt) === block.stateHash &&
    bank.stateHash === block.stateHash &&
    computeBlockId(block, chain.genesisHash) === bank.blockId;
  if (!isTrue) return null;
  roots.set(bank.stateHash, rebuilt);
  return rebuilt;
}
