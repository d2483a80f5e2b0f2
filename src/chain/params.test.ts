import { describe, expect, it } from "vitest";
import { blockhashTtlFor, type ChainParams, createParams, profiles } from "./params.ts";

const refused = (overrides: Record<string, unknown>) => {
  const outcome = createParams("lab", overrides as Partial<ChainParams>);
  return outcome.ok ? null : outcome;
};

describe("params", () => {
  it("takes every preset as it is, and lays overrides over it", () => {
    for (const name of ["lab", "solana", "tutorial"] as const)
      expect(createParams(name)).toEqual({ ok: true, value: profiles[name] });
    expect(createParams("solana", { ticksPerSlot: 8, blockhashTtl: undefined as unknown as number })).toEqual({
      ok: true,
      value: { ...profiles.solana, ticksPerSlot: 8 },
    });
  });

  it.each([
    ["slotDurationMs", 1, 3_600_000],
    ["slotsPerEpoch", 32, 10_000_000],
    ["slotsPerRotation", 1, 1024],
    ["ticksPerSlot", 1, 1024],
    ["hashesPerTick", 0, 100_000_000],
    ["feeBurnPercent", 0, 100],
    ["blockhashTtl", 1, 100_000],
    ["transactionBytesMax", 200, 65_535],
    ["accountLocksMax", 2, 256],
    ["blockTransactionsMax", 1, 1_000_000],
    ["blockComputeUnitsMax", 1, 1_000_000_000_000],
    ["delinquentSlotDistance", 1, 1_000_000],
  ] as const)("holds %s within %i and %i", (field, minimum, maximum) => {
    expect(refused({ [field]: minimum })).toBeNull();
    expect(refused({ [field]: maximum })).toBeNull();
    for (const value of [minimum - 1, maximum + 1, minimum + 0.5, Number.NaN, String(minimum), BigInt(minimum), null])
      expect(refused({ [field]: value })).toMatchObject({ code: "params-invalid", facts: { field, minimum, maximum } });
  });

  it.each([
    ["lamportsPerSignature", 0n],
    ["rentLamportsPerByte", 0n],
    ["stakeMinimumDelegation", 1n],
  ])("holds %s within %i and 10^12 lamports", (field, minimum) => {
    expect(refused({ [field]: minimum })).toBeNull();
    expect(refused({ [field]: 1_000_000_000_000n })).toBeNull();
    for (const value of [minimum - 1n, 1_000_000_000_001n, 5000, "5000"])
      expect(refused({ [field]: value })).toMatchObject({ code: "params-invalid", facts: { field } });
  });

  it("asks for room for a block without transactions", () => {
    expect(refused({ blockBytesMax: 184 + 8 * 48 })).toBeNull();
    expect(refused({ blockBytesMax: 184 + 8 * 48 - 1 })).toMatchObject({
      facts: { field: "blockBytesMax", minimum: 568 },
    });
    expect(refused({ blockBytesMax: 568, ticksPerSlot: 9 })).toMatchObject({ facts: { minimum: 616 } });
    expect(refused({ blockBytesMax: 1_000_000_001 })).toMatchObject({ facts: { field: "blockBytesMax" } });
  });

  it("leaves a hash to record in before each tick's own", () => {
    expect(refused({ hashesPerTick: 1 })).toMatchObject({ facts: { field: "hashesPerTick", value: 1, minimum: 2 } });
    expect(refused({ hashesPerTick: 2 })).toBeNull();
  });

  it("keeps the tutorial's rotations one slot long", () => {
    expect(refused({ leaderPolicy: "tutorial", slotsPerRotation: 1 })).toBeNull();
    expect(refused({ leaderPolicy: "tutorial" })).toMatchObject({ facts: { field: "slotsPerRotation", maximum: 1 } });
  });

  it("lets no epoch of the tutorial's be longer than its clock can run", () => {
    const tutorial = { leaderPolicy: "tutorial", slotsPerRotation: 1 } as const;
    expect(refused({ ...tutorial, slotsPerEpoch: 1_000_000 })).toBeNull();
    expect(refused({ ...tutorial, slotsPerEpoch: 1_000_001 })).toMatchObject({
      facts: { field: "slotsPerEpoch", maximum: 1_000_000 },
    });
    expect(refused({ slotsPerEpoch: 1_000_001 })).toBeNull();
  });

  it.each([
    ["profile", "mainnet"],
    ["leaderPolicy", "random"],
    ["leaderPolicy", "toString"],
    ["signatureScheme", "rsa"],
    ["epochWarmup", "yes"],
    ["epochWarmup", 1],
    ["tutorialSeed", 5],
    ["slotsPerEpooch", 64],
    ["constructor", 1],
  ])("refuses %s = %s", (field, value) => {
    expect(refused({ [field]: value })).toMatchObject({ code: "params-invalid", facts: { field } });
  });

  it("takes no field by way of a prototype", () => {
    expect(refused(JSON.parse('{"__proto__": {"slotsPerEpoch": 7}}'))).toMatchObject({ facts: { field: "__proto__" } });
  });
});

it("keeps a blockhash for a minute of slots, and 150 at least", () => {
  expect([100, 400, 399, 401, 60_000, 1].map(blockhashTtlFor)).toEqual([600, 150, 151, 150, 150, 60_000]);
});
