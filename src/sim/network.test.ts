import { describe, expect, it } from "vitest";
import { testCrypto, testParams } from "../../test/support/chain-builder.ts";
import { addressNamed } from "../../test/support/transactions.ts";
import { utf8Bytes } from "../base/bytes.ts";
import { createChain } from "../chain/chain.ts";
import { computeGenesisHash } from "../chain/genesis-text.ts";
import { type Address, u64Max } from "../chain/ids.ts";
import { createNetwork, keySeed, type NetworkPlan, validatorsMax } from "./network.ts";

const sol = 10n ** 9n;
const plan: NetworkPlan = {
  seed: "a network",
  params: testParams(),
  creationTime: 1_700_000_000,
  validators: [{ stake: 3n * sol }, { stake: 2n * sol, commission: 100 }],
  accounts: 2,
  accountLamports: 10n * sol,
};

const create = (changes: Partial<NetworkPlan> = {}) => createNetwork({ ...plan, ...changes }, testCrypto.signatures);

function networkOf(changes: Partial<NetworkPlan> = {}) {
  const outcome = create(changes);
  if (!outcome.ok) throw new Error(outcome.code);
  return outcome.value;
}

const hashOf = (changes: Partial<NetworkPlan> = {}) => computeGenesisHash(networkOf(changes).genesis);

describe("a network", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(networkOf()).toEqual(networkOf());
    const { validators } = plan;
    const hashes = [
      hashOf(),
      hashOf({ seed: "another network" }),
      hashOf({ params: testParams({ ticksPerSlot: 2 }) }),
      hashOf({ creationTime: 1 }),
      hashOf({ firstSlot: 1 }),
      hashOf({ validators: validators.toReversed() }),
      hashOf({ validators: [{ stake: 3n * sol }, { stake: 2n * sol, commission: 99 }] }),
      hashOf({ accounts: 3 }),
      hashOf({ accountLamports: 11n * sol }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it("has a key of its own for every part and number, whatever the seed's text", () => {
    const seeds = ["s", "se"].flatMap((seed) =>
      ["e", "ed", "identity", "vote"].flatMap((role) => [0, 1, 256].map((index) => keySeed(seed, role, index).join())),
    );
    expect(new Set(seeds).size).toBe(seeds.length);
    const { validators, observer, faucet, accounts, genesis } = networkOf();
    const addresses = [
      ...validators.flatMap(({ identity, voteAccount }) => [identity.address, voteAccount]),
      ...genesis.validators.map(({ stakeAccount }) => stakeAccount),
      ...[observer, faucet, ...accounts].map(({ address }) => address),
    ];
    expect(new Set(addresses).size).toBe(10);
  });

  it("keeps the keys of the first when there are more", () => {
    const more = networkOf({ validators: [...plan.validators, { stake: 1n }], accounts: 3 });
    expect(more.validators.slice(0, 2)).toEqual(networkOf().validators);
    expect(more.accounts.slice(0, 2)).toEqual(networkOf().accounts);
  });

  it("funds the faucet, the accounts and the identities, and leaves the treasury empty", () => {
    const { genesis, faucet, accounts, validators, observer } = networkOf();
    const lamports = new Map(genesis.accounts.map(([address, account]) => [address, account.lamports]));
    expect(lamports.get(faucet.address)).toBe(500_000_000n * sol);
    for (const { address } of accounts) expect(lamports.get(address)).toBe(10n * sol);
    for (const { identity } of validators) expect(lamports.get(identity.address)).toBe(1000n * sol);
    expect(lamports.has(observer.address)).toBe(false);
    const treasury = testCrypto.signatures.createKeypair(keySeed("a network", "stakes", 0)).address;
    expect(lamports.has(treasury)).toBe(false);
  });

  it("rehearses others' validators with stand-ins, who alone can sign for them", () => {
    const existing = { identity: addressNamed("theirs"), voteAccount: addressNamed("their vote") };
    const network = networkOf({ validators: [{ stake: sol, existing }, { stake: sol }] });
    const [theirs, own] = network.validators;
    expect([theirs!.identity.address, theirs!.voteAccount]).toEqual([existing.identity, existing.voteAccount]);
    const stranger = networkOf().validators[0]!.identity;
    expect(network.genesis.standIns).toEqual([{ identity: existing.identity, signer: stranger.address }]);
    const { signatures } = createChain(network.genesis, testCrypto).crypto;
    const message = utf8Bytes("a message");
    for (const { identity } of [theirs!, own!])
      expect(signatures.verify(signatures.sign(message, identity), message, identity.publicKey)).toBe(true);
    expect(
      testCrypto.signatures.verify(signatures.sign(message, theirs!.identity), message, theirs!.identity.publicKey),
    ).toBe(false);
  });

  it.each([
    ["no-validators", { validators: [] }],
    ["validators-too-many", { validators: Array(validatorsMax + 1).fill({ stake: 1n }) }],
    ["accounts-out-of-range", { accounts: 1001 }],
    ["accounts-out-of-range", { accounts: -1 }],
    ["accounts-out-of-range", { accounts: 0.5 }],
    ["balance-invalid", { accountLamports: -1n }],
    ["balance-invalid", { accountLamports: u64Max + 1n }],
    ["supply-too-large", { accountLamports: u64Max }],
    ["stake-not-positive", { validators: [{ stake: 0n }] }],
    ["stake-not-positive", { validators: [{ stake: 1n }, { stake: -1n }] }],
    ["total-stake-too-large", { validators: [{ stake: u64Max }, { stake: 1n }] }],
    ["commission-out-of-range", { validators: [{ stake: 1n, commission: 101 }] }],
    ["time-invalid", { creationTime: -1 }],
    ["first-slot-invalid", { firstSlot: -1 }],
    [
      "identity-registered",
      {
        validators: ["v", "w"].map((vote) => ({
          stake: 1n,
          existing: { identity: addressNamed("i"), voteAccount: addressNamed(vote) },
        })),
      },
    ],
    [
      "key-invalid",
      {
        validators: [{ stake: 1n, existing: { identity: "1".repeat(32) as Address, voteAccount: addressNamed("v") } }],
      },
    ],
  ])("is refused as %s", (code, changes) => {
    expect(create(changes as Partial<NetworkPlan>)).toMatchObject({ ok: false, code });
  });
});
