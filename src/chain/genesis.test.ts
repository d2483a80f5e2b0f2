import { describe, expect, it } from "vitest";
import { testParams } from "../../test/support/chain-builder.ts";
import { addressNamed } from "../../test/support/transactions.ts";
import {
  clockSysvarAddress,
  reducedWarmupFeatureAddress,
  stakeProgramAddress,
  systemProgramAddress,
  voteProgramAddress,
} from "./addresses.ts";
import { portableEd25519 } from "./ed25519.ts";
import { createGenesis, type GenesisPlan } from "./genesis.ts";
import { genesisSysvarLamports } from "./genesis-sysvars.ts";
import { type Address, compareAddresses, lamportsOf, u64Max } from "./ids.ts";
import { profiles } from "./params.ts";
import { decodeDelegatedStake, never, stakeAccountBytes } from "./stake-account.ts";
import type { Registration } from "./stake-registry.ts";
import { decodeVoteState, voteAccountBytes } from "./vote-state.ts";

const treasury = addressNamed("treasury");
const sol = 1_000_000_000n;

function registration(name: string, stake: bigint): Registration {
  return {
    identity: addressNamed(name),
    voteAccount: addressNamed(`${name} vote`),
    stakeAccount: addressNamed(`${name} stake`),
    stake: lamportsOf(stake),
    commission: 7,
    source: treasury,
  };
}

const plan: GenesisPlan = {
  params: testParams(),
  creationTime: 1_700_000_000,
  balances: new Map([
    [treasury, lamportsOf(10n * sol)],
    [addressNamed("empty"), lamportsOf(0n)],
  ]),
  registrations: [registration("a", 6n * sol), registration("b", 3n * sol)],
};

function created(changes: Partial<GenesisPlan> = {}) {
  return createGenesis({ ...plan, ...changes }, portableEd25519);
}

function genesisOf(changes: Partial<GenesisPlan> = {}) {
  const outcome = created(changes);
  if (!outcome.ok) throw new Error(outcome.code);
  return outcome.value;
}

describe("genesis", () => {
  const genesis = genesisOf({ firstSlot: 70 });
  const accounts = new Map(genesis.accounts);

  it("turns locked coins into stake accounts that count from the start, and leaves the rest where they were", () => {
    expect(accounts.get(treasury)).toMatchObject({ lamports: sol, owner: systemProgramAddress });
    const staked = accounts.get(addressNamed("a stake"))!;
    expect(staked).toMatchObject({ owner: stakeProgramAddress, executable: false });
    const { meta, delegation } = decodeDelegatedStake(staked.data)!;
    expect(delegation).toMatchObject({
      stake: 6n * sol,
      voteAccount: addressNamed("a vote"),
      activationEpoch: never,
      deactivationEpoch: never,
    });
    expect(staked.data).toHaveLength(stakeAccountBytes);
    expect(staked.lamports).toBe(6n * sol + meta.rentReserve);
  });

  it("gives each validator a vote account that its identity votes with, at its commission", () => {
    const vote = accounts.get(addressNamed("b vote"))!;
    expect(vote.owner).toBe(voteProgramAddress);
    expect(vote.data).toHaveLength(voteAccountBytes);
    expect(decodeVoteState(vote.data)).toMatchObject({ node: addressNamed("b") });
  });

  it("lists every account once, by address, none of them empty", () => {
    const addresses = genesis.accounts.map(([address]) => address);
    expect(addresses).toEqual([...new Set(addresses)].sort(compareAddresses));
    expect(genesis.accounts.every(([, { lamports }]) => lamports > 0n)).toBe(true);
    expect(accounts.has(addressNamed("empty"))).toBe(false);
  });

  it("remembers validators in the order of registration", () => {
    expect(genesis.validators.map(({ identity }) => identity)).toEqual([addressNamed("a"), addressNamed("b")]);
    expect(genesis.firstSlot).toBe(70);
  });

  it.each([
    ["no-validators", { registrations: [] }],
    ["time-invalid", { creationTime: -1 }],
    ["time-invalid", { creationTime: 0.5 }],
    ["first-slot-invalid", { firstSlot: -1 }],
    ["first-slot-invalid", { firstSlot: 2 ** 52 + 1 }],
    // The tutorial's clock would have to run there from its beginning.
    ["first-slot-invalid", { firstSlot: 1_000_001, params: profiles.tutorial }],
    ["address-invalid", { balances: new Map([["x" as Address, lamportsOf(1n)]]) }],
    ["stake-unbacked", { registrations: [registration("a", 11n * sol)] }],
    ["identity-registered", { registrations: [registration("a", 1n), registration("a", 1n)] }],
    // The vote account holds the treasury's remaining coins: two accounts at one address.
    ["account-in-use", { registrations: [{ ...registration("a", 1n), voteAccount: treasury }] }],
    ["account-in-use", { registrations: [{ ...registration("a", 1n), stakeAccount: voteProgramAddress }] }],
    ["account-in-use", { balances: new Map([...plan.balances, [systemProgramAddress, lamportsOf(1n)]]) }],
    ["account-in-use", { balances: new Map([...plan.balances, [clockSysvarAddress, lamportsOf(1n)]]) }],
    ["account-in-use", { registrations: [{ ...registration("a", 1n), stakeAccount: reducedWarmupFeatureAddress }] }],
    [
      "supply-too-large",
      {
        balances: new Map([
          [treasury, lamportsOf(10n * sol)],
          [addressNamed("rich"), lamportsOf(u64Max)],
        ]),
      },
    ],
  ] as const)("refuses as %s: %o", (code, changes) => {
    expect(created(changes as Partial<GenesisPlan>)).toMatchObject({ ok: false, code });
  });

  it("counts the sysvars' lamports as supply, to the last that fits", () => {
    const listed = genesisOf().accounts.reduce((sum, [, { lamports }]) => sum + lamports, 0n);
    const room = u64Max - listed - genesisSysvarLamports(plan.params);
    const withRich = (lamports: bigint) =>
      created({ balances: new Map([...plan.balances, [addressNamed("rich"), lamportsOf(lamports)]]) });
    expect(withRich(room).ok).toBe(true);
    expect(withRich(room + 1n)).toMatchObject({ ok: false, code: "supply-too-large" });
  });
});
