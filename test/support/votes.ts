/** Banks and votes without chain or signature, for tests that only ask whom to follow. */
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8Bytes } from "../../src/base/bytes.ts";
import { emptyAccounts } from "../../src/chain/accounts-tree.ts";
import type { Bank } from "../../src/chain/bank.ts";
import type { Block } from "../../src/chain/block.ts";
import { type Address, addressOf, epochOf, type Hash, hashOf, lamportsOf, slotOf } from "../../src/chain/ids.ts";
import { createStakeTable, type StakeTable } from "../../src/chain/stake-table.ts";
import type { Vote } from "../../src/consensus/vote.ts";

export const hashNamed = (name: string): Hash => hashOf(sha256(utf8Bytes(name)));
export const voterNamed = (name: string): Address => addressOf(sha256(utf8Bytes(`vote account ${name}`)));
export const identityNamed = (name: string): Address => addressOf(sha256(utf8Bytes(`identity ${name}`)));

export function stakesOf(stakes: Readonly<Record<string, bigint>>): StakeTable {
  return createStakeTable(
    Object.entries(stakes).map(([name, stake]) => ({
      voteAccount: voterNamed(name),
      identity: identityNamed(name),
      stake: lamportsOf(stake),
    })),
  );
}

/** A bank of epoch 0 that knows its own name, its place and its parent. */
export function bankNamed(name: string, slot: number, parent: string, stakes: StakeTable): Bank {
  const bank: Partial<Bank> = {
    slot: slotOf(slot),
    epoch: epochOf(0),
    blockId: hashNamed(name),
    parentId: hashNamed(parent),
    stakeTables: new Map([[epochOf(0), stakes]]),
    recentBlocks: [],
    accounts: emptyAccounts,
    leader: null,
  };
  return bank as Bank;
}

export const noBlock = {} as Block;

export type VoteFields = {
  readonly by: string;
  readonly slot: number;
  readonly block: string;
  readonly root?: number | null;
  /** Who pays; the voter's own identity when left out. */
  readonly payer?: string;
};

export function voteOf({ by, slot, block, root = null, payer = by }: VoteFields): Vote {
  return {
    voteAccount: voterNamed(by),
    identity: identityNamed(payer),
    authorizedVoter: identityNamed(payer),
    slot: slotOf(slot),
    blockId: hashNamed(block),
    tower: { root: root === null ? null : slotOf(root), votes: [{ slot: slotOf(slot), confirmationCount: 1 }] },
    transaction: {} as Vote["transaction"],
  };
}
