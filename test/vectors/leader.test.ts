import { ed25519 } from "@noble/curves/ed25519.js";
import { describe, expect, it } from "vitest";
import { encodeBase58 } from "../../src/base/base58.ts";
import { concatBytes, decodeHex, encodeHex } from "../../src/base/bytes.ts";
import { sha256 } from "../../src/base/sha256.ts";
import { computeLeaderSchedule } from "../../src/chain/compute-leader-schedule.ts";
import { type Address, addressBytes, addressOf, lamportsOf } from "../../src/chain/ids.ts";
import { drawLeaders, explainDraw, orderStakes, solanaLeaderKey } from "../../src/chain/leader-schedule.ts";
import type { StakeEntry } from "../../src/chain/stake-table.ts";
import { readVector, vectorsNote, vectorsPresent } from "../support/vectors.ts";

type Signed = { readonly message: string; readonly signature: string };
type KeyedVector = {
  readonly epoch: string;
  readonly slots: number;
  readonly repeat: number;
  readonly stakes: readonly (readonly [key: string, stake: string])[];
};

/** Validator i: the key is i as u16, little-endian, and zeros. */
function numberedAddress(i: number): Address {
  const bytes = new Uint8Array(32);
  bytes[0] = i;
  bytes[1] = i >>> 8;
  return addressOf(bytes);
}

function stakeOf(key: string, stake: string | bigint): StakeEntry {
  return { voteAccount: key as Address, identity: key as Address, stake: lamportsOf(BigInt(stake)) };
}

function scheduleOf(vector: KeyedVector, stakes: readonly StakeEntry[]): Address[] {
  return computeLeaderSchedule({
    policy: "solana",
    epoch: BigInt(vector.epoch),
    stakes,
    slotsPerEpoch: vector.slots,
    slotsPerRotation: vector.repeat,
  }).rotations;
}

describe.skipIf(!vectorsPresent)(`leader schedules (${vectorsNote})`, () => {
  it("small stakes give the exact orders of Agave's tests", () => {
    type Exact = { epoch: string; stakes: number[]; len: number; repeat: number; order: number[] };
    const { exact } = readVector<{ exact: Exact[] }>("leader/agave-unit-cases.json");
    expect(exact.length).toBe(10);
    for (const { epoch, stakes, len, repeat, order } of exact) {
      const entries = stakes.map((stake, i) => stakeOf(numberedAddress(i), BigInt(stake)));
      const rotations = scheduleOf({ epoch, slots: len, repeat, stakes: [] }, entries);
      const leaders = order.map((_, slot) => rotations[Math.floor(slot / repeat)]);
      expect(leaders, `epoch ${epoch}, stakes ${stakes}`).toEqual(order.map(numberedAddress));
    }
  });

  it("65,536 validators give the hashed orders of Agave's tests", () => {
    type Hashed = { epoch: string; len: number; pow: number; sha256_base58: string };
    const { hashed } = readVector<{ hashed: Hashed[] }>("leader/agave-unit-cases.json");
    expect(hashed.length).toBe(5);
    const keys = Array.from({ length: 65_536 }, (_, i) => numberedAddress(i));
    for (const { epoch, len, pow, sha256_base58 } of hashed) {
      const entries = orderStakes(keys.map((key, i) => stakeOf(key, BigInt(i) ** BigInt(pow))));
      const drawn = drawLeaders(entries, solanaLeaderKey(BigInt(epoch)), len);
      const bytes = concatBytes(...Array.from(drawn, (index) => addressBytes(entries[index]!.voteAccount)));
      expect(encodeBase58(sha256(bytes)), `epoch ${epoch}, power ${pow}`).toBe(sha256_base58);
    }
  });

  it("100 keys give Agave's list of 321 slots, and every draw can be explained", () => {
    const vector = readVector<KeyedVector & { leaders: string[] }>("leader/agave-100-keys.json");
    const stakes = vector.stakes.map(([key, stake]) => stakeOf(key, stake));
    const rotations = scheduleOf(vector, stakes);
    expect(rotations.length).toBe(81);
    expect(vector.leaders.map((_, slot) => rotations[Math.floor(slot / vector.repeat)])).toEqual(vector.leaders);
    const key = solanaLeaderKey(BigInt(vector.epoch));
    for (const [rotation, leader] of rotations.entries())
      expect(explainDraw({ stakes, key, rotation }).voteAccount).toBe(leader);
  });

  it("mainnet epoch 0: equal stakes, so the order of keys names the leader that signed slot 1", () => {
    type Mainnet = KeyedVector & {
      vote_keyed_alternative: KeyedVector["stakes"];
      facts: { slot: string; node: string; signed: Signed[] }[];
    };
    const vector = readVector<Mainnet>("leader/mainnet-epoch-0.json");
    const [fact] = vector.facts;
    const stakes = vector.stakes.map(([key, stake]) => stakeOf(key, stake));
    const rotations = scheduleOf(vector, stakes);
    expect(rotations.length).toBe(108_000);
    expect(rotations[0]).toBe(fact!.node);
    for (const { message, signature } of fact!.signed)
      expect(ed25519.verify(decodeHex(signature)!, decodeHex(message)!, addressBytes(rotations[0]!))).toBe(true);

    // With ties the other way round, or keyed by vote account, another validator would have led.
    const { index } = explainDraw({ stakes, key: solanaLeaderKey(0), rotation: 0 });
    expect(orderStakes(stakes).toReversed()[index]!.voteAccount).not.toBe(fact!.node);
    const identityOf = new Map(vector.vote_keyed_alternative.map(([vote], i) => [vote, vector.stakes[i]![0]]));
    const byVote = scheduleOf(
      vector,
      vector.vote_keyed_alternative.map(([key, stake]) => stakeOf(key, stake)),
    );
    expect(identityOf.get(byVote[0]!)).not.toBe(fact!.node);
  });

  it("testnet epoch 980: real stakes name the identities that led and signed two real slots", () => {
    type Testnet = {
      readonly epoch: string;
      readonly first_slot: string;
      readonly slots: number;
      readonly repeat: number;
      readonly total_stake: string;
      readonly stakes: readonly (readonly [vote: string, node: string, stake: string])[];
      readonly computed_sha256: string;
      readonly facts: { slot: string; node?: string; signed?: { merkle_root: string; signature: string }[] }[];
    };
    const vector = readVector<Testnet>("leader/testnet-epoch-980.json");
    const stakes = vector.stakes.map(([voteAccount, identity, stake]) => ({
      voteAccount,
      identity,
      stake: BigInt(stake),
    }));
    const { rotations } = computeLeaderSchedule({
      policy: "solana",
      epoch: Number(vector.epoch),
      stakes: stakes.toReversed(),
      slotsPerEpoch: vector.slots,
      slotsPerRotation: vector.repeat,
    });
    expect(rotations.length).toBe(108_000);
    expect(stakes.reduce((sum, { stake }) => sum + stake, 0n)).toBe(BigInt(vector.total_stake));
    expect(encodeHex(sha256(concatBytes(...rotations.map(addressBytes))))).toBe(vector.computed_sha256);
    const identityAt = new Map(stakes.map(({ voteAccount, identity }) => [voteAccount, identity]));
    expect(vector.facts.length).toBe(2);
    for (const { slot, node, signed = [] } of vector.facts) {
      const rotation = Math.floor((Number(slot) - Number(vector.first_slot)) / vector.repeat);
      const identity = identityAt.get(rotations[rotation]!)!;
      if (node !== undefined) expect(identity).toBe(node);
      for (const { merkle_root, signature } of signed)
        expect(ed25519.verify(decodeHex(signature)!, decodeHex(merkle_root)!, addressBytes(identity as Address))).toBe(
          true,
        );
    }
  });
});
