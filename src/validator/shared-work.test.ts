import { describe, expect, it } from "vitest";
import { createChainWithSleeper, createTestCluster, testCrypto, transferOf } from "../../test/support/clusters.ts";
import { accountsHash } from "../chain/accounts-tree.ts";
import { type Bank, createGenesisBank } from "../chain/bank.ts";
import { createChain } from "../chain/chain.ts";
import { slotOf } from "../chain/ids.ts";
import { leaderAfter } from "../chain/leaders.ts";
import { emptyTower, type Tower } from "../consensus/tower.ts";
import { createOwnWork, createSharedWork, replaysMax } from "./shared-work.ts";

/** The blocks of a chain that one of three validators slept through for a while, and the votes that landed in them. */
const { network, blocks } = createChainWithSleeper();
const chain = createChain(network.genesis, testCrypto);
const genesis = createGenesisBank(chain);
const work = createSharedWork(chain);
const votes = blocks
  .flatMap(({ entries }) => entries.flatMap(({ transactions }) => transactions))
  .flatMap((transaction) => work.voteIn(transaction) ?? []);
const [a, b] = network.accounts;

describe("shared work", () => {
  it("replays a block, checks a vote and reads a landed vote once for all who ask", () => {
    let verified = 0;
    const counting = createChain(network.genesis, {
      ...testCrypto,
      signatures: {
        ...testCrypto.signatures,
        verify(...triple) {
          verified++;
          return testCrypto.signatures.verify(...triple);
        },
      },
    });
    const shared = createSharedWork(counting);
    const own = createOwnWork(counting);
    const bank = genesis;
    const [block] = blocks;
    const vote = votes[0]!;
    const first = [shared.replay(bank, block!), shared.hear(vote).isGenuine, shared.voteIn(vote.transaction)];
    const once = verified;
    expect(once).toBeGreaterThan(0);
    for (let i = 0; i < 10; i++) {
      expect(shared.replay(bank, block!)).toBe(first[0]);
      expect(shared.hear(vote).isGenuine).toBe(true);
      expect(shared.voteIn(vote.transaction)).toBe(first[2]);
    }
    expect(verified).toBe(once);
    const alone = own.replay(bank, block!);
    expect(verified).toBeGreaterThan(once);
    expect(alone).toEqual(first[0]);
    expect(own.voteIn(vote.transaction)).toEqual(first[2]);
    expect(own.hear({ ...vote, slot: slotOf(99) }).isGenuine).toBe(
      shared.hear({ ...vote, slot: slotOf(99) }).isGenuine,
    );
  });

  it("gives everybody the bank that the leader made, and replay by itself gives the same; a changed copy is replayed", () => {
    const shared = createSharedWork(chain);
    const own = createOwnWork(chain);
    const bank = genesis;
    const leader = leaderAfter(chain, bank, slotOf(1)).identity;
    const { identity } = network.validators.find((validator) => validator.identity.address === leader)!;
    const candidates = [5n, 6n].map((lamports) => ({
      transaction: transferOf(a!, b!.address, lamports, bank.blockhash),
      computeUnitLimit: 1000,
    }));
    const produced = shared.produce(bank, slotOf(1), identity, candidates);
    expect(produced.bank.results.length).toBe(2);
    expect(own.produce(bank, slotOf(1), identity, candidates).block).toEqual(produced.block);
    const replayed = shared.replay(bank, produced.block);
    expect(replayed.ok && replayed.value).toBe(produced.bank);
    const alone = own.replay(bank, produced.block);
    if (!alone.ok) throw new Error(alone.code);
    expect(alone.value).not.toBe(produced.bank);
    const shown = ({ accounts, ...rest }: Bank) => ({ ...rest, accounts: accountsHash(accounts) });
    expect(shown(alone.value)).toEqual(shown(produced.bank));
    const changed = { ...produced.block, stateHash: bank.stateHash };
    expect(shared.replay(bank, changed)).toMatchObject({ ok: false, code: "block-id-wrong" });
    expect(shared.replay(produced.bank, produced.block)).toMatchObject({ ok: false, code: "block-parent-wrong" });
  });

  it("holds the banks of the newest blocks, up to the limit, and replays an older one to the same", () => {
    const shared = createSharedWork(chain);
    const bank = genesis;
    const first = shared.replay(bank, blocks[0]!);
    const replayCopies = (count: number) => {
      for (let i = 0; i < count; i++) expect(shared.replay(bank, { ...blocks[0]! }).ok).toBe(true);
    };
    replayCopies(replaysMax - 1);
    expect(shared.replay(bank, blocks[0]!)).toBe(first);
    replayCopies(1);
    const again = shared.replay(bank, blocks[0]!);
    expect(again).not.toBe(first);
    expect(again.ok && again.value.stateHash).toBe(first.ok && first.value.stateHash);
  });

  it("reads a vote once, whether it is heard of or lands, and finds the same in it as without sharing", () => {
    const shared = createSharedWork(chain);
    const own = createOwnWork(chain);
    let at = genesis;
    let count = 0;
    for (const block of blocks) {
      const replayed = shared.replay(at, block);
      if (!replayed.ok) throw new Error(replayed.code);
      at = replayed.value;
      expect(shared.votesIn(at)).toEqual(own.votesIn(at));
      for (const vote of shared.votesIn(at).flatMap((group) => group.votes)) {
        count++;
        expect(shared.hear(vote).isGenuine).toBe(own.hear(vote).isGenuine);
        expect(shared.voteIn(vote.transaction)).toBe(vote);
        expect(shared.hear({ ...vote, blockId: block.blockId }).isGenuine).toBe(false);
      }
    }
    expect(count).toBeGreaterThan(10);
  });

  it("gives a block on another parent its own answer", () => {
    const shared = createSharedWork(chain);
    const bank = genesis;
    const first = shared.replay(bank, blocks[0]!);
    if (!first.ok) throw new Error(first.code);
    expect(shared.replay(first.value, blocks[0]!)).toMatchObject({ ok: false, code: "block-parent-wrong" });
    expect(shared.replay(bank, blocks[0]!).ok).toBe(true);
  });

  it("lets a cluster execute each block once, where without it everybody checks every chain of hashes", () => {
    const checkedBy = (validators: number, sharedWork: boolean): number => {
      let checked = 0;
      const poh = {
        ...testCrypto.poh,
        hashChains(hashes: Uint8Array, counts: Float64Array) {
          checked++;
          return testCrypto.poh.hashChains(hashes, counts);
        },
      };
      const stakes = Array.from({ length: validators }, () => 1n);
      const { cluster: many } = createTestCluster({ stakes, crypto: { ...testCrypto, poh }, seed: "once", sharedWork });
      for (let slot = 1; slot <= 6; slot++) many.advanceSlot();
      expect(many.observing.consensus.head().slot).toBe(6);
      return checked;
    };
    // What its leader executed stands for everybody's replay.
    expect(checkedBy(6, true)).toBe(0);
    // Each of six blocks by all validators, its leader too, and by the observer.
    expect(checkedBy(2, false)).toBe(6 * 3);
    expect(checkedBy(6, false)).toBe(6 * 7);
  });

  it("gives those who vote alike one tower, and leads who parted from them back to it", () => {
    const shared = createSharedWork(chain);
    const own = createOwnWork(chain);
    const banks = [genesis];
    for (const block of blocks) {
      const replayed = own.replay(banks.at(-1)!, block);
      if (!replayed.ok) throw new Error(replayed.code);
      banks.push(replayed.value);
    }
    // All vote for every block, but for one who misses the third and one who knows of no other.
    let [all, late, alone]: Tower[] = [emptyTower, emptyTower, emptyTower];
    for (const [index, bank] of banks.slice(1).entries()) {
      const before = { all, late };
      all = shared.recordVote(before.all!, bank);
      expect(shared.recordVote(before.all!, bank)).toBe(all);
      expect(all).toEqual(own.recordVote(before.all!, bank));
      if (index !== 2) late = shared.recordVote(before.late!, bank);
      expect(late === all).toBe(index < 2);
      alone = own.recordVote(alone!, bank);
    }
    const bank = { ...banks.at(-1)!, slot: slotOf(99) };
    expect(shared.recordVote(alone!, bank)).toBe(shared.recordVote(all!, bank));
    // However many towers go on from there, who holds the same one gets the same one.
    const voted = banks.slice(1, -1);
    const last = banks.at(-1)!;
    const towers = voted
      .slice(-6)
      .map((missed) =>
        voted.reduce((tower, each) => (each === missed ? tower : own.recordVote(tower, each)), emptyTower),
      );
    const next = towers.map((tower) => shared.recordVote(tower, last));
    expect(new Set(next).size).toBe(towers.length);
    expect(towers.map((tower) => shared.recordVote(tower, last))).toEqual(next);
    for (const [index, tower] of towers.entries()) expect(shared.recordVote(tower, last)).toBe(next[index]);
  });

  it("makes a vote that is what its transaction says, and tells it from one with another claim", () => {
    const shared = createSharedWork(chain);
    const own = createOwnWork(chain);
    const { identity, voteAccount } = network.validators[0]!;
    const first = own.replay(genesis, blocks[0]!);
    if (!first.ok) throw new Error(first.code);
    const { blockId, blockhash: recentBlockhash } = first.value;
    const tower = shared.recordVote(emptyTower, first.value);
    const fields = { identity, voteAccount: voteAccount!, tower, blockId, recentBlockhash, timestamp: 7n };
    const vote = shared.createVote(fields);
    expect(vote).toEqual(own.createVote(fields));
    expect(own.voteIn(vote.transaction)).toEqual(vote);
    expect(shared.voteIn(vote.transaction)).toBe(vote);
    expect(shared.hear(vote).isGenuine).toBe(true);
    expect(shared.hear({ ...vote, voteAccount: identity.address }).isGenuine).toBe(false);
  });

  it("reads a vote again that lies many blocks back, and finds in it what it found before", () => {
    const shared = createSharedWork(chain);
    const vote = votes[0]!;
    const read = shared.voteIn(vote.transaction);
    for (let round = 0; round < 2 * replaysMax; round++) shared.replay(genesis, { ...blocks[0]! });
    const again = shared.voteIn(vote.transaction);
    expect(again).toEqual(read);
    expect(again).not.toBe(read);
    expect(shared.voteIn(vote.transaction)).toBe(again);
  });

  it("answers for each pair of votes as without sharing, whatever was asked before", () => {
    const shared = createSharedWork(chain);
    const own = createOwnWork(chain);
    const answers = votes.flatMap((before) => votes.map((vote) => [before, vote] as const));
    for (const [before, vote] of answers) {
      expect(shared.breaksPromise(before, vote)).toBe(own.breaksPromise(before, vote));
    }
    const [vote] = votes;
    const other = { ...vote!, blockId: blocks[5]!.blockId };
    expect(shared.breaksPromise(vote!, vote!)).toBe(false);
    expect(shared.breaksPromise(vote!, other)).toBe(true);
    expect(shared.breaksPromise(vote!, vote!)).toBe(false);
  });
});
