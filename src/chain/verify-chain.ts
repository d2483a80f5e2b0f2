/**
 * Whole-chain verification: from genesis, block by block, trusting nothing that was computed before.
 *
 *     verifier = new ChainVerifier(genesis)        memory of one bank, however long the chain
 *     verifier.append(block) …                     leader, PoH, signatures, replayed state, supply of every block
 *     verifier.finish()                            what the chain amounts to
 */
import { accept, type Outcome, type Refusal, refuse } from "../base/refusal.ts";
import { accountsEntries } from "./accounts-tree.ts";
import { applyBlock, type BlockRefusal } from "./apply-block.ts";
import { type Bank, createGenesisBank } from "./bank.ts";
import { type Block, type BlockDecodeRefusal, decodeBlock, type Entry, encodeBlock } from "./block.ts";
import { type Chain, createChain } from "./chain.ts";
import type { Crypto } from "./crypto.ts";
import type { Genesis } from "./genesis.ts";
import { type Hash, parseHash, type Slot } from "./ids.ts";
import { portablePohKernel } from "./poh-kernel.ts";
import { portableSignatures } from "./signature-schemes.ts";

export type ChainVerification = {
  readonly genesisHash: Hash;
  readonly blocks: number;
  readonly skippedSlots: number;
  readonly lastSlot: Slot;
  readonly lastBlockId: Hash;
  readonly stateHash: Hash;
  readonly transactions: number;
  readonly votes: number;
  readonly supply: Bank["supply"];
};

export type ChainRefusal = BlockRefusal | BlockDecodeRefusal | "genesis-hash-wrong" | "supply-wrong" | "chain-empty";

export class ChainVerifier {
  readonly chain: Chain;
  #bank: Bank;

  constructor(genesis: Genesis, crypto?: Crypto) {
    const signatures = portableSignatures[genesis.params.signatureScheme];
    this.chain = createChain(genesis, crypto ?? { signatures, poh: portablePohKernel });
    this.#bank = createGenesisBank(this.chain);
  }

  /** The state after the last block appended. */
  get bank(): Bank {
    return this.#bank;
  }

  /** Verifies the next block. After a refusal the verifier stands where it was. Blocks given as objects go through their bytes first. */
  append(block: Block | Uint8Array): Outcome<Bank, ChainRefusal> {
    const shapeless = block instanceof Uint8Array ? null : checkShape(block);
    if (shapeless !== null) return shapeless;
    const bytes = block instanceof Uint8Array ? block : encodeBlock(block);
    const decoded = decodeBlock(bytes, this.chain.params, this.chain.genesisHash);
    if (!decoded.ok) return decoded;
    if (!(block instanceof Uint8Array) && block.blockId !== decoded.value.blockId) {
      return refuse("block-id-wrong", { slot: block.slot, blockId: block.blockId, computed: decoded.value.blockId });
    }
    const applied = applyBlock(this.chain, this.#bank, decoded.value);
    if (applied.ok) this.#bank = applied.value;
    return applied;
  }

  /** Sums every account once more, and says what was verified. */
  finish(): Outcome<ChainVerification, ChainRefusal> {
    const bank = this.#bank;
    let counted = 0n;
    for (const [, account] of accountsEntries(bank.accounts)) counted += account.lamports;
    const { supply } = bank;
    if (counted !== supply.total) return refuse("supply-wrong", { slot: bank.slot, counted, recorded: supply.total });
    return accept({
      genesisHash: this.chain.genesisHash,
      blocks: bank.height,
      skippedSlots: bank.slot - this.chain.genesis.firstSlot - bank.height,
      lastSlot: bank.slot,
      lastBlockId: bank.blockId,
      stateHash: bank.stateHash,
      transactions: bank.transactionCount,
      votes: bank.voteCount,
      supply,
    });
  }
}

/** Whether an object has what a block's bytes are written from: callers may have read it from anywhere. */
function checkShape(block: Block): Refusal<"block-malformed"> | null {
  if (typeof block !== "object" || block === null) return refuse("block-malformed", { problem: "not a block" });
  const { slot, parentSlot, parentId, leader, stateHash, signature, entries } = block;
  const problem = (field: string) => refuse("block-malformed", { problem: `${field} cannot be encoded` });
  for (const [field, value] of Object.entries({ slot, parentSlot })) if (!isCount(value)) return problem(field);
  for (const [field, text] of Object.entries({ parentId, leader, stateHash })) {
    if (typeof text !== "string" || parseHash(text) === null) return problem(field);
  }
  if (!isBytes(signature, 64)) return problem("signature");
  if (!Array.isArray(entries)) return problem("entries");
  for (const [index, entry] of (entries as readonly (Entry | null | undefined)[]).entries()) {
    const isEncodable =
      isCount(entry?.numHashes) &&
      isBytes(entry?.hash, 32) &&
      Array.isArray(entry?.transactions) &&
      entry.transactions.every(
        (transaction) => transaction?.bytes instanceof Uint8Array && transaction.bytes.length <= 65_535,
      );
    if (!isEncodable) return problem(`entry ${index}`);
  }
  return null;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isBytes(value: unknown, length: number): boolean {
  return value instanceof Uint8Array && value.length === length;
}

export type VerifyChainResult =
  | ({ readonly ok: true } & ChainVerification)
  | {
      readonly ok: false;
      readonly index: number;
      readonly code: ChainRefusal;
      readonly facts: Readonly<Record<string, unknown>>;
    };

/**
 * Re-verifies a chain from genesis.
 *
 * @param blocks in order, as objects or encoded bytes; truncation is found only against `expected`
 * @param expected pins what is known from elsewhere: the genesis hash, and the id of the last block
 * @returns on failure the index of the first bad block (-1: genesis; blocks.length: the end), the rule and the facts
 */
export function verifyChain(input: {
  readonly genesis: Genesis;
  readonly blocks: Iterable<Block | Uint8Array>;
  readonly expected?: { readonly genesisHash?: string; readonly lastBlockId?: string };
  readonly crypto?: Crypto;
}): VerifyChainResult {
  const { genesis, blocks, expected = {}, crypto } = input;
  const verifier = new ChainVerifier(genesis, crypto);
  const { genesisHash } = verifier.chain;
  if (expected.genesisHash !== undefined && expected.genesisHash !== genesisHash) {
    const facts = { genesisHash, expected: expected.genesisHash };
    return { ok: false, index: -1, code: "genesis-hash-wrong", facts };
  }
  let index = 0;
  for (const block of blocks) {
    const applied = verifier.append(block);
    if (!applied.ok) return { ok: false, index, code: applied.code, facts: applied.facts };
    index++;
  }
  if (index === 0) return { ok: false, index: 0, code: "chain-empty", facts: { genesisHash } };
  if (expected.lastBlockId !== undefined && expected.lastBlockId !== verifier.bank.blockId) {
    const facts = {
      slot: verifier.bank.slot,
      blockId: verifier.bank.blockId,
      expected: expected.lastBlockId,
      problem: "truncated or another fork",
    };
    return { ok: false, index, code: "block-id-wrong", facts };
  }
  const finished = verifier.finish();
  if (!finished.ok) return { ok: false, index, code: finished.code, facts: finished.facts };
  return { ok: true, ...finished.value };
}
