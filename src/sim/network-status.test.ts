import { describe, expect, it } from "vitest";
import { accountAt } from "../chain/accounts-tree.ts";
import { portableEd25519 } from "../chain/ed25519.ts";
import { formatGenesis, parseGenesis } from "../chain/genesis-text.ts";
import { lamportsPerSol, u64Max } from "../chain/ids.ts";
import { type ChainParams, createParams } from "../chain/params.ts";
import { portablePohKernel } from "../chain/poh-kernel.ts";
import { readSlashingRecord } from "../chain/slashing/jail.ts";
import { slashingRecordAddress } from "../chain/slashing/record.ts";
import { createCheckedSignatures } from "../validator/checked-signatures.ts";
import { Cluster } from "./cluster.ts";
import { createNetwork, type ValidatorPlan } from "./network.ts";

function networkOf(validators: readonly ValidatorPlan[], overrides: Partial<ChainParams> = {}) {
  const fast = { slotsPerEpoch: 32, ticksPerSlot: 1, hashesPerTick: 2 };
  const params = createParams("lab", { ...fast, ...overrides });
  if (!params.ok) throw new Error(JSON.stringify(params.facts));
  const plan = { seed: "status", params: params.value, creationTime: 1, validators, accounts: 0, accountLamports: 0n };
  return createNetwork(plan, portableEd25519);
}

function clusterOf(validators: readonly ValidatorPlan[]) {
  const network = networkOf(validators);
  if (!network.ok) throw new Error(`${network.code} ${JSON.stringify(network.facts)}`);
  const crypto = { signatures: createCheckedSignatures(portableEd25519), poh: portablePohKernel };
  return { network: network.value, cluster: new Cluster({ network: network.value, crypto, sharedWork: true }) };
}

const sol = (amount: bigint) => amount * lamportsPerSol;
const ten = { stake: sol(10n) };

describe("a network that begins with convicted validators", () => {
  const jailed = { ...ten, status: "jailed", jailedUntilEpoch: 1, slashed: sol(3n) } as const;
  const tombstoned = { ...ten, status: "tombstoned" } as const;

  it("leaves them out of the stakes that count, the jailed one until its time is over", () => {
    const { network, cluster } = clusterOf([ten, jailed, tombstoned]);
    const [free, back, gone] = network.validators.map(({ voteAccount }) => voteAccount);
    const countingIn = (epoch: number) => {
      while (cluster.observing.consensus.head().bank.epoch < epoch) cluster.advanceSlot();
      const { bank } = cluster.observing.consensus.head();
      const table = bank.stakeTables.get(bank.epoch)!;
      return [free!, back!, gone!].map((address) => table.byVoteAccount.get(address)?.stake ?? 0n);
    };
    expect(countingIn(0)).toEqual([sol(10n), 0n, 0n]);
    expect(countingIn(1)).toEqual([sol(10n), 0n, 0n]);
    // Frozen as epoch 1 began, the first in which it is free.
    const [, stake, none] = countingIn(2);
    expect([stake! >= sol(10n), none]).toEqual([true, 0n]);
  });

  it("has their records, rent-exempt, with what was taken from them", () => {
    const { network, cluster } = clusterOf([ten, jailed, tombstoned, { ...ten, slashed: 7n }]);
    const { accounts } = cluster.observing.consensus.head().bank;
    const records = network.validators.map(({ voteAccount }) => {
      const address = slashingRecordAddress(voteAccount);
      const account = accountAt(accounts, address);
      return account === null ? null : readSlashingRecord(address, account);
    });
    expect(records[0]).toBeNull();
    const [, , ...rest] = network.validators.map(({ identity }) => identity.address);
    expect(records.slice(1)).toMatchObject([
      { jailedUntilEpoch: 1n, tombstoned: false, takenTotal: sol(3n), convictionsTotal: 1, convictions: [] },
      { jailedUntilEpoch: u64Max, tombstoned: true, takenTotal: 0n, identity: rest[0] },
      { jailedUntilEpoch: 0n, tombstoned: false, takenTotal: 7n, identity: rest[1] },
    ]);
    const { genesis } = network;
    expect(parseGenesis(formatGenesis(genesis))).toMatchObject({ ok: true, value: { accounts: genesis.accounts } });
  });

  it("runs them as any other, but for the delinquent", () => {
    const { network } = clusterOf([ten, jailed, { ...ten, status: "delinquent" }, tombstoned]);
    expect(network.offline).toEqual([2]);
  });

  const refusals: readonly (readonly [string, readonly ValidatorPlan[], string])[] = [
    ["nobody left to lead", [jailed, tombstoned], "all-validators-jailed"],
    ["a jail without an end", [ten, { ...ten, status: "jailed" }], "status-invalid"],
    ["an end without a jail", [ten, { ...ten, jailedUntilEpoch: 4 }], "status-invalid"],
    ["an end that is no epoch", [ten, { ...jailed, jailedUntilEpoch: 1.5 }], "status-invalid"],
    ["a jail that is over", [ten, { ...jailed, jailedUntilEpoch: 0 }], "record-invalid"],
    ["a status there is not", [ten, { ...ten, status: "sleepy" as "jailed" }], "status-invalid"],
    ["less than nothing taken", [ten, { ...ten, slashed: -1n }], "record-invalid"],
    ["more taken than can be", [ten, { ...ten, slashed: u64Max + 1n }], "record-invalid"],
  ];

  it.each(refusals)("refuses %s", (_, validators, code) => {
    expect(networkOf(validators)).toMatchObject({ ok: false, code });
  });

  it("refuses records on a chain that does not slash", () => {
    expect(networkOf([ten, tombstoned], { slashing: false })).toMatchObject({ ok: false, code: "slashing-off" });
    expect(networkOf([ten, ten], { slashing: false }).ok).toBe(true);
  });
});
