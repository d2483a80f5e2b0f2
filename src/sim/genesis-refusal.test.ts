import { describe, expect, it } from "vitest";
import { portableEd25519 } from "../chain/ed25519.ts";
import { createParams } from "../chain/params.ts";
import { parseGenesisFile } from "./genesis-file.ts";
import { explainGenesisRefusal } from "./genesis-refusal.ts";
import { createNetwork } from "./network.ts";

function explained(text: string) {
  const file = parseGenesisFile(text);
  if (!file.ok) throw new Error(JSON.stringify(file.facts));
  const { profile, overrides, ...plan } = file.value;
  const params = createParams(profile, overrides);
  if (!params.ok) throw new Error(JSON.stringify(params.facts));
  const network = createNetwork({ ...plan, creationTime: 1, params: params.value }, portableEd25519);
  return network.ok ? null : explainGenesisRefusal(network, plan);
}

const one = "validators: [{ name: north, stake: 10 }]";
const cold = "9B5XszUGdMaxCZ7uSQhPzdks5ZQSmWxrmzCSvtJ6Ns6g";

describe("a genesis that cannot be is explained", () => {
  const cases: readonly (readonly [name: string, text: string, at: string, problem: RegExp])[] = [
    [
      "by the place and the amounts in SOL, where a stake is too small",
      `${one}\nstakeAccounts:\n- { stake: 2, state: initialized }\n- { name: savings, stake: 0.5, state: active, validator: north }`,
      "stakeAccounts.1.stake",
      /^savings: 0.5 SOL, and a delegation has at least 1 SOL/,
    ],
    ["where nothing is staked", "validators: [{ stake: 1 }, { stake: 0 }]", "validators.1.stake", /more than 0 SOL/],
    [
      "where a commission is too fine",
      "validators: [{ name: north, stake: 1, commission: 1.001 }]",
      "validators.0.commission",
      /^north: .*two decimals at most, and this is 1.001/,
    ],
    [
      "where two accounts have one address",
      `${one}\naccounts: [{ name: a, sol: 1, address: ${cold} }, { name: b, sol: 2, address: ${cold} }]`,
      "accounts.1.address",
      /^b: 9B5X.* is taken/,
    ],
    [
      "where a stake has a wallet's address",
      `${one}\naccounts: [{ name: a, sol: 1, address: ${cold} }]\nstakeAccounts: [{ stake: 1, state: initialized, address: ${cold} }]`,
      "stakeAccounts.0.address",
      /is taken/,
    ],
    [
      "where a wallet has the address of a native account",
      `${one}\naccounts: [{ name: a, sol: 1, address: Vote111111111111111111111111111111111111111 }]`,
      "accounts.0.address",
      /^a: Vote1/,
    ],
    [
      "where somebody is jailed into the past",
      `${one.replace("}]", "}, { name: bad, stake: 1, status: jailed, jailedUntilEpoch: 0 }]")}`,
      "validators.1.jailedUntilEpoch",
      /^bad: epoch 0 is no later than the first/,
    ],
    [
      "where everybody is jailed",
      "validators: [{ stake: 1, status: tombstoned }]",
      "validators",
      /nobody is left to lead/,
    ],
    [
      "where nobody is slashed",
      "params: { slashing: false }\nvalidators: [{ stake: 1 }, { name: bad, stake: 1, status: tombstoned }]",
      "validators.1.status",
      /^bad: this chain does not slash/,
    ],
    ["where slots cannot be numbered", `${one}\nfirstSlot: 9007199254740990`, "firstSlot", /is not from 0 to/],
    ["where there are too many coins", `${one}\naccounts: [{ name: a, sol: "18446744073" }]`, "accounts", /2\^64 - 1/],
  ];

  it.each(cases)("%s", (_, text, at, problem) => {
    expect(explained(text)?.facts).toEqual({ at, problem: expect.stringMatching(problem) });
  });
});
