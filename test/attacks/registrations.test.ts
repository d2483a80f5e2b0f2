/** Group A, who takes part: registrations, stakes and keys that must not stand, and randomness from nowhere else. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { formatGenesis, parseGenesis } from "../../src/chain/genesis-text.ts";
import { type Address, addressOf, type Lamports } from "../../src/chain/ids.ts";
import { type AttackChain, buildAttackChain, sol, strangerOf } from "../support/attack-chain.ts";
import {
  a,
  addressNumber,
  b,
  balances,
  c,
  genesisOf,
  register,
  registration,
  schedule,
  seedNumber,
} from "./registrations.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("A8–A12: who takes part", () => {
  it("A8: leaders are drawn without the process's random generator, and leave every other stream alone", () => {
    const run = (): AttackChain => buildAttackChain({ slots: 6 });
    const expected = run().cluster.traceHash;
    const random = vi.spyOn(Math, "random").mockImplementation(() => {
      throw new Error("Math.random was asked");
    });
    expect(() => Math.random()).toThrow("Math.random was asked");
    random.mockClear();
    expect(run().cluster.traceHash).toBe(expected);
    const stream = createRandom("seed", "stream");
    const before = stream.snapshot();
    schedule(seedNumber(1), [a, b, c]);
    expect(stream.snapshot()).toEqual(before);
    expect(random).not.toHaveBeenCalled();
  });

  it("A9: a registration without coins behind it is refused, at one lamport too much", () => {
    const rich = registration("rich", 1000n * sol);
    expect(register([rich]).ok).toBe(true);
    expect(register([{ ...rich, stake: (1000n * sol + 1n) as Lamports }])).toMatchObject({
      code: "stake-unbacked",
      facts: { stake: 1000n * sol + 1n, available: 1000n * sol },
    });
    expect(register([{ ...rich, source: strangerOf("empty").address }])).toMatchObject({
      code: "stake-unbacked",
      facts: { available: 0n },
    });
    expect(register([a, b, c]).ok).toBe(true);
    expect(register([a, b, c, registration("d", 1n)])).toMatchObject({
      code: "stake-unbacked",
      facts: { available: 0n },
    });
  });

  it("A9: nobody is overwritten: an identity, a vote account or a stake account registers once", () => {
    const thief = registration("thief", 1n);
    expect(register([b, thief]).ok).toBe(true);
    expect(register([b, { ...thief, identity: b.identity }])).toMatchObject({
      code: "identity-registered",
      facts: { identity: b.identity },
    });
    for (const address of [b.identity, b.voteAccount, b.stakeAccount]) {
      const refusal = { code: "account-in-use", facts: { address } };
      expect(register([b, { ...thief, voteAccount: address }])).toMatchObject(refusal);
      expect(register([b, { ...thief, stakeAccount: address }])).toMatchObject(refusal);
    }
    expect(register([{ ...b, voteAccount: b.stakeAccount }])).toMatchObject({ code: "account-in-use" });
    const funded = new Map(balances).set(b.voteAccount, 1n as Lamports);
    expect(genesisOf([b], funded)).toMatchObject({ code: "account-in-use", facts: { address: b.voteAccount } });
  });

  it("A9: coins in a program's place are refused, so that genesis cannot overwrite a program", () => {
    const program = "11111111111111111111111111111111" as Address;
    expect(genesisOf([a], new Map(balances).set(addressNumber(1), 1n as Lamports)).ok).toBe(true);
    expect(genesisOf([a], new Map(balances).set(program, 1n as Lamports))).toMatchObject({
      code: "account-in-use",
      facts: { address: program },
    });
  });

  it("A10: a stake of NaN, infinity, nothing or less is refused, whatever its type", () => {
    expect(register([registration("a", 1n)]).ok).toBe(true);
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, -1n, 0n, -0, 5, 1e30, "600", true, null, undefined, 2n ** 64n];
    for (const stake of odd) {
      const refusal = { ok: false, code: "stake-not-positive", facts: { stake: String(stake) } };
      expect(register([registration("a", stake as bigint)])).toMatchObject(refusal);
      expect(genesisOf([registration("a", stake as bigint)])).toMatchObject(refusal);
    }
    for (const commission of [Number.NaN, Number.POSITIVE_INFINITY, -1, 101, 0.555, 100.01]) {
      expect(register([registration("a", 1n, { commission })])).toMatchObject({ code: "commission-out-of-range" });
    }
    for (const commission of [0, 0.05, 7.25, 100])
      expect(register([registration("a", 1n, { commission })]).ok).toBe(true);
  });

  it("A10: a balance of NaN, infinity or less than nothing is refused, not dropped", () => {
    for (const amount of [Number.NaN, Number.POSITIVE_INFINITY, -1n, 5, "5", true, 2n ** 64n]) {
      const given = new Map(balances).set(addressNumber(1), amount as Lamports);
      expect(genesisOf([a], given)).toMatchObject({ code: "balance-invalid", facts: { lamports: String(amount) } });
    }
    expect(genesisOf([a], new Map(balances).set(addressNumber(1), 0n as Lamports)).ok).toBe(true);
    const twoTo63 = (2n ** 63n) as Lamports;
    const tooMuch = new Map(balances).set(addressNumber(1), twoTo63).set(addressNumber(2), twoTo63);
    expect(genesisOf([a], tooMuch)).toMatchObject({ code: "supply-too-large" });
  });

  it("A11: an identity is the key that signs: there is no second field, and what cannot sign is refused", () => {
    expect(Object.keys(a)).not.toContain("publicKey");
    expect(register([a]).ok).toBe(true);
    const smallOrder = addressOf(new Uint8Array(32).fill(1, 0, 1));
    const notOnCurve = addressOf(Uint8Array.of(2, ...new Uint8Array(31)));
    const notCanonical = addressOf(new Uint8Array(32).fill(0xff));
    const odd = ["", "alice", "0x12", ` ${a.identity}`, a.identity.slice(1), smallOrder, notOnCurve, notCanonical, 5];
    for (const identity of odd) {
      expect(register([{ ...a, identity: identity as Address }])).toMatchObject({
        code: "key-invalid",
        facts: { role: "identity" },
      });
    }
    expect(register([{ ...a, voteAccount: "" as Address }])).toMatchObject({ facts: { role: "voteAccount" } });
  });

  it("A12: a chain without validators cannot begin, so none can stop for want of them", () => {
    expect(genesisOf([a]).ok).toBe(true);
    expect(genesisOf([])).toEqual({ ok: false, code: "no-validators", facts: {} });
    expect(() => schedule(seedNumber(1), [])).toThrow(/give at least one entry with stake above 0/);
  });

  it("A12: a genesis text without validators' stake is refused, before anything is asserted about it", () => {
    const whole = genesisOf([a]);
    if (!whole.ok) throw new Error(whole.code);
    expect(parseGenesis(formatGenesis(whole.value)).ok).toBe(true);
    const accounts = whole.value.accounts.filter(([address]) => address !== a.stakeAccount);
    expect(parseGenesis(formatGenesis({ ...whole.value, accounts }))).toMatchObject({
      ok: false,
      code: "genesis-malformed",
      facts: { problem: "no vote account has stake" },
    });
  });
});
