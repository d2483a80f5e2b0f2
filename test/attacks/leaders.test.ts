/** Group A: what can be done to the choice of leaders. Where an attack works under the `tutorial` policy, it is shown to, beside ours. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { sha256 } from "../../src/base/sha256.ts";
import { type Bank, createGenesisBank } from "../../src/chain/bank.ts";
import { createGenesis } from "../../src/chain/genesis.ts";
import { computeGenesisHash } from "../../src/chain/genesis-text.ts";
import { epochOf, type Hash, hashBytes, type Lamports, slotOf } from "../../src/chain/ids.ts";
import { computeLeaderSeed, drawLeaders, explainDraw, orderStakes } from "../../src/chain/leader-schedule.ts";
import { epochLeadersFor } from "../../src/chain/leaders.ts";
import { produceBlock } from "../../src/chain/produce-block.ts";
import { freezeStakes } from "../../src/chain/stake-registry.ts";
import { createStakeTable, encodeStakeTable, type StakeEntry } from "../../src/chain/stake-table.ts";
import { computeTutorialLeaders, drawTutorialLeader } from "../../src/chain/tutorial-leaders.ts";
import { verifyChain } from "../../src/chain/verify-chain.ts";
import { verifyEntries } from "../../src/chain/verify-entries.ts";
import { createWeightedSampler } from "../../src/chain/weighted-sampler.ts";
import { computeFairness, computeWithinTenPercentAlarmRate } from "../../src/sim/fairness.ts";
import { chiSquareTest } from "../../src/sim/statistics.ts";
import {
  buildAttackChain,
  crypto,
  growChain,
  keysOf,
  leaderOf,
  networkOf,
  paramsOf,
  sol,
  transfer,
} from "../support/attack-chain.ts";
import {
  a,
  addressNumber,
  b,
  balances,
  c,
  register,
  registration,
  schedule,
  seedNumber,
  signatures,
} from "./registrations.ts";

describe("A1, A2: prediction", () => {
  const network = networkOf();
  const slots = Array.from({ length: 64 }, (_, i) => i + 1);
  const payer = network.accounts[0]!;
  const quiet = growChain(network, slots);
  const busy = growChain(network, slots, (slot, parent) =>
    slot === 10 ? [transfer(payer, payer.address, 1n, parent.blockhash)] : [],
  );
  const leadersIn = (grown: typeof quiet, epoch: number, bank: Bank) =>
    epochLeadersFor(grown.chain, bank, epochOf(epoch), bank.slot)?.rotations.map(({ identity }) => identity) ?? null;

  it("A1: an epoch's leaders depend on what the chain carried: one transaction of a lamport, and epoch 2 is led otherwise", () => {
    const [quietHead, busyHead] = [quiet.banks.at(-1)!, busy.banks.at(-1)!];
    for (const epoch of [0, 1]) {
      expect(leadersIn(quiet, epoch, quiet.banks[0]!)).toEqual(leadersIn(busy, epoch, busy.banks[0]!));
    }
    expect(leadersIn(quiet, 2, quietHead)).not.toBeNull();
    expect(leadersIn(quiet, 2, quietHead)).not.toEqual(leadersIn(busy, 2, busyHead));
    // The same chain, run again, has the same leaders: they follow from its blocks, and from nothing else.
    expect(leadersIn(growChain(network, slots), 2, quietHead)).toEqual(leadersIn(quiet, 2, quietHead));
    for (const { blocks } of [quiet, busy]) {
      expect(verifyChain({ genesis: network.genesis, blocks, crypto })).toMatchObject({ ok: true });
    }
  });

  it("A1: nobody can know epoch 2's leaders before the middle of epoch 1, and nobody epoch 3's after it", () => {
    const known = slots.map((slot) => leadersIn(quiet, 2, quiet.banks[slot]!) !== null);
    expect(leadersIn(quiet, 2, createGenesisBank(quiet.chain))).toBeNull();
    expect(known.indexOf(true)).toBe(slots.indexOf(48));
    expect(known.slice(known.indexOf(true)).every(Boolean)).toBe(true);
    expect(leadersIn(quiet, 3, quiet.banks.at(-1)!)).toBeNull();
  });

  it("A1: under the tutorial policy a stranger predicts every leader before slot 1: that is why it is not the default", () => {
    const tutorial = networkOf({ leaderPolicy: "tutorial" });
    const stakes = [600n, 300n, 100n].map((coins) => coins * sol);
    const predicted = computeTutorialLeaders({ seed: "genesis", stakes, slots: 40 });
    const real = growChain(
      tutorial,
      slots.filter((slot) => slot <= 40),
    );
    const identities = predicted.map((index) => tutorial.validators[index]!.identity.address);
    expect(real.blocks.map(({ leader }) => leader)).toEqual(identities);
  });

  it("A2: chains with other genesis have other Proof of History, hash by hash, and other leaders", () => {
    const other = growChain(networkOf({}, "another chain"), [1, 2]);
    const again = growChain(networkOf({}, "attack"), [1, 2]);
    const hashes = (grown: { blocks: readonly (typeof quiet.blocks)[number][] }) =>
      grown.blocks.slice(0, 2).flatMap(({ entries }) => entries.map(({ hash }) => hash.join()));
    const [ours, theirs] = [hashes(quiet), hashes(other)];
    expect(hashes(again)).toEqual(ours);
    expect(new Set([...ours, ...theirs]).size).toBe(ours.length + theirs.length);
    const [same, later] = [paramsOf(), paramsOf({ slotDurationMs: 101 })].map((params) =>
      createGenesis({ params, creationTime: 0, balances, registrations: [a] }, signatures),
    );
    if (!same?.ok || !later?.ok) throw new Error("genesis refused");
    expect(computeGenesisHash(same.value)).not.toBe(computeGenesisHash(later.value));
  });
});

describe("A3–A6: the draw", () => {
  const table = [a, b, c];

  it("A3: no bit of the PoH hash is cut off: hashes with the same last 32 bits draw other leaders, which the tutorial's rule does not", () => {
    const one = seedNumber(1);
    const stakes = table.map(({ stake }) => stake);
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
    for (let twin = 2; twin < 12; twin++) {
      const other = seedNumber(twin);
      other.set(one.subarray(28), 28);
      expect(drawTutorialLeader(hex(other), stakes)).toBe(drawTutorialLeader(hex(one), stakes));
      expect(schedule(other, table)).not.toEqual(schedule(one, table));
    }
    const expected = schedule(one, table);
    for (let bit = 0; bit < 256; bit++) {
      const flipped = one.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect(schedule(flipped, table)).not.toEqual(expected);
    }
    expect(schedule(seedNumber(1), table)).toEqual(expected);
    expect(computeLeaderSeed(one, 7)).toHaveLength(32);
  });

  it("A4: one lamport beside 10^17 has an interval of its own, and the draw that falls into it elects its holder", () => {
    const whale = 100_000_000_000_000_000n;
    // What floats make of it.
    expect(1e17 + 1).toBe(1e17);
    const sampler = createWeightedSampler([whale, 1n]);
    expect(sampler.cumulativeBefore(1)).toBe(whale);
    expect(sampler.total - sampler.cumulativeBefore(1)).toBe(1n);
    /** The smallest 64-bit number that becomes this draw. */
    const wordsFor = (draw: bigint) => {
      const v = (draw * 2n ** 64n + sampler.total - 1n) / sampler.total;
      const words = [Number(v & 0xffff_ffffn), Number(v >> 32n)];
      return { nextU32: () => words.shift()! };
    };
    expect(sampler.explainDraw(wordsFor(whale))).toEqual({ index: 1, draw: whale, rejected: 0 });
    expect(sampler.drawIndex(wordsFor(whale))).toBe(1);
    expect(sampler.explainDraw(wordsFor(whale - 1n))).toEqual({ index: 0, draw: whale - 1n, rejected: 0 });
  });

  it("A4: an outcome takes more than 32 bits: draws of one table do not repeat", () => {
    const stakes = [{ voteAccount: a.voteAccount, identity: a.identity, stake: (2n ** 63n) as Lamports }];
    const draws = Array.from({ length: 100 }, (_, n) => explainDraw({ stakes, key: seedNumber(n), rotation: 0 }).draw);
    expect(new Set(draws.map((draw) => draw & 0xffff_ffffn)).size).toBe(100);
    expect(new Set(draws.map((draw) => draw >> 32n)).size).toBe(100);
  });

  it("A5: the order of registration changes nothing: same stake table, same leaders", () => {
    const orders = [
      [a, b, c],
      [c, b, a],
      [b, c, a],
    ];
    const tables = orders.map((order) => {
      const registry = register(order);
      if (!registry.ok) throw new Error(registry.code);
      return encodeStakeTable(freezeStakes(registry.value));
    });
    expect(tables[1]).toEqual(tables[0]);
    expect(tables[2]).toEqual(tables[0]);
    for (const order of orders) expect(schedule(seedNumber(1), order)).toEqual(schedule(seedNumber(1), table));
    // The tutorial's rule is as weak as it was shown to be.
    const tutorial = (stakes: bigint[]) => computeTutorialLeaders({ seed: "genesis", stakes, slots: 100 });
    const reversed = tutorial([100n, 300n, 600n]).map((index) => 2 - index);
    expect(reversed).not.toEqual(tutorial([600n, 300n, 100n]));
  });

  it("A6: stakes are integers, whose sums know no order; a fraction of a lamport is refused", () => {
    const amounts = fc.array(fc.bigInt(1n, 2n ** 58n), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(amounts, (stakes) => {
        const entries = stakes.map((stake, n): StakeEntry => {
          const address = addressNumber(n);
          return { voteAccount: address, identity: address, stake: stake as Lamports };
        });
        expect(createStakeTable(entries.toReversed())).toEqual(createStakeTable(entries));
        expect(createStakeTable(entries).total).toBe(stakes.reduce((sum, stake) => sum + stake, 0n));
      }),
      { seed: 1234, numRuns: 100 },
    );
    expect([0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1]).toEqual([0.6000000000000001, 0.6]);
    const tenth = 0.1 as unknown as bigint;
    expect(register([registration("a", tenth)])).toMatchObject({ ok: false, code: "stake-not-positive" });
    expect(() => schedule(seedNumber(1), [{ ...a, stake: tenth as Lamports }])).toThrow(/give lamports as a bigint/);
  });
});

describe("A7: stakes are frozen before the seed is known", () => {
  const rotations = 100;
  // Ten equal stakes: then the vote account's bytes decide whose interval lies where.
  const entryOf = (n: number): StakeEntry => ({ voteAccount: addressNumber(n), identity: a.identity, stake: c.stake });
  const honest = Array.from({ length: 9 }, (_, n) => entryOf(n));
  const candidates = Array.from({ length: 40 }, (_, n) => entryOf(100 + n));
  /** Rotations won by a 10 % holder under this vote account and seed. */
  const wins = (candidate: StakeEntry, seed: number) => {
    const entries = orderStakes([...honest, candidate]);
    const own = entries.indexOf(candidate);
    return drawLeaders(entries, computeLeaderSeed(seedNumber(seed), 7), rotations).filter((index) => index === own)
      .length;
  };
  const winsOver = (candidate: StakeEntry, firstSeed: number, seeds: number) => {
    let won = 0;
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) won += wins(candidate, seed);
    return won;
  };
  const share = [0.1, 0.9];

  it("A7: a vote account ground over known seeds changes its place, and wins its share under unknown ones, no more", () => {
    const known = candidates.map((candidate) => winsOver(candidate, 0, 10));
    const ground = candidates[known.indexOf(Math.max(...known))]!;
    const places = new Set(candidates.map((candidate) => orderStakes([...honest, candidate]).indexOf(candidate)));
    expect(places.size).toBeGreaterThan(5);
    expect(Math.max(...known)).toBeGreaterThan(Math.min(...known));
    const won = winsOver(ground, 1000, 500);
    expect(chiSquareTest([won, 500 * rotations - won], share).pValue).toBeGreaterThan(0.001);
  });

  it("A7: who could choose his key after the seed would win far above his share: the order in time is what protects", () => {
    let won = 0;
    for (let seed = 1000; seed < 1030; seed++) {
      won += Math.max(...candidates.map((candidate) => wins(candidate, seed)));
    }
    expect(chiSquareTest([won, 30 * rotations - won], share).pValue).toBeLessThan(1e-6);
    expect(won / (30 * rotations)).toBeGreaterThan(0.12);
  });

  it("A7: a known limit: the leader of the last slot before the seed can still choose among the blocks he could make", () => {
    const network = networkOf();
    const slots = Array.from({ length: 46 }, (_, i) => i + 1);
    const { chain, banks } = growChain(network, slots);
    const parent = banks.at(-1)!;
    const leader = keysOf(network).get(leaderOf(chain, parent, 47))!;
    const payer = network.accounts[0]!;
    const slotsWon = (lamports: bigint) => {
      const transaction = transfer(payer, payer.address, lamports, parent.blockhash);
      const candidates = [{ transaction, computeUnitLimit: 3000 }];
      const { bank } = produceBlock(chain, parent, slotOf(47), leader, candidates);
      const leaders = epochLeadersFor(chain, bank, epochOf(2), 48)!;
      return leaders.rotations.filter(({ identity }) => identity === leader.address).length;
    };
    const choices = Array.from({ length: 50 }, (_, i) => slotsWon(BigInt(i)));
    const mean = choices.reduce((sum, won) => sum + won, 0) / choices.length;
    expect(Math.max(...choices)).toBeGreaterThan(mean + 2);
  });

  it("A7: an epoch's stake table is fixed a whole epoch before it, and before the hash that seeds it", () => {
    const network = networkOf();
    const { chain, banks } = growChain(
      network,
      Array.from({ length: 64 }, (_, i) => i + 1),
    );
    const tableAt = (slot: number) => banks[slot]!.stakeTables.get(epochOf(2));
    const seedAt = (slot: number) => banks[slot]!.leaderHashes.get(epochOf(2));
    expect([tableAt(31), seedAt(31)]).toEqual([undefined, undefined]);
    expect(tableAt(32)).toBeDefined();
    expect(seedAt(47)).toBeUndefined();
    expect(seedAt(48)).toBe(banks[47]!.blockhash);
    for (let slot = 33; slot <= 64; slot++) expect(tableAt(slot)).toBe(tableAt(32));
    expect(seedAt(64)).toBe(seedAt(48));
    expect(chain.firstEpoch).toBe(0);
  });
});

describe("A13, A14: gaps and hashes", () => {
  it("A13: a leader who is away leaves skipped slots, and the chain that stepped over them verifies", () => {
    const slots = 24;
    // The leader of slot 8, whoever it is, is away from slot 6 to slot 19.
    let away = -1;
    const attacked = buildAttackChain({
      slots,
      beforeSlot: (cluster, slot) => {
        if (slot === 6) {
          const identity = leaderOf(cluster.chain, cluster.observing.consensus.head().bank, 8);
          away = cluster.nodes.findIndex(({ validator }) => validator.identity.address === identity);
          cluster.setOnline(away, false);
        }
        if (slot === 20) cluster.setOnline(away, true);
      },
    });
    const { blocks, network, chain, banks } = attacked;
    const absent = network.validators[away]!.identity.address;
    const missing = Array.from({ length: slots }, (_, i) => i + 1).filter(
      (slot) => !blocks.some((block) => block.slot === slot),
    );
    expect(missing).toContain(8);
    for (const slot of missing) {
      const parent = banks.findLast((bank) => bank.slot < slot)!;
      expect([slot >= 6 && slot < 20, leaderOf(chain, parent, slot)]).toEqual([true, absent]);
    }
    const verdict = verifyChain({ genesis: network.genesis, blocks, crypto });
    expect(verdict).toMatchObject({ ok: true, skippedSlots: missing.length, blocks: slots - missing.length });
  });

  it("A13: whole epochs may pass without a block, and the chain goes on", () => {
    const network = networkOf();
    const { blocks } = growChain(network, [1, 2, 150, 151]);
    const verdict = verifyChain({ genesis: network.genesis, blocks, crypto });
    expect(verdict).toMatchObject({ ok: true, blocks: 4, skippedSlots: 147, lastSlot: 151 });
  });

  it("A13: no silence is too long to end: skipped slots' ticks do not count against a block's bytes", () => {
    // Room for the block and its own 8 ticks, and for nothing else.
    const network = networkOf({ blockBytesMax: 184 + 48 * 8 });
    const { blocks } = growChain(network, [1, 500]);
    const verdict = verifyChain({ genesis: network.genesis, blocks, crypto });
    expect(verdict).toMatchObject({ ok: true, skippedSlots: 498 });
  });

  it("A14: what is not a hash is refused with words, by entries and by schedules", () => {
    const odd = ["a1b2c3d4e5f6...", "", "genesis", "z".repeat(64), "ab".repeat(31), new Uint8Array(31), 5, null];
    const hash = seedNumber(1);
    const tick = { numHashes: 1, hash: sha256(hash), transactionSignatures: [] };
    const hex = Buffer.from(hash).toString("hex");
    for (const fine of [hash, hex]) {
      expect(verifyEntries({ startHash: fine, entries: [tick] })).toEqual({ ok: true });
      expect(schedule(fine, [a, b, c], 8)).toHaveLength(8);
    }
    for (const text of odd as string[]) {
      const start = verifyEntries({ startHash: text, entries: [tick] });
      expect(start).toEqual({ ok: false, index: -1, code: "malformed-start-hash" });
      const entry = verifyEntries({ startHash: hash, entries: [{ ...tick, hash: text }] });
      expect(entry).toEqual({ ok: false, index: 0, code: "malformed-entry" });
      expect(() => schedule(text, [a, b, c])).toThrow(/give (32 bytes, 64 hex digits, or base58|the PoH hash)/);
    }
    expect(() => hashBytes("a1b2c3d4e5f6..." as Hash)).toThrow("not a hash");
  });
});

describe("A15: fairness", () => {
  const shares = [600, 300, 100];

  it("A15: the lottery is fair per rotation by chi-square, and a lottery that cheats by a tenth is found", () => {
    const stakes = [a, b, c];
    const rotations = schedule(seedNumber(15), stakes, 20_000);
    const fair = computeFairness({ stakes, rotations });
    expect(fair).toMatchObject({ verdict: "consistent", reason: "p-value", falseAlarmRate: 0.001 });
    expect(fair.validators.every(({ withinInterval }) => withinInterval)).toBe(true);
    let turn = 0;
    const cheated = rotations.map((leader) => (leader === a.voteAccount && ++turn % 10 === 0 ? c.voteAccount : leader));
    expect(computeFairness({ stakes, rotations: cheated })).toMatchObject({ verdict: "suspicious", reason: "p-value" });
  });

  it("A15: the chapter's own test, within 10 % of the share, calls a perfect lottery unfair in a third of its runs", () => {
    const random = createRandom("A15", "lottery");
    const alarms = computeWithinTenPercentAlarmRate({ shares, draws: 1000, runs: 500, random });
    expect(alarms.interval[0]).toBeGreaterThan(0.28);
    expect(alarms.interval[1]).toBeLessThan(0.4);
    const patient = computeWithinTenPercentAlarmRate({ shares, draws: 100_000, runs: 5, random });
    expect(patient.alarms).toBe(0);
  });
});
