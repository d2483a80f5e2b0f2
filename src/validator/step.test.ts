import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createChainWithSleeper, createTestCluster, testCrypto, transferOf } from "../../test/support/clusters.ts";
import { createGenesisBank } from "../chain/bank.ts";
import { type Block, blockSignatureMessage, computeBlockId } from "../chain/block.ts";
import { createChain } from "../chain/chain.ts";
import type { Keypair } from "../chain/crypto.ts";
import { type Hash, hashOf, slotOf } from "../chain/ids.ts";
import { leaderAfter } from "../chain/leaders.ts";
import { produceBlock } from "../chain/produce-block.ts";
import { emptyTower, recordVote } from "../consensus/tower.ts";
import { createVote, type Vote } from "../consensus/vote.ts";
import { catchUpLimits } from "./catch-up.ts";
import type { Effect, Input } from "./contract.ts";
import { hasTransaction, iterateByPriority, mempoolSizeOf } from "./mempool.ts";
import { createSharedWork, type SharedWork } from "./shared-work.ts";
import { step } from "./step.ts";
import { createValidator, standardLimits, type Validator, type ValidatorLimits } from "./validator.ts";

/** The blocks of a chain that one of three validators slept through for a while, and the votes that landed in them. */
const { network, cluster, blocks } = createChainWithSleeper();
const lastSlot = blocks.at(-1)!.slot;
const chain = createChain(network.genesis, testCrypto);
const work = createSharedWork(chain);
const votes = blocks
  .flatMap(({ entries }) => entries.flatMap(({ transactions }) => transactions))
  .flatMap((transaction) => work.voteIn(transaction) ?? []);
const stranger = testCrypto.signatures.createKeypair(new Uint8Array(32).fill(9));
const [a, b, c] = network.accounts;

function observer(limits: Partial<ValidatorLimits> = {}, ownWork: SharedWork = work) {
  const all = { ...standardLimits, ...limits };
  return createValidator({ chain, identity: network.observer, voteAccount: null, work: ownWork, limits: all });
}

function member(index: number) {
  return createValidator({ chain, ...network.validators[index]!, work });
}

const blockInput = (block: Block): Input => ({ type: "block", block, from: block.leader });
const slotInput = (slot: number): Input => ({ type: "slot", slot: slotOf(slot) });
const reportsOf = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === "report" ? [effect.report] : []));

/** A block nobody made, right in its id, its leader and its signature, for the parent named; or by a stranger. */
function orphanOf(number: number, parentId: Hash = blocks[number % 8]!.blockId, signer?: Keypair): Block {
  const slot = slotOf(100 + number);
  const leader = leaderAfter(chain, createGenesisBank(chain), slot).identity;
  const key = signer ?? network.validators.map(({ identity }) => identity).find(({ address }) => address === leader)!;
  const content = { ...blocks[8]!, slot, parentId, leader: key.address };
  const blockId = computeBlockId(content, chain.genesisHash);
  return { ...content, blockId, signature: testCrypto.signatures.sign(blockSignatureMessage(blockId), key) };
}

/** Of a block that never was. */
const invented = (number: number) => hashOf(new Uint8Array(32).fill(number));

describe("step", () => {
  it("follows a chain given in any order, repeated, mixed with wrong blocks and forged votes, and never throws", () => {
    const other = createVote({
      scheme: testCrypto.signatures,
      identity: stranger,
      voteAccount: network.validators[0]!.voteAccount,
      tower: recordVote(emptyTower, slotOf(2), blocks[1]!.blockId),
      blockId: blocks[1]!.blockId,
      recentBlockhash: blocks[1]!.blockhash,
      timestamp: null,
    });
    const forgeries = (vote: Vote): Vote[] => [
      { ...vote, slot: slotOf(vote.slot + 1) },
      { ...vote, blockId: blocks[0]!.parentId },
      { ...vote, voteAccount: network.validators[2]!.voteAccount },
      { ...vote, identity: stranger.address },
      { ...vote, tower: { ...vote.tower, root: slotOf(1) } },
      other,
    ];
    const bend = (block: Block): Block[] => [
      { ...block, slot: slotOf(block.slot + 1) },
      { ...block, slot: slotOf(2 ** 40) },
      { ...block, slot: slotOf(0) },
      { ...block, stateHash: block.parentId },
      { ...block, leader: stranger.address },
      { ...block, entries: [] },
      { ...block, entries: block.entries.slice(1) },
      { ...block, parentId: block.blockId },
      { ...block, blockId: block.parentId },
      { ...block, signature: new Uint8Array(64) },
    ];
    // What a thief without the leader's key can make: right in its id, signed with nothing.
    const sealed = (block: Block): Block => ({ ...block, blockId: computeBlockId(block, chain.genesisHash) });
    const noise: Input[] = [
      ...[...blocks, ...blocks.flatMap(bend), ...blocks.flatMap(bend).map(sealed)].map(blockInput),
      ...[...votes, ...votes.flatMap(forgeries)].map((vote): Input => ({ type: "vote", vote })),
      ...Array.from({ length: 20 }, (_, slot) => slotInput(slot)),
      ...blocks.map(
        ({ blockId }): Input => ({ type: "block-request", blockId, above: slotOf(0), from: stranger.address }),
      ),
    ];
    const order = fc.shuffledSubarray([...blocks.keys()], { minLength: blocks.length });
    fc.assert(
      fc.property(fc.array(fc.nat(noise.length - 1), { maxLength: 60 }), order, (picks, arrivals) => {
        const validator = observer();
        const added: Hash[] = [];
        const inputs = [...picks.map((pick) => noise[pick]!), slotInput(lastSlot)];
        for (const input of [...inputs, ...arrivals.map((index) => blockInput(blocks[index]!))]) {
          for (const report of reportsOf(step(validator, input))) {
            if (report.type === "block-added") added.push(report.block.blockId);
          }
        }
        expect([...added].sort()).toEqual(blocks.map(({ blockId }) => blockId).sort());
        expect(validator.tree.nodes.size).toBe(blocks.length + 1);
        expect(validator.consensus.head().blockId).toBe(blocks.at(-1)!.blockId);
      }),
      { seed: 1234, numRuns: 60 },
    );
  });

  it("takes no vote whose claims its transaction does not bear out", () => {
    const validator = observer();
    step(validator, slotInput(lastSlot));
    step(validator, blockInput(blocks[0]!));
    const vote = votes.find(({ blockId }) => blockId === blocks[0]!.blockId)!;
    const other = votes.find(({ blockId }) => blockId !== blocks[0]!.blockId)!;
    const wrong: Partial<Vote>[] = [
      { transaction: other.transaction },
      { authorizedVoter: stranger.address },
      { tower: { root: slotOf(0), votes: vote.tower.votes } },
      { tower: { root: null, votes: [] } },
      { tower: { root: null, votes: [{ slot: vote.slot, confirmationCount: 2 }] } },
    ];
    for (const change of wrong) {
      expect(step(validator, { type: "vote", vote: { ...vote, ...change } })).toEqual([]);
      expect([...validator.consensus.votes()]).toEqual([]);
    }
    step(validator, { type: "vote", vote });
    expect([...validator.consensus.votes()]).toEqual([vote]);
  });

  it("saves the tower before it speaks the vote, which is for the block just added", () => {
    const validator = member(0);
    step(validator, slotInput(1));
    const effects = step(validator, blockInput(blocks[0]!));
    const types = effects.map(({ type }) => type).filter((type) => type !== "report");
    const isLeader = blocks[0]!.leader === validator.identity.address;
    if (!isLeader) expect(types).toEqual(["save-tower", "broadcast-vote"]);
    for (const { validator: node } of cluster.nodes.slice(0, 3)) expect(node.tower.votes.at(-1)?.slot).toBe(lastSlot);
    const leader = member(network.validators.findIndex(({ identity }) => identity.address === blocks[0]!.leader));
    const led = step(leader, slotInput(1))
      .map(({ type }) => type)
      .filter((type) => type !== "report");
    expect(led).toEqual(["broadcast-block", "save-tower", "broadcast-vote"]);
  });

  it("leaves no trace of a refused block: from the future, below the root, or bent", () => {
    const validator = observer();
    const [first] = blocks;
    const refusalOf = (block: Block) => {
      const [report, ...more] = reportsOf(step(validator, blockInput(block)));
      expect(more).toEqual([]);
      return report?.type === "block-refused" ? report.refusal.code : report?.type;
    };
    const late = blocks.find(({ slot }) => slot === 9)!;
    expect(refusalOf(late)).toBe("block-from-future");
    expect(refusalOf({ ...first!, slot: slotOf(0) })).toBe("block-below-root");
    expect(refusalOf({ ...first!, stateHash: first!.parentId })).toBe("block-id-wrong");
    expect(refusalOf({ ...first!, signature: new Uint8Array(64) })).toBe("block-signature-invalid");
    expect(validator.tree.nodes.size).toBe(1);
    expect(validator.tree.root.children).toEqual([]);
    expect(validator.orphans.size).toBe(0);
    // One slot further, the ninth is near enough; what it lacks is its parent.
    step(validator, slotInput(1));
    expect(reportsOf(step(validator, blockInput(first!)))[0]?.type).toBe("block-added");
    expect(step(validator, blockInput(late)).map(({ type }) => type)).toEqual(["request-blocks"]);
  });

  it("keeps orphans up to the limit, under one parent as under many, and drops the oldest past it", () => {
    for (const parentOf of [() => undefined, () => blocks[9]!.blockId]) {
      const validator = observer({ orphansMax: 4 });
      step(validator, slotInput(100));
      const kept = () => [...validator.orphans.values()].flat().map(({ block }) => block.slot - 100);
      for (let i = 0; i < 4; i++) step(validator, blockInput(orphanOf(i, parentOf())));
      step(validator, blockInput(orphanOf(0, parentOf())));
      expect(kept()).toEqual([0, 1, 2, 3]);
      step(validator, blockInput(orphanOf(4, parentOf())));
      expect(kept()).toEqual([1, 2, 3, 4]);
    }
  });

  it("keeps of one leader its share of them, and drops that leader's oldest past it; of others none", () => {
    const validator = observer({ orphansPerLeaderMax: 3 });
    step(validator, slotInput(130));
    const orphans = Array.from({ length: 30 }, (_, number) => orphanOf(number, invented(number)));
    for (const orphan of orphans) step(validator, blockInput(orphan));
    const kept = new Set([...validator.orphans.values()].flat().map(({ block }) => block.slot));
    for (const { address } of network.validators.map(({ identity }) => identity)) {
      const own = orphans.filter(({ leader }) => leader === address).map(({ slot }) => slot);
      expect(own.filter((slot) => kept.has(slot))).toEqual(own.slice(-3));
    }
  });

  it("takes no orphan by somebody who does not lead its slot", () => {
    const validator = observer();
    step(validator, slotInput(100));
    expect(reportsOf(step(validator, blockInput(orphanOf(0, undefined, stranger))))).toMatchObject([
      { type: "block-refused", refusal: { code: "slot-leader-wrong" } },
    ]);
    expect(validator.orphans.size).toBe(0);
  });

  it("wants no more on the word of one leader than its share, however many parents it invents", () => {
    const validator = observer();
    step(validator, slotInput(130));
    for (let number = 0; number < 30; number++) step(validator, blockInput(orphanOf(number, invented(number))));
    const byLeader = new Map<string, number>();
    for (const { by } of validator.catchUp.wants.values()) byLeader.set(by, (byLeader.get(by) ?? 0) + 1);
    expect([...byLeader.values()].every((count) => count <= catchUpLimits.wantsOfOneMax)).toBe(true);
    expect([...byLeader.values()]).toContain(catchUpLimits.wantsOfOneMax);
  });

  it("takes no orphan that names a parent below the root, or beside it: no such fork is open", () => {
    const validator = observer();
    step(validator, slotInput(lastSlot));
    const { slot } = validator.tree.root;
    const orphan = orphanOf(0);
    const content = { ...orphan, slot: slotOf(5), parentSlot: slot };
    const block = { ...content, blockId: computeBlockId(content, chain.genesisHash) };
    expect(reportsOf(step(validator, blockInput(block)))).toMatchObject([
      { type: "block-refused", refusal: { code: "block-below-root" } },
    ]);
    expect(validator.orphans.size).toBe(0);
  });

  it("holds a block, and its children, until their slots begin; one that a stranger signed not at all", () => {
    const [first, second] = [blocks[0]!, blocks[1]!];
    const validator = observer();
    step(validator, slotInput(first.slot - 1));
    const forged = { ...first, signature: new Uint8Array(64) };
    expect(reportsOf(step(validator, blockInput(forged)))).toMatchObject([{ type: "block-refused" }]);
    for (const block of [first, second, first]) expect(step(validator, blockInput(block))).toEqual([]);
    expect(validator.early.map(({ block }) => block)).toEqual([first]);
    expect(validator.head).toBe(chain.genesisHash);
    const addedAt = (slot: number) =>
      reportsOf(step(validator, slotInput(slot))).flatMap((report) =>
        report.type === "block-added" ? [report.block] : [],
      );
    expect(addedAt(first.slot)).toEqual([first]);
    expect(validator.early.map(({ block }) => block)).toEqual([second]);
    expect(addedAt(second.slot)).toEqual([second]);
    expect(validator.early).toEqual([]);
    expect(validator.orphans.size).toBe(0);
  });

  it("lets no leader who builds its far slot early take the turns of those before it", () => {
    const { bank } = observer().tree.root;
    const indexOf = (slot: number) => {
      const { identity } = leaderAfter(chain, bank, slotOf(slot));
      return network.validators.findIndex((validator) => validator.identity.address === identity);
    };
    const robbed = member(indexOf(1));
    const far = produceBlock(chain, bank, slotOf(8), network.validators[indexOf(8)]!.identity, []).block;
    expect(step(robbed, blockInput(far))).toEqual([]);
    const types = step(robbed, slotInput(1)).map(({ type }) => type);
    expect(types).toContain("broadcast-block");
  });

  it("holds early blocks up to the limit and drops the oldest past it", () => {
    const validator = observer({ earlyBlocksMax: 2 });
    const { bank } = validator.tree.root;
    const early = [1, 2, 3].map((slot) => {
      const { identity } = leaderAfter(chain, bank, slotOf(slot));
      const leader = network.validators.find((candidate) => candidate.identity.address === identity)!;
      return produceBlock(chain, bank, slotOf(slot), leader.identity, []).block;
    });
    for (const block of early.slice(0, 2)) step(validator, blockInput(block));
    expect(validator.early.map(({ block }) => block.slot)).toEqual([1, 2]);
    step(validator, blockInput(early[2]!));
    expect(validator.early.map(({ block }) => block.slot)).toEqual([2, 3]);
  });

  it("takes no orphan under another block's id", () => {
    const validator = observer();
    step(validator, slotInput(lastSlot));
    const effects = step(validator, blockInput({ ...blocks[3]!, stateHash: blocks[3]!.parentId }));
    expect(reportsOf(effects)).toMatchObject([{ type: "block-refused", refusal: { code: "block-id-wrong" } }]);
    // A copy that names another blockhash is not to keep the real block out.
    const renamed = step(validator, blockInput({ ...blocks[3]!, blockhash: blocks[3]!.parentId }));
    expect(reportsOf(renamed)).toMatchObject([{ type: "block-refused", refusal: { code: "block-id-wrong" } }]);
    expect(validator.orphans.size).toBe(0);
  });

  it("asks once a slot for the first ancestor that orphans lack, and adopts them all when that comes", () => {
    const validator = observer();
    step(validator, slotInput(lastSlot));
    const asked = blocks.slice(1, 6).flatMap((block) => step(validator, blockInput(block)));
    const request = { type: "request-blocks", blockId: blocks[0]!.blockId, above: slotOf(0) };
    expect(asked).toEqual([{ ...request, to: blocks[1]!.leader }]);
    // Nobody answered: in the next slot it asks a validator, another one each time.
    const again = [1, 2].flatMap((more) => step(validator, slotInput(lastSlot + more)));
    expect(again).toMatchObject([request, request]);
    expect(new Set(again.map((effect) => (effect.type === "request-blocks" ? effect.to : null))).size).toBe(2);
    const added = reportsOf(step(validator, blockInput(blocks[0]!))).filter(({ type }) => type === "block-added");
    expect(added.length).toBe(6);
    expect(validator.orphans.size).toBe(0);
  });

  it("answers a request for a block it has, and no other", () => {
    const validator = observer();
    step(validator, slotInput(1));
    step(validator, blockInput(blocks[0]!));
    const ask = (blockId: Hash) =>
      step(validator, { type: "block-request", blockId, above: slotOf(0), from: stranger.address });
    expect(ask(blocks[0]!.blockId)).toEqual([
      { type: "send-blocks", to: stranger.address, blockId: blocks[0]!.blockId, blocks: [blocks[0]] },
    ]);
    expect(ask(blocks[1]!.blockId)).toEqual([]);
    expect(ask(chain.genesisHash)).toEqual([]);
  });

  it("never leads nor votes for an observer, even one with a validator's identity", () => {
    const { identity } = network.validators[0]!;
    const validator = createValidator({ chain, identity, voteAccount: null, work });
    const types = new Set<string>();
    for (let slot = 1; slot <= lastSlot; slot++) {
      const block = blocks.find((candidate) => candidate.slot === slot);
      const inputs = [slotInput(slot), ...(block === undefined ? [] : [blockInput(block)])];
      for (const input of inputs) for (const { type } of step(validator, input)) types.add(type);
    }
    expect([...types]).toEqual(["report"]);
  });

  it("says that votes moved its head, and votes for the new one, when the next slot begins", () => {
    // Two children of genesis: two leaders who each missed the other. Who leads slot n > 1 builds on genesis too.
    const { bank } = observer().tree.root;
    const built = Array.from({ length: 8 }, (_, index) => {
      const { identity } = leaderAfter(chain, bank, slotOf(index + 1));
      const keypair = network.validators.find((validator) => validator.identity.address === identity)!.identity;
      return produceBlock(chain, bank, slotOf(index + 1), keypair, []).block;
    });
    const [first, second] = [built[0]!, built[5]!];
    const own = network.validators.findIndex(({ identity }) => identity.address !== second.leader);
    const validator = member(own);
    step(validator, slotInput(6));
    step(validator, blockInput(first));
    step(validator, blockInput(second));
    expect(validator.head).toBe(first.blockId);
    for (const { identity, voteAccount } of network.validators.toSpliced(own, 1)) {
      const tower = recordVote(emptyTower, second.slot, second.blockId);
      const { blockId, blockhash: recentBlockhash } = second;
      const scheme = testCrypto.signatures;
      const vote = createVote({ scheme, identity, voteAccount, tower, blockId, recentBlockhash, timestamp: null });
      step(validator, { type: "vote", vote });
    }
    const effects = step(validator, slotInput(7));
    expect(reportsOf(effects)).toContainEqual(
      expect.objectContaining({ type: "head-changed", previous: first.blockId }),
    );
    const spoken = effects.flatMap((effect) => (effect.type === "broadcast-vote" ? [effect.vote.blockId] : []));
    expect(spoken[0]).toBe(second.blockId);
  });
});

describe("transactions", () => {
  const genesisHash = chain.genesisHash;
  const transfer = (from = a!, lamports = 1n, hash: Hash = genesisHash) => transferOf(from, c!.address, lamports, hash);
  const submit = (transactions: ReturnType<typeof transfer>[]): Input => ({ type: "transactions", transactions });

  it("are refused with a reason when known, barred, or one too many", () => {
    const validator = observer({ mempoolTransactionsMax: 2, mempoolTransactionsPerPayerMax: 1 });
    const codeOf = (transaction: ReturnType<typeof transfer>) =>
      reportsOf(step(validator, submit([transaction]))).map((report) =>
        report.type === "transaction-refused" ? report.refusal.code : report.type,
      );
    expect(codeOf(transfer())).toEqual([]);
    expect(codeOf(transfer())).toEqual(["mempool-duplicate"]);
    expect(codeOf(transfer(a, 2n))).toEqual(["mempool-payer-limit"]);
    expect(codeOf(transfer(b, 1n, blocks[3]!.blockhash))).toEqual(["transaction-barred"]);
    expect(codeOf(transfer(b))).toEqual([]);
    expect(codeOf(transfer(c))).toEqual(["mempool-full"]);
  });

  it("go from an observer to the coming leader, and again before each rotation until they land", () => {
    const validator = observer();
    const leaderOf = (slot: number) => leaderAfter(chain, validator.tree.root.bank, slotOf(slot)).identity;
    const transaction = transfer();
    const sent = { type: "send-transactions", transactions: [transaction] };
    expect(step(validator, submit([transaction]))).toEqual([{ ...sent, to: leaderOf(1) }]);
    expect(step(member(0), submit([transaction]))).toEqual([]);
    for (let slot = 1; slot <= 12; slot++) {
      // Rotations of two slots begin with even ones.
      const expected = (slot + 1) % 2 === 0 ? [{ ...sent, to: leaderOf(slot + 1) }] : [];
      expect(step(validator, slotInput(slot))).toEqual(expected);
    }
  });

  const genesisBank = createGenesisBank(chain);
  const blockOn = (slot: number, landing: readonly ReturnType<typeof transfer>[]) => {
    const { identity } = leaderAfter(chain, genesisBank, slotOf(slot));
    const leader = network.validators.find((each) => each.identity.address === identity)!.identity;
    const candidates = landing.map((each) => ({ transaction: each, computeUnitLimit: 1000 }));
    return produceBlock(chain, genesisBank, slotOf(slot), leader, candidates).block;
  };

  function voteFor(validator: Validator, { slot, blockId, blockhash: recentBlockhash }: Block): void {
    for (const { identity, voteAccount } of network.validators) {
      const tower = recordVote(emptyTower, slot, blockId);
      const scheme = testCrypto.signatures;
      const vote = createVote({ scheme, identity, voteAccount, tower, blockId, recentBlockhash, timestamp: null });
      step(validator, { type: "vote", vote });
    }
  }

  it("that landed in a block which is abandoned wait again, and are sent on again", () => {
    const validator = observer();
    const landing = transfer();
    step(validator, submit([landing]));
    for (let slot = 1; slot <= 3; slot++) step(validator, slotInput(slot));
    const [first, other] = [blockOn(1, [landing]), blockOn(3, [])];
    step(validator, blockInput(first));
    expect(validator.consensus.head().blockId).toBe(first.blockId);
    expect([mempoolSizeOf(validator.mempool), hasTransaction(validator.mempool, landing.messageHash)]).toEqual([
      0,
      true,
    ]);
    step(validator, blockInput(other));
    voteFor(validator, other);
    const effects = [4, 5].flatMap((slot) => [...step(validator, slotInput(slot))]);
    expect(validator.consensus.head().blockId).toBe(other.blockId);
    expect(mempoolSizeOf(validator.mempool)).toBe(1);
    const sent = effects.flatMap((effect) => (effect.type === "send-transactions" ? [...effect.transactions] : []));
    expect(sent).toEqual([landing]);
  });

  it("that landed on both forks are held aside, and of the others the pool takes what it has room for and names the rest", () => {
    const [both, abandoned, late] = [transfer(a), transfer(b), transfer(c)];
    for (const isOldHeadGone of [false, true]) {
      const validator = observer({ mempoolTransactionsMax: 2 });
      step(validator, submit([both, abandoned]));
      for (let slot = 1; slot <= 3; slot++) step(validator, slotInput(slot));
      const [first, other] = [blockOn(1, [both, abandoned]), blockOn(3, [both])];
      step(validator, blockInput(first));
      step(validator, submit([late, transfer(a, 2n)]));
      expect(mempoolSizeOf(validator.mempool)).toBe(2);
      step(validator, blockInput(other));
      voteFor(validator, other);
      if (isOldHeadGone) validator.head = invented(1);
      const dropped = reportsOf(step(validator, slotInput(4))).filter(({ type }) => type === "transaction-dropped");
      expect(validator.head).toBe(other.blockId);
      expect(dropped).toMatchObject([{ signature: abandoned.signature, code: "mempool-full" }]);
      expect([...validator.mempool.aside.keys()]).toEqual([both.messageHash]);
      expect(mempoolSizeOf(validator.mempool)).toBe(2);
    }
  });

  it("that land on the new fork make room for those that were abandoned with the old one", () => {
    const [abandoned, landing] = [transfer(a), transfer(b)];
    const validator = observer({ mempoolTransactionsMax: 1 });
    step(validator, submit([abandoned]));
    for (let slot = 1; slot <= 3; slot++) step(validator, slotInput(slot));
    const [first, other] = [blockOn(1, [abandoned]), blockOn(3, [landing])];
    step(validator, blockInput(first));
    step(validator, submit([landing]));
    step(validator, blockInput(other));
    voteFor(validator, other);
    step(validator, slotInput(4));
    const waiting = [...iterateByPriority(validator.mempool)].map(({ transaction }) => transaction);
    expect(waiting).toEqual([abandoned]);
    expect([...validator.mempool.aside.keys()]).toEqual([landing.messageHash]);
  });

  it("that expire are dropped and said to be; those that landed are not", () => {
    // The observer is node 1: while it is mute, what it forwards gets lost.
    const short = createTestCluster({ stakes: [1n], accounts: 2, params: { blockhashTtl: 5 } });
    const [from, to] = short.network.accounts;
    const { cluster: lone } = short;
    lone.advanceSlot();
    const { blockhash } = lone.observing.consensus.head().bank;
    const landing = transferOf(from!, to!.address, 1n, blockhash);
    lone.submit([landing]);
    lone.advanceSlot();
    lone.inject({ type: "link", from: 1, to: null, both: false, conditions: { cut: true } });
    const lost = transferOf(from!, to!.address, 2n, blockhash);
    lone.submit([lost]);
    const dropped = () =>
      short.seen.reports.flatMap(({ report }) => (report.type === "transaction-dropped" ? [report] : []));
    // The blockhash is block 1's: it may be named up to height 6.
    for (let slot = 3; slot <= 7; slot++) lone.advanceSlot();
    expect(dropped()).toEqual([]);
    lone.advanceSlot();
    expect(dropped()).toMatchObject([{ signature: lost.signature, code: "blockhash-expired" }]);
    expect(lone.observing.mempool.entries.length).toBe(0);
  });
});
