import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressNamed } from "../../test/support/transactions.ts";
import { compareBytes } from "../base/bytes.ts";
import { portableEd25519 } from "./ed25519.ts";
import { type Address, addressBytes, type Lamports, u64Max } from "./ids.ts";
import {
  addValidator,
  addValidators,
  createStakeRegistry,
  freezeStakes,
  type Registration,
  type StakeRegistry,
  totalStake,
  validatorAt,
  validatorsInOrder,
} from "./stake-registry.ts";
import { createStakeTable, encodeStakeTable, stakeOf } from "./stake-table.ts";

const bank = addressNamed("bank");
const other = addressNamed("other bank");

function registration(name: string, stake: bigint, changes: Partial<Record<keyof Registration, unknown>> = {}) {
  const base = {
    identity: addressNamed(name),
    voteAccount: addressNamed(`${name} vote`),
    stakeAccount: addressNamed(`${name} stake`),
    stake,
    commission: 5,
    source: bank,
  };
  return { ...base, ...changes } as Registration;
}

function registryOf(available: Record<string, bigint>): StakeRegistry {
  return createStakeRegistry(new Map(Object.entries(available)) as unknown as Map<Address, Lamports>);
}

function add(registry: StakeRegistry, ...registrations: Registration[]) {
  return addValidators(registry, registrations, portableEd25519);
}

function added(registry: StakeRegistry, ...registrations: Registration[]): StakeRegistry {
  const outcome = add(registry, ...registrations);
  if (!outcome.ok) throw new Error(outcome.code);
  return outcome.value;
}

const thousand = registryOf({ [bank]: 1000n });

describe("registering", () => {
  it("locks coins: what is staked can not be staked again", () => {
    const first = added(thousand, registration("a", 600n));
    expect(first.available.get(bank)).toBe(400n);
    expect(add(first, registration("b", 401n))).toMatchObject({
      code: "stake-unbacked",
      facts: { identity: addressNamed("b"), source: bank, stake: 401n, available: 400n },
    });
    const second = added(first, registration("b", 400n));
    expect(second.available.get(bank)).toBe(0n);
    expect(totalStake(second)).toBe(1000n);
    expect(add(second, registration("c", 1n))).toMatchObject({ code: "stake-unbacked", facts: { available: 0n } });
  });

  it("locks coins of the source alone", () => {
    const registry = added(registryOf({ [bank]: 10n, [other]: 10n }), registration("a", 10n, { source: other }));
    expect([registry.available.get(bank), registry.available.get(other)]).toEqual([10n, 0n]);
    expect(add(registry, registration("b", 1n, { source: addressNamed("nobody") }))).toMatchObject({
      code: "stake-unbacked",
      facts: { available: 0n },
    });
  });

  it("leaves the registry it was given as it was", () => {
    added(thousand, registration("a", 600n));
    expect([thousand.validators.size, thousand.available.get(bank)]).toEqual([0, 1000n]);
  });

  it("takes all or none", () => {
    expect(add(thousand, registration("a", 600n), registration("b", 500n))).toMatchObject({ code: "stake-unbacked" });
    expect(thousand.validators.size).toBe(0);
  });

  it.each([
    ["stake-not-positive", { stake: 0n }],
    ["stake-not-positive", { stake: -1n }],
    ["stake-not-positive", { stake: u64Max + 1n }],
    ["stake-not-positive", { stake: 5 }],
    ["stake-not-positive", { stake: undefined }],
    ["commission-out-of-range", { commission: -1 }],
    ["commission-out-of-range", { commission: 101 }],
    ["commission-out-of-range", { commission: 5.555 }],
    ["commission-out-of-range", { commission: "5" }],
    ["commission-out-of-range", { commission: Number.NaN }],
    ["key-invalid", { identity: "not base58!" }],
    ["key-invalid", { identity: null }],
    ["key-invalid", { voteAccount: "" }],
    ["key-invalid", { stakeAccount: "1".repeat(31) }],
    // A point of small order: nobody can sign for it, and anybody can.
    ["key-invalid", { identity: "11111111111111111111111111111111" }],
    ["identity-registered", { identity: addressNamed("there") }],
    ["account-in-use", { voteAccount: addressNamed("there vote") }],
    ["account-in-use", { stakeAccount: addressNamed("there stake") }],
    ["account-in-use", { voteAccount: addressNamed("there") }],
    ["account-in-use", { identity: addressNamed("there vote") }],
    ["account-in-use", { identity: addressNamed("new vote") }],
    ["account-in-use", { stakeAccount: addressNamed("new vote") }],
    ["account-in-use", { stakeAccount: addressNamed("new") }],
    ["stake-unbacked", { source: other }],
  ] as const)("refuses as %s: %o", (code, changes) => {
    const registry = added(thousand, registration("there", 1n));
    expect(add(registry, registration("new", 1n)).ok).toBe(true);
    expect(add(registry, registration("new", 1n, changes))).toMatchObject({ ok: false, code });
  });

  it("takes commissions of 0 and 100", () => {
    for (const commission of [0, 100]) expect(add(thousand, registration("a", 1n, { commission })).ok).toBe(true);
  });

  it("refuses a total stake that no u64 holds, from however many sources", () => {
    const rich = registryOf({ [bank]: u64Max, [other]: u64Max });
    const full = added(rich, registration("a", u64Max));
    expect(totalStake(full)).toBe(u64Max);
    expect(add(full, registration("b", 1n, { source: other }))).toMatchObject({ code: "total-stake-too-large" });
    const atOnce = add(rich, registration("a", u64Max), registration("b", 1n, { source: other }));
    expect(atOnce).toMatchObject({ code: "total-stake-too-large" });
  });

  it("adds one by one what it adds at once", () => {
    const registrations = ["a", "b", "c"].map((name, i) => registration(name, BigInt(i + 1)));
    let registry = thousand;
    for (const one of registrations) {
      const outcome = addValidator(registry, one, portableEd25519);
      if (!outcome.ok) throw new Error(outcome.code);
      registry = outcome.value;
    }
    expect(registry).toEqual(added(thousand, ...registrations));
  });
});

describe("the registry's views", () => {
  const registry = added(
    thousand,
    registration("a", 5n),
    registration("b", 300n),
    registration("c", 300n),
    registration("d", 7n),
  );

  it("finds a validator by identity, or says there is none", () => {
    expect(validatorAt(registry, addressNamed("b"))?.stake).toBe(300n);
    expect(validatorAt(registry, addressNamed("b vote"))).toBeNull();
  });

  it("remembers the order of registration", () => {
    expect([...registry.validators.keys()]).toEqual(["a", "b", "c", "d"].map(addressNamed));
  });

  it("puts the largest stake first, and of equal ones the larger vote account", () => {
    const [first, second, ...rest] = validatorsInOrder(registry);
    expect(rest.map(({ stake }) => stake)).toEqual([7n, 5n]);
    expect([first!.stake, second!.stake]).toEqual([300n, 300n]);
    expect(compareBytes(addressBytes(first!.voteAccount), addressBytes(second!.voteAccount))).toBeGreaterThan(0);
  });

  it("freezes into the same table, whoever registered first", () => {
    const table = freezeStakes(registry);
    expect(table.entries.map(({ voteAccount }) => voteAccount)).toEqual(
      validatorsInOrder(registry).map(({ voteAccount }) => voteAccount),
    );
    expect([table.total, table.supermajority]).toEqual([612n, 408n]);
    expect(stakeOf(table, addressNamed("d vote"))).toBe(7n);
    expect(stakeOf(table, addressNamed("d"))).toBe(0n);
    const reversed = added(thousand, ...[...registry.validators.values()].reverse());
    expect(encodeStakeTable(freezeStakes(reversed))).toEqual(encodeStakeTable(table));
    // Frozen: what registers later does not count in it.
    added(registry, registration("late", 100n));
    expect(table.total).toBe(612n);
  });
});

describe("stake table", () => {
  const names = ["a", "b", "c", "d", "e"];
  const stakes = fc.array(fc.bigInt({ min: 0n, max: 3n }), { minLength: 5, maxLength: 5 });

  it("is one table for one set of stakes, in whatever order they come, without those of 0", () => {
    fc.assert(
      fc.property(stakes, fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), (amounts, order) => {
        const entries = names.map((name, i) => ({
          voteAccount: addressNamed(`${name} vote`),
          identity: addressNamed(name),
          stake: amounts[i]! as Lamports,
        }));
        const table = createStakeTable(entries);
        expect(createStakeTable(order.map((i) => entries[i]!))).toEqual(table);
        expect(table.total).toBe(amounts.reduce((sum, amount) => sum + amount, 0n));
        expect(table.entries).toHaveLength(amounts.filter((amount) => amount > 0n).length);
        for (const [i, name] of names.entries()) expect(stakeOf(table, addressNamed(`${name} vote`))).toBe(amounts[i]);
        // The least stake that is strictly more than two thirds.
        expect(3n * (table.supermajority + 1n) > 2n * table.total).toBe(true);
        expect(3n * table.supermajority > 2n * table.total).toBe(false);
      }),
      { seed: 1234, numRuns: 100 },
    );
  });

  it("has an encoding that any stake, identity or vote account changes", () => {
    const entry = { voteAccount: addressNamed("v"), identity: addressNamed("i"), stake: 7n as Lamports };
    const texts = [
      [],
      [entry],
      [{ ...entry, stake: 8n as Lamports }],
      [{ ...entry, identity: addressNamed("j") }],
      [{ ...entry, voteAccount: addressNamed("w") }],
      [entry, { ...entry, voteAccount: addressNamed("w") }],
    ].map((entries) => encodeStakeTable(createStakeTable(entries)).join());
    expect(new Set(texts).size).toBe(6);
  });

  it("asserts what callers see to: each vote account once, a total that a u64 holds", () => {
    const entry = { voteAccount: addressNamed("v"), identity: addressNamed("i"), stake: u64Max as Lamports };
    expect(() => createStakeTable([entry, entry])).toThrow("a vote account stands twice");
    expect(() =>
      createStakeTable([entry, { ...entry, voteAccount: addressNamed("w"), stake: 1n as Lamports }]),
    ).toThrow("total stake above");
  });
});
