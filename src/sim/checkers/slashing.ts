/**
 * I8: only the guilty are slashed, and each offence costs once.
 *
 *     rooted block 44: validator 3 convicted for slot 40     fine when 3 acted by a Byzantine strategy (or lost its disk)
 *     rooted block 46: convicted for slot 42                 diverged: the conviction in 44 covers all up to there
 */
import { accountAt } from "../../chain/accounts-tree.ts";
import type { Address } from "../../chain/ids.ts";
import { readSlashingRecord } from "../../chain/slashing/jail.ts";
import { type SlashingRecord, slashingRecordAddress } from "../../chain/slashing/record.ts";
import type { Checker, CheckerContext } from "./checker.ts";
import type { SeenBlock } from "./chronicle.ts";

const checker = "slashing";

export function createSlashingChecker({ chronicle, voteAccounts, accuse }: CheckerContext): Checker {
  const recordAddresses = voteAccounts.map((voteAccount) =>
    voteAccount === null ? null : slashingRecordAddress(voteAccount),
  );
  const known = new Map<Address, SlashingRecord>();

  function look(node: number, address: Address, { bank, slot }: SeenBlock): void {
    const account = accountAt(bank.accounts, address);
    const record = account === null ? null : readSlashingRecord(address, account);
    const before = known.get(address);
    if (record === null || before?.convictionsTotal === record.convictionsTotal) return;
    known.set(address, record);
    const newest = record.convictions.at(-1);
    const facts = {
      slot,
      voteAccount: record.voteAccount,
      kind: newest?.kind ?? null,
      offenceSlot: newest?.offenceSlot ?? null,
      convictions: record.convictionsTotal,
    };
    if (!chronicle.misbehaved.has(node) && !chronicle.forgetful.has(node)) {
      accuse({ checker, slot, validator: node, message: "it was slashed and never misbehaved", facts });
    }
    // A conviction answers for all offences of its kind up to the slot in which it landed.
    const covered = newest === undefined ? null : (before?.coveredTo[newest.kind] ?? null);
    if (newest !== undefined && covered !== null && newest.offenceSlot <= covered) {
      accuse({
        checker,
        slot,
        validator: node,
        message: "one offence was punished twice",
        facts: { ...facts, covered },
      });
    }
  }

  return {
    name: checker,
    onRooted(seen) {
      for (const [node, address] of recordAddresses.entries()) if (address !== null) look(node, address, seen);
    },
  };
}
