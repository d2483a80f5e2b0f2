/**
 * The table of group B's tamperings: a true chain of 12 blocks, one block of it under attack, and everything that can be
 * done to it, by a stranger, by another validator, and by its own leader, each with the refusal it must meet.
 */
import { applyAccountChanges } from "../../src/chain/accounts-tree.ts";
import { applyBlock } from "../../src/chain/apply-block.ts";
import type { Bank } from "../../src/chain/bank.ts";
import { type Block, type Entry, encodeBlock } from "../../src/chain/block.ts";
import { type Slot, slotOf } from "../../src/chain/ids.ts";
import { parseTransaction } from "../../src/chain/parse-transaction.ts";
import { produceBlock } from "../../src/chain/produce-block.ts";
import { verifyChain } from "../../src/chain/verify-chain.ts";
import {
  buildAttackChain,
  crypto,
  forgeBlock,
  leaderOf,
  resealBlock,
  sol,
  strangerOf,
  transfer,
} from "../support/attack-chain.ts";
import { plainAccount } from "../support/transactions.ts";

export const attacked = buildAttackChain();
export const { chain, blocks, banks, network } = attacked;
export const { genesis } = network;
const stranger = strangerOf("mallory");
export const [alice, bob] = network.accounts as [(typeof network.accounts)[0], (typeof network.accounts)[0]];

/** The block under attack, its parent's bank, and who led it. */
export const at = 5;
export const target = blocks[at]!;
export const parent = banks[at]!;
export const leader = attacked.keys.get(target.leader)!;
export const otherValidator = network.validators.map(({ identity }) => identity).find((key) => key !== leader)!;
const batchesOf = (block: Block) =>
  block.entries.map(({ transactions }) => transactions).filter((transactions) => transactions.length > 0);
export const head = banks.at(-1)!;

export type Verdict = ReturnType<typeof verifyChain>;
export const verify = (changed: readonly (Block | Uint8Array)[], expected = {}): Verdict =>
  verifyChain({ genesis, blocks: changed, expected, crypto });
export const replaced = (block: Block): Verdict => verify(blocks.with(at, block));

/** The target without its last transaction. */
const shortened = batchesOf(target).map((batch, index, all) => (index === all.length - 1 ? batch.slice(0, -1) : batch));
const withoutLast: Entry[] = target.entries.map((entry) =>
  entry.transactions.length === 0 ? entry : { ...entry, transactions: entry.transactions.slice(0, -1) },
);
export const forged = (changes: Partial<Parameters<typeof forgeBlock>[2]>) =>
  forgeBlock(chain, parent, {
    slot: target.slot,
    leader: target.leader,
    signer: leader,
    batches: batchesOf(target),
    ...changes,
  });

/** The whole history from the target on, made anew without its last transaction, in the leaders' names, without their keys. */
function rewriteHistory(): Block[] {
  const rewritten = blocks.slice(0, at);
  let bank: Bank = parent;
  for (const block of blocks.slice(at)) {
    const batches = block === target ? shortened : batchesOf(block);
    const plan = { slot: block.slot, leader: block.leader, signer: null, batches };
    const forgery = forgeBlock(chain, bank, plan);
    rewritten.push(forgery);
    // What its bank would be, if only it were signed: the attacker lacks nothing but the keys.
    const signed = forgeBlock(chain, bank, { ...plan, signer: attacked.keys.get(block.leader)! });
    const applied = applyBlock(chain, bank, signed);
    if (!applied.ok) break;
    bank = applied.value;
  }
  return rewritten;
}

/** The leader's own block, with a state hash that comes from another parent's state. */
export function onFalseState(change: (bank: Bank) => Bank): Block {
  const candidates = batchesOf(target)
    .flat()
    .map((transaction) => ({ transaction: transaction as never, computeUnitLimit: 3000 }));
  return produceBlock(chain, change(parent), target.slot, leader, candidates).block;
}

export const minted = (bank: Bank): Bank => ({
  ...bank,
  accounts: applyAccountChanges(bank.accounts, [
    { address: stranger.address, account: plainAccount(1_000_000n * sol) },
  ]),
});
const fundedForSpending = (bank: Bank): Bank => ({
  ...bank,
  accounts: applyAccountChanges(bank.accounts, [
    { address: alice.address, account: plainAccount(1_000_000_000n * sol) },
  ]),
});
export const overspending = transfer(alice, bob.address, 5_000n * sol, parent.blockhash);
const fromNobody = transfer(stranger, bob.address, 1_000n, parent.blockhash);
const replayed = batchesOf(blocks[at - 1]!)
  .flat()
  .at(-1)!;
export const twice = transfer(alice, bob.address, 30n * sol, parent.blockhash);

function corruptSignature(transaction: ReturnType<typeof transfer>, by: "other-signature" | "bit") {
  const bytes = transaction.bytes.slice();
  if (by === "bit") bytes[5]! ^= 1;
  else bytes.set(twice.bytes.subarray(1, 65), 1);
  const parsed = parseTransaction(bytes, chain.params);
  if (!parsed.ok) throw new Error(parsed.code);
  return parsed.value;
}
const transplanted = corruptSignature(overspending, "other-signature");
const swapSignature = (entries: readonly Entry[]): Entry[] =>
  entries.map((entry) =>
    entry.transactions.length === 0
      ? entry
      : { ...entry, transactions: [...entry.transactions.slice(0, -1), transplanted] },
  );

const laterSlot = slotOf(target.slot + 3);
const laterLeader = attacked.keys.get(leaderOf(chain, parent, laterSlot))!;
const changedHashes = target.entries.map((entry, i) =>
  i === 0 ? { ...entry, numHashes: entry.numHashes - 1 } : entry,
);
const reordered = [...blocks.slice(0, at), blocks[at + 1]!, target, ...blocks.slice(at + 2)];
export const foreign = buildAttackChain({ slots: 6, seed: "another chain" });

export type Tampering = {
  readonly id: string;
  readonly claim: string;
  readonly verdict: () => Verdict;
  /** Of the first bad block; the target unless told. */
  readonly index?: number;
  readonly code: string;
  readonly facts?: Record<string, unknown>;
};

export const tamperings: readonly Tampering[] = [
  {
    id: "B1",
    claim: "a transaction cut out of a block leaves an id that is not its content's",
    verdict: () => replaced({ ...target, entries: withoutLast }),
    code: "block-id-wrong",
  },
  {
    id: "B1",
    claim: "a history relinked in every hash from the cut on lacks its leaders' signatures",
    verdict: () => verify(rewriteHistory()),
    code: "block-signature-invalid",
    facts: { leader: target.leader },
  },
  {
    id: "B1",
    claim: "even the leader cannot cut out a transaction and keep the Proof of History",
    verdict: () => replaced(resealBlock(chain, target, { entries: withoutLast }, leader)),
    code: "poh-hash-wrong",
  },
  {
    id: "B1",
    claim: "a block rewritten by its own leader's key leaves all later blocks without a parent",
    verdict: () => replaced(forged({ batches: shortened })),
    index: at + 1,
    code: "block-parent-wrong",
    facts: { parentId: target.blockId },
  },
  {
    id: "B2",
    claim: "a block by a stranger, properly signed with his own key, is refused",
    verdict: () => replaced(forged({ leader: stranger.address, signer: stranger })),
    code: "slot-leader-wrong",
    facts: { leader: stranger.address, expected: target.leader },
  },
  {
    id: "B2",
    claim: "a block by a validator whose slot it is not, properly signed, is refused",
    verdict: () => replaced(forged({ leader: otherValidator.address, signer: otherValidator })),
    code: "slot-leader-wrong",
    facts: { leader: otherValidator.address, expected: target.leader },
  },
  {
    id: "B2",
    claim: "all leaders renamed at once are refused at the first",
    verdict: () => verify(blocks.map((block) => resealBlock(chain, block, { leader: stranger.address }, stranger))),
    index: 0,
    code: "slot-leader-wrong",
  },
  {
    id: "B3",
    claim: "an unsigned block is refused",
    verdict: () => replaced(forged({ signer: null })),
    code: "block-signature-invalid",
  },
  {
    id: "B3",
    claim: "a block without room for a signature is refused",
    verdict: () => replaced({ ...target, signature: new Uint8Array(0) }),
    code: "block-malformed",
  },
  {
    id: "B3",
    claim: "a block in the leader's name with another validator's signature is refused",
    verdict: () => replaced(forged({ signer: otherValidator })),
    code: "block-signature-invalid",
  },
  {
    id: "B3",
    claim: "one bit of the signature is enough to refuse it",
    verdict: () => replaced({ ...target, signature: target.signature.map((byte, i) => (i === 40 ? byte ^ 1 : byte)) }),
    code: "block-signature-invalid",
  },
  {
    id: "B4",
    claim: "a leader changed for the statistics' sake is refused, resealed by whom it may",
    verdict: () => replaced(resealBlock(chain, target, { leader: otherValidator.address }, leader)),
    code: "slot-leader-wrong",
  },
  {
    id: "B5",
    claim: "a wrong parent slot is refused",
    verdict: () => replaced(resealBlock(chain, target, { parentSlot: slotOf(target.parentSlot - 1) }, leader)),
    code: "block-parent-wrong",
    facts: { parentSlot: target.parentSlot - 1, expectedSlot: target.parentSlot },
  },
  {
    id: "B5",
    claim: "a slot that is not after its parent's is refused",
    verdict: () => replaced(resealBlock(chain, target, { slot: target.parentSlot }, leader)),
    code: "block-slot-not-after-parent",
  },
  {
    id: "B5",
    claim: "a wrong count of hashes is refused",
    verdict: () => replaced(resealBlock(chain, target, { entries: changedHashes }, leader)),
    code: "poh-ticks-wrong",
    facts: { rule: "invalid-tick-hash-count" },
  },
  ...[-77, 1.5, Number.NaN, 2 ** 53].map(
    (slot): Tampering => ({
      id: "B5",
      claim: `slot ${slot} is no slot, and answered, not thrown`,
      verdict: () => replaced({ ...target, slot: slot as Slot }),
      code: "block-malformed",
    }),
  ),
  ...Object.entries({
    "nothing at all": null,
    "an empty object": {},
    "entries that are no list": { ...target, entries: null },
    "an entry that is nothing": { ...target, entries: [null] },
    "a transaction that is nothing": { ...target, entries: [{ ...target.entries[0], transactions: [null] }] },
    "a transaction too long to write": {
      ...target,
      entries: [{ ...target.entries[0], transactions: [{ bytes: new Uint8Array(65_536) }] }],
    },
    "a leader that is a number": { ...target, leader: 5 },
  }).map(
    ([what, block]): Tampering => ({
      id: "B5",
      claim: `${what} is no block, and answered, not thrown`,
      verdict: () => replaced(block as unknown as Block),
      code: "block-malformed",
    }),
  ),
  {
    id: "B6",
    claim: "its scheduled leader cannot spend money that does not exist",
    verdict: () => {
      const { block } = produceBlock(chain, fundedForSpending(parent), target.slot, leader, [
        { transaction: overspending, computeUnitLimit: 3000 },
      ]);
      return replaced(block);
    },
    code: "state-hash-wrong",
  },
  {
    id: "B6",
    claim: "its scheduled leader cannot include a payment by an account that does not exist",
    verdict: () => replaced(forged({ batches: [[fromNobody]] })),
    code: "transaction-barred",
    facts: { error: '"AccountNotFound"' },
  },
  {
    id: "B7",
    claim: "accounts changed behind the chain's back give another state hash",
    verdict: () => replaced(onFalseState(minted)),
    code: "state-hash-wrong",
    facts: { replayed: target.stateHash },
  },
  {
    id: "B7",
    claim: "a state hash taken from elsewhere is refused",
    verdict: () => replaced(forged({ stateHash: blocks[at + 1]!.stateHash })),
    code: "state-hash-wrong",
    facts: { replayed: target.stateHash },
  },
  {
    id: "B8",
    claim: "a truncated chain is told from the whole by the id of its last block",
    verdict: () => verify(blocks.slice(0, -1), { lastBlockId: head.blockId }),
    index: blocks.length - 1,
    code: "block-id-wrong",
    facts: { expected: head.blockId, problem: "truncated or another fork" },
  },
  { id: "B8", claim: "an empty chain is refused", verdict: () => verify([]), index: 0, code: "chain-empty" },
  {
    id: "B8",
    claim: "a foreign genesis is refused by its hash",
    verdict: () =>
      verifyChain({
        genesis: foreign.network.genesis,
        blocks: foreign.blocks,
        expected: { genesisHash: chain.genesisHash },
        crypto,
      }),
    index: -1,
    code: "genesis-hash-wrong",
    facts: { genesisHash: foreign.chain.genesisHash },
  },
  {
    id: "B8",
    claim: "blocks of a chain with another genesis do not continue ours",
    verdict: () => verify(foreign.blocks.map(encodeBlock)),
    index: 0,
    code: "block-parent-wrong",
  },
  {
    id: "B8",
    claim: "a chain without its beginning is refused",
    verdict: () => verify(blocks.slice(1)),
    index: 0,
    code: "block-parent-wrong",
  },
  {
    id: "B8",
    claim: "a chain with a hole is refused",
    verdict: () => verify(blocks.toSpliced(at, 1)),
    code: "block-parent-wrong",
  },
  {
    id: "B8",
    claim: "two blocks exchanged are refused",
    verdict: () => verify(reordered),
    code: "block-parent-wrong",
  },
  {
    id: "B9",
    claim: "a transaction pushed into a finished block is found",
    verdict: () => {
      const entries = target.entries.map((entry) => ({ ...entry, transactions: [...entry.transactions] }));
      entries.find(({ transactions }) => transactions.length > 0)!.transactions.push(twice);
      return replaced({ ...target, entries });
    },
    code: "block-id-wrong",
  },
  {
    id: "B9",
    claim: "a hash changed in place in a finished block is found",
    verdict: () => {
      const entries = target.entries.map((entry) => ({ ...entry, hash: entry.hash.slice() }));
      entries[1]!.hash[0]! ^= 1;
      return replaced({ ...target, entries });
    },
    code: "block-id-wrong",
  },
  {
    id: "B11",
    claim: "a signature swapped inside a block changes its id",
    verdict: () => replaced({ ...target, entries: swapSignature(target.entries) }),
    code: "block-id-wrong",
  },
  {
    id: "B11",
    claim: "a signature swapped inside a block breaks its Proof of History, though its leader seals it again",
    verdict: () => replaced(resealBlock(chain, target, { entries: swapSignature(target.entries) }, leader)),
    code: "poh-hash-wrong",
  },
  {
    id: "B11",
    claim: "a transaction with another's signature is refused in a block that its leader made for it",
    verdict: () => replaced(forged({ batches: [[transplanted]] })),
    code: "transaction-signature-invalid",
    facts: { signer: alice.address },
  },
  {
    id: "B13",
    claim: "a block re-dated as it stands is refused",
    verdict: () => replaced({ ...target, slot: laterSlot }),
    code: "block-id-wrong",
  },
  {
    id: "B13",
    claim: "a block re-dated and sealed by the later slot's own leader lacks the time between",
    verdict: () => replaced(resealBlock(chain, target, { slot: laterSlot, leader: laterLeader.address }, laterLeader)),
    code: "poh-ticks-wrong",
    facts: { rule: "too-few-ticks", ticks: 8, ticksExpected: 32 },
  },
  {
    id: "B13",
    claim: "a block dated to the last slot there is, is refused before anybody works for it",
    verdict: () => replaced(resealBlock(chain, target, { slot: slotOf(Number.MAX_SAFE_INTEGER) }, leader)),
    code: "poh-ticks-wrong",
    facts: { rule: "too-few-ticks" },
  },
  {
    id: "B15",
    claim: "the same transaction cannot stand in one entry twice",
    verdict: () => replaced(forged({ batches: [[twice, twice]] })),
    code: "transaction-barred",
    facts: { error: '"AlreadyProcessed"', signature: twice.signature },
  },
  {
    id: "B15",
    claim: "the same transaction cannot stand in two entries of a block",
    verdict: () => replaced(forged({ batches: [[twice], [twice]] })),
    code: "transaction-barred",
    facts: { error: '"AlreadyProcessed"' },
  },
  {
    id: "B15",
    claim: "a transaction of an earlier block cannot stand in a later one",
    verdict: () => replaced(forged({ batches: [[replayed]] })),
    code: "transaction-barred",
    facts: { error: '"AlreadyProcessed"', signature: replayed.signature },
  },
];
