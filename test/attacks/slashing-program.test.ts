/**
 * Attacks on the slashing program and on the record it keeps: foreign accounts, bytes that are no evidence, a reporter who
 * cannot pay, records that genesis holds, and records that are nonsense.
 */
import { describe, expect, it } from "vitest";
import { accountAt } from "../../src/chain/accounts-tree.ts";
import { systemProgramAddress } from "../../src/chain/addresses.ts";
import type { Bank } from "../../src/chain/bank.ts";
import { epochOf } from "../../src/chain/ids.ts";
import { rentExemptMinimum } from "../../src/chain/rent.ts";
import { createSubmitEvidenceInstruction } from "../../src/chain/slashing/create-evidence.ts";
import { slashingErrors } from "../../src/chain/slashing/errors.ts";
import {
  createSlashingRecord,
  createSlashingRecordAccount,
  slashingRecordAddress,
} from "../../src/chain/slashing/record.ts";
import { strangerOf } from "../support/attack-chain.ts";
import { transferInstruction } from "../support/chain-builder.ts";
import {
  createOffences,
  createSlashingWorld,
  duplicateBlocks,
  expectConvicted,
  expectRefused,
  extendTo,
  flip,
  land,
  recordIn,
  submit,
  withAccount,
} from "../support/slashing-world.ts";

const { world, at10, duplicate, brokenLockout } = createOffences();

describe("a record that genesis holds", () => {
  const { voteAccount, identity } = world.validators[1]!;
  const address = slashingRecordAddress(voteAccount);
  const jailed = { ...createSlashingRecord(voteAccount, identity.address), jailedUntilEpoch: 3n };

  it("jails from the beginning, and until its epoch comes", () => {
    const genesis = createSlashingWorld({
      accounts: [[address, createSlashingRecordAccount(jailed, world.chain.params)]],
    });
    let bank = genesis.genesisBank;
    const isIn = (epoch: number) => bank.stakeTables.get(epochOf(epoch))!.byVoteAccount.has(voteAccount);
    expect([isIn(0), isIn(1)]).toEqual([false, false]);
    const later: boolean[] = [];
    for (const epoch of [1, 2, 3]) {
      bank = extendTo(genesis, bank, 32 * epoch);
      later.push(isIn(epoch + 1));
    }
    expect(later).toEqual([false, false, true]);
  });

  it("is written on by the next conviction, and never shortens a jail", () => {
    const until = (jailedUntilEpoch: bigint) => {
      const account = createSlashingRecordAccount({ ...jailed, jailedUntilEpoch }, world.chain.params);
      const bank = { ...at10, accounts: withAccount(at10, address, account) };
      const convicted = expectConvicted(submit(world, bank, brokenLockout, { validator: 1 }));
      return recordIn(world, convicted, 1)!.jailedUntilEpoch;
    };
    expect(until(3n)).toBe(5n);
    expect(until(9n)).toBe(9n);
  });

  it("is refused, and left alone, when it is nonsense", () => {
    const account = createSlashingRecordAccount(jailed, world.chain.params);
    for (const nonsense of [
      { ...account, data: account.data.with(0, 9) },
      createSlashingRecordAccount(
        createSlashingRecord(world.validators[0]!.voteAccount, identity.address),
        world.chain.params,
      ),
    ]) {
      const bank = { ...at10, accounts: withAccount(at10, address, nonsense) };
      const { error } = submit(world, bank, brokenLockout, { validator: 1 });
      expect(error).toEqual({ InstructionError: [0, "InvalidAccountData"] });
    }
  });

  it("can only stand where nothing stood: an account of that address with data is not taken over", () => {
    const account = { ...accountAt(at10.accounts, world.reporter.address)!, data: new Uint8Array(3) };
    const bank = { ...at10, accounts: withAccount(at10, address, account) };
    expect(submit(world, bank, brokenLockout, { validator: 1 }).error).toEqual({
      InstructionError: [0, { Custom: 0 }],
    });
    const withData = { ...bank, accounts: withAccount(at10, world.reporter.address, account) };
    expect(() => submit(world, withData, brokenLockout, { validator: 1 })).toThrow("barred");
  });
});

describe("the slashing program", () => {
  it("answers that it is off where the chain does not slash, whatever it is told", () => {
    const off = createSlashingWorld({ params: { slashing: false } });
    const bank = extendTo(off, off.genesisBank, 10);
    expectRefused(off, bank, duplicateBlocks(off, 1, 5), "SlashingDisabled");
    const instruction = createSubmitEvidenceInstruction({
      reporter: off.reporter.address,
      voteAccount: off.validators[1]!.voteAccount,
      evidence: duplicate,
    });
    const nonsense = land(off, bank, [{ ...instruction, accounts: [], data: new Uint8Array(0) }], off.reporter);
    expect(nonsense.error).toEqual({ InstructionError: [0, { Custom: slashingErrors.SlashingDisabled }] });
  });

  const instruction = createSubmitEvidenceInstruction({
    reporter: world.reporter.address,
    voteAccount: world.validators[1]!.voteAccount,
    evidence: duplicate,
  });
  const run = (change: Partial<typeof instruction>, payer = world.reporter) =>
    land(world, at10, [{ ...instruction, ...change }], payer);

  it("refuses accounts that are not the ones it needs", () => {
    const [reporter, record, vote] = instruction.accounts;
    const errorOf = (accounts: typeof instruction.accounts, payer = world.reporter) => {
      const { error } = run({ accounts }, payer);
      return (error as { InstructionError: [number, unknown] } | null)?.InstructionError[1];
    };
    const mismatch = { Custom: slashingErrors.AccountMismatch };
    expect(errorOf([reporter!, record!])).toBe("NotEnoughAccountKeys");
    expect(errorOf([reporter!, vote!, vote!])).toEqual(mismatch);
    expect(
      errorOf([reporter!, { ...record!, address: slashingRecordAddress(world.validators[0]!.voteAccount) }, vote!]),
    ).toEqual(mismatch);
    const other = world.network.accounts[1]!;
    expect(errorOf([{ ...reporter!, isSigner: false }, record!, vote!], other)).toBe("MissingRequiredSignature");
    // Also where the record is there already, and nobody has to pay for it.
    const bank = expectConvicted(submit(world, at10, brokenLockout, { validator: 1 }));
    const unsigned = { ...instruction, accounts: [{ ...reporter!, isSigner: false }, record!, vote!] };
    const { error } = land(world, bank, [unsigned], other);
    expect(error).toEqual({ InstructionError: [0, "MissingRequiredSignature"] });
    expect(errorOf([reporter!, { ...record!, isWritable: false }, vote!])).not.toBeNull();
    expect(run({}).error).toBeNull();
  });

  it("refuses bytes that are no evidence, and never breaks on any", () => {
    const errorOf = (data: Uint8Array) =>
      (run({ data }).error as { InstructionError: [number, unknown] }).InstructionError[1];
    expect(errorOf(new Uint8Array(0))).toBe("InvalidInstructionData");
    expect(errorOf(Uint8Array.of(1, ...instruction.data.slice(1)))).toBe("InvalidInstructionData");
    const malformed = { Custom: slashingErrors.EvidenceMalformed };
    expect(errorOf(Uint8Array.of(0))).toEqual(malformed);
    expect(errorOf(Uint8Array.of(0, 2))).toEqual(malformed);
    expect(errorOf(instruction.data.slice(0, -1))).toEqual(malformed);
    expect(errorOf(Uint8Array.of(...instruction.data, 0))).toEqual(malformed);
    for (let at = 2; at < instruction.data.length; at += 13) {
      expect(run({ data: flip(instruction.data, at) }).error).not.toBeNull();
    }
  });

  it("makes the record at the reporter's cost, also where somebody sent coins to its address before", () => {
    const address = slashingRecordAddress(world.validators[1]!.voteAccount);
    const spentOn = (bank: Bank) => {
      const submitted = submit(world, bank, duplicate, { validator: 1 });
      expectConvicted(submitted);
      const balanceAt = (each: Bank) => accountAt(each.accounts, world.reporter.address)!.lamports;
      return balanceAt(bank) - balanceAt(submitted.bank) - 5000n;
    };
    const rent = rentExemptMinimum(1136, world.chain.params);
    expect(spentOn(at10)).toBe(rent);
    const gift = rentExemptMinimum(0, world.chain.params);
    const gifted = land(world, at10, [transferInstruction(world.reporter.address, address, gift)], world.reporter).bank;
    expect(accountAt(gifted.accounts, address)!.owner).toBe(systemProgramAddress);
    expect(spentOn(gifted)).toBe(rent - gift);
    const generous = land(
      world,
      at10,
      [transferInstruction(world.reporter.address, address, 2n * rent)],
      world.reporter,
    ).bank;
    expect(spentOn(generous)).toBe(0n);
  });

  it("refuses a reporter who cannot pay for the record, and convicts nobody then", () => {
    const poor = strangerOf("poor");
    const minimum = rentExemptMinimum(0, world.chain.params);
    const bank = land(
      world,
      at10,
      [transferInstruction(world.reporter.address, poor.address, minimum + 5000n)],
      world.reporter,
    ).bank;
    const submitted = submit(world, bank, duplicate, { validator: 1, reporter: poor });
    expect(submitted.error).toEqual({ InstructionError: [0, { Custom: 1 }] });
    expect(recordIn(world, submitted.bank, 1)).toBeNull();
  });
});
