import { describe, expect, it } from "vitest";
import { portableEd25519 } from "../chain/ed25519.ts";
import { lamportsPerSol } from "../chain/ids.ts";
import { createParams } from "../chain/params.ts";
import { decodeStakeState, never } from "../chain/stake-account.ts";
import { parseGenesisFile } from "./genesis-file.ts";
import { createNetwork } from "./network.ts";
import { yamlTextMax } from "./yaml-text.ts";

const example = `
profile: lab
params: { slotsPerEpoch: 64, stakeWarmup: instant, stakeMinimumDelegation: 1000000000 }
seed: rehearsal
accounts:
  - { name: alice, sol: 500 }
  - { name: cold, sol: "0.000000001", address: 9B5XszUGdMaxCZ7uSQhPzdks5ZQSmWxrmzCSvtJ6Ns6g }
validators:
  - { name: north, stake: 4000, commission: 7.25 }
  - { stake: 1000, status: delinquent }
stakeAccounts:
  - { validator: north, stake: 250.5, state: activating, staker: alice }
  - { validator: validator-1, stake: 100, state: deactivating, withdrawer: cold, lockup: { epoch: 10, custodian: cold } }
  - { validator: north, stake: 7, state: inactive }
  - { validator: north, stake: 8, state: active, staker: 9B5XszUGdMaxCZ7uSQhPzdks5ZQSmWxrmzCSvtJ6Ns6g }
  - { stake: 3, state: initialized }
`;

function networkOf(text: string) {
  const file = parseGenesisFile(text);
  if (!file.ok) return file;
  const { profile, overrides, ...plan } = file.value;
  const params = createParams(profile, overrides);
  return params.ok
    ? createNetwork({ ...plan, creationTime: plan.creationTime ?? 1, params: params.value }, portableEd25519)
    : params;
}

function problemOf(text: string) {
  const outcome = networkOf(text);
  return outcome.ok ? null : { code: outcome.code, ...outcome.facts };
}

const one = "validators: [{ name: north, stake: 10 }]";

describe("a genesis file", () => {
  it("makes stakes in every state, owned and locked as it says", () => {
    const network = networkOf(example);
    if (!network.ok) throw new Error(JSON.stringify(network.facts));
    const { genesis, stakeAccounts, accounts, validators, offline } = network.value;
    const accountAt = new Map(genesis.accounts);
    const states = stakeAccounts.map((address) => decodeStakeState(accountAt.get(address)!.data)!);
    const [alice] = accounts;
    const cold = "9B5XszUGdMaxCZ7uSQhPzdks5ZQSmWxrmzCSvtJ6Ns6g";
    expect(accounts).toHaveLength(1);
    expect(offline).toEqual([1]);
    expect(genesis.params).toMatchObject({
      slotsPerEpoch: 64,
      stakeWarmup: "instant",
      stakeMinimumDelegation: 10n ** 9n,
    });
    const [north, south] = validators.map(({ voteAccount }) => voteAccount);
    const owned = { staker: alice!.address, withdrawer: alice!.address };
    expect(states).toMatchObject([
      {
        meta: owned,
        delegation: { voteAccount: north, stake: 250_500_000_000n, activationEpoch: 0n, deactivationEpoch: never },
      },
      {
        meta: { withdrawer: cold, lockup: { epoch: 10n, unixTimestamp: 0n, custodian: cold } },
        delegation: { voteAccount: south, stake: 100n * lamportsPerSol, activationEpoch: never, deactivationEpoch: 0n },
      },
      { delegation: { activationEpoch: 0n, deactivationEpoch: 0n } },
      { meta: { staker: cold, withdrawer: cold }, delegation: { activationEpoch: never, deactivationEpoch: never } },
      { type: "initialized", meta: owned },
    ]);
    expect(accountAt.get(stakeAccounts[4]!)!.lamports).toBe(3n * lamportsPerSol + 2_282_880n);
    expect(accountAt.get(cold as never)!.lamports).toBe(1n);
  });

  it("reads JSON as well, and gives what is left out its usual value", () => {
    const network = networkOf('{"validators":[{"stake":"1.5"}]}');
    expect(network.ok && network.value.accounts.length).toBe(5);
    expect(network.ok && network.value.genesis.params.profile).toBe("lab");
  });

  const wrong: readonly (readonly [name: string, text: string, expected: object])[] = [
    [
      "text that is no YAML",
      "validators: [",
      { code: "genesis-file-malformed", problem: expect.stringMatching(/line 1, column \d+$/) },
    ],
    [
      "two stake accounts of one name",
      `${one}\nstakeAccounts: [{ name: a, stake: 1, state: initialized }, { name: a, stake: 1, state: initialized }]`,
      { problem: "two stake accounts are named a", at: "stakeAccounts.1.name" },
    ],
    [
      "an amount in words",
      'validators: [{ stake: "ten" }]',
      { problem: expect.stringMatching(/^an amount is SOL/), at: "validators.0.stake" },
    ],
    ["nothing", "", { problem: "expected an object, and it is null" }],
    ["a list", "[1]", { problem: expect.stringMatching(/^a network needs validators/) }],
    ["no list of validators", "validators: 4", { problem: "expected a list, and it is 4", at: "validators" }],
    ["a field left out", "validators: [{ name: a }]", { problem: "the field stake is missing" }],
    [
      "an amount with a comma",
      'validators: [{ stake: "1,5" }]',
      { problem: expect.stringMatching(/an amount is SOL/) },
    ],
    ["a number that lost digits", "validators: [{ stake: 123456789.123456789 }]", { at: "validators.0.stake" }],
    ["lists far too deep", "[".repeat(20_000) + "]".repeat(20_000), { problem: "nested deeper than 32" }],
    ["objects far too deep", `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`, { problem: "nested deeper than 32" }],
    ["lines far too deep", `${"- ".repeat(20_000)}a`, { problem: "nested deeper than 32" }],
    [
      "no validators",
      "validators: []",
      { problem: expect.stringMatching(/^a network needs validators/), at: "validators" },
    ],
    ["an unknown field", `${one}\nvalidator: 3`, { problem: "there is no such field: validator", at: "validator" }],
    ["a negative stake", "validators: [{ stake: -1 }]", { at: "validators.0.stake" }],
    ["a zero stake", "validators: [{ stake: 0 }]", { code: "stake-not-positive" }],
    ["too many decimals", "validators: [{ stake: 0.1234567891 }]", { at: "validators.0.stake" }],
    ["a stake above the supply", 'validators: [{ stake: "99999999999" }]', { problem: "more than 2^64 - 1 lamports" }],
    ["NaN", "validators: [{ stake: .nan }]", { at: "validators.0.stake" }],
    ["a commission above 100", "validators: [{ stake: 1, commission: 100.01 }]", { at: "validators.0.commission" }],
    [
      "a commission of three decimals",
      "validators: [{ stake: 1, commission: 1.001 }]",
      { code: "commission-out-of-range" },
    ],
    ["a status it does not know", "validators: [{ stake: 1, status: sleepy }]", { at: "validators.0.status" }],
    ["jailed without an end", "validators: [{ stake: 1, status: jailed }]", { at: "validators.0" }],
    ["two of one name", "validators: [{ stake: 1, name: a }, { stake: 1, name: a }]", { at: "validators.1.name" }],
    ["a state it does not know", `${one}\nstakeAccounts: [{ stake: 1, state: hot }]`, { at: "stakeAccounts.0.state" }],
    [
      "stake with an unknown validator",
      `${one}\nstakeAccounts: [{ stake: 1, state: active, validator: nort }]`,
      { problem: "there is no validator nort", at: "stakeAccounts.0.validator", known: "north" },
    ],
    [
      "delegated stake without a validator",
      `${one}\nstakeAccounts: [{ stake: 1, state: active }]`,
      { at: "stakeAccounts.0.validator" },
    ],
    [
      "an owner nobody knows",
      `${one}\nstakeAccounts: [{ stake: 1, state: initialized, staker: bob }]`,
      { at: "stakeAccounts.0.staker", known: "account-0, account-1, account-2, account-3, account-4" },
    ],
    [
      "stake below the minimum",
      `${one}\nparams: { stakeMinimumDelegation: 1000000000 }\nstakeAccounts: [{ stake: 0.5, state: active, validator: north }]`,
      { code: "stake-below-minimum" },
    ],
    ["a parameter it does not know", `${one}\nparams: { slotsPerEpok: 64 }`, { code: "params-invalid" }],
    ["an amount that is none", `${one}\nparams: { lamportsPerSignature: 1.5 }`, { at: "params.lamportsPerSignature" }],
    ["a prototype's name as parameter", `${one}\nparams: { toString: 1 }`, { code: "params-invalid" }],
    [
      "a bomb of aliases",
      `a: &a [1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]`,
      { code: "genesis-file-malformed" },
    ],
    ["a text too long", " ".repeat(yamlTextMax + 1), { code: "genesis-file-malformed" }],
    [
      "the same address twice",
      `${one}\naccounts: [{ name: a, sol: 1, address: 9B5XszUGdMaxCZ7uSQhPzdks5ZQSmWxrmzCSvtJ6Ns6g }]\nstakeAccounts: [{ stake: 1, state: initialized, address: 9B5XszUGdMaxCZ7uSQhPzdks5ZQSmWxrmzCSvtJ6Ns6g }]`,
      { code: "account-in-use" },
    ],
  ];

  it.each(wrong)("refuses %s", (_, text, expected) => {
    expect(problemOf(text)).toMatchObject(expected);
  });
});
