import { describe, expect, it } from "vitest";
import { addressNamed, recentBlockhash } from "../../test/support/transactions.ts";
import { utf8Bytes } from "../base/bytes.ts";
import { clockSysvarAddress, rentSysvarAddress } from "../chain/addresses.ts";
import { type Address, slotOf } from "../chain/ids.ts";
import { encodeVoteInstruction, type ReadVoteInstruction } from "../chain/vote-instruction.ts";
import { parseVoteInstruction } from "./parse-vote-instruction.ts";

const [vote, alice, bob, carol, owner] = ["vote", "alice", "bob", "carol", "owner"].map(addressNamed) as [
  Address,
  Address,
  Address,
  Address,
  Address,
];
const clock = clockSysvarAddress;
const current = { owner, seed: utf8Bytes("séed") };
const tower = {
  root: slotOf(1),
  votes: [
    { slot: slotOf(4), confirmationCount: 2 },
    { slot: slotOf(6), confirmationCount: 1 },
  ],
  hash: recentBlockhash,
  blockId: recentBlockhash,
  timestamp: 1_700_000_000n,
};
const towerSync = {
  lockouts: [
    { slot: 4, confirmation_count: 2 },
    { slot: 6, confirmation_count: 1 },
  ],
  root: 1,
  hash: recentBlockhash,
  blockId: recentBlockhash,
  timestamp: 1_700_000_000n,
};
const derived = { authoritySeed: "séed", authorityOwner: owner };

describe("parseVoteInstruction", () => {
  const cases: readonly (readonly [ReadVoteInstruction, readonly Address[], string, object])[] = [
    [
      { type: "InitializeAccount", node: alice, authorizedVoter: bob, authorizedWithdrawer: carol, commission: 7 },
      [vote, rentSysvarAddress, clock, alice],
      "initialize",
      {
        rentSysvar: rentSysvarAddress,
        clockSysvar: clock,
        node: alice,
        authorizedVoter: bob,
        authorizedWithdrawer: carol,
        commission: 7,
      },
    ],
    [
      { type: "Authorize", newAuthority: bob, kind: "Voter" },
      [vote, clock, alice],
      "authorize",
      { clockSysvar: clock, authority: alice, newAuthority: bob, authorityType: "Voter" },
    ],
    [
      { type: "AuthorizeChecked", kind: "Withdrawer" },
      [vote, clock, alice, bob],
      "authorizeChecked",
      { clockSysvar: clock, authority: alice, newAuthority: bob, authorityType: "Withdrawer" },
    ],
    [
      { type: "AuthorizeWithSeed", kind: "Voter", current, newAuthority: bob },
      [vote, clock, alice],
      "authorizeWithSeed",
      { clockSysvar: clock, authorityBaseKey: alice, newAuthority: bob, authorityType: "Voter", ...derived },
    ],
    [
      { type: "AuthorizeCheckedWithSeed", kind: "Voter", current },
      [vote, clock, alice, bob],
      "authorizeCheckedWithSeed",
      { clockSysvar: clock, authorityBaseKey: alice, newAuthority: bob, authorityType: "Voter", ...derived },
    ],
    [
      { type: "Withdraw", lamports: 5n },
      [vote, bob, alice],
      "withdraw",
      { destination: bob, withdrawAuthority: alice, lamports: 5n },
    ],
    [
      { type: "UpdateValidatorIdentity" },
      [vote, bob, alice],
      "updateValidatorIdentity",
      { newValidatorIdentity: bob, withdrawAuthority: alice },
    ],
    [
      { type: "UpdateCommission", commission: 9 },
      [vote, alice],
      "updateCommission",
      { withdrawAuthority: alice, commission: 9 },
    ],
    [
      { type: "UpdateCommissionBps", commissionBps: 950, kind: "BlockRevenue" },
      [vote, alice],
      "updateCommissionBps",
      { withdrawAuthority: alice, commissionBps: 950, commissionKind: "BlockRevenue" },
    ],
    [
      { type: "UpdateCommissionCollector", kind: "InflationRewards" },
      [vote, bob, alice],
      "updateCommissionCollector",
      { newCollector: bob, withdrawAuthority: alice, commissionKind: "InflationRewards" },
    ],
    [{ type: "TowerSync", tower }, [vote, alice], "towersync", { voteAuthority: alice, towerSync }],
    [
      { type: "TowerSyncSwitch", tower, switchProofHash: recentBlockhash },
      [vote, alice],
      "towersyncswitch",
      { voteAuthority: alice, towerSync, hash: recentBlockhash },
    ],
  ];

  it("names every instruction that the chain reads, with and without the sysvars", () => {
    for (const [instruction, accounts, type, info] of cases) {
      const data = encodeVoteInstruction(instruction);
      expect(parseVoteInstruction(accounts, data), type).toEqual({ type, info: { voteAccount: vote, ...info } });
      const bare = accounts.filter((address) => address !== clock && address !== rentSysvarAddress);
      const { clockSysvar: _, rentSysvar: __, ...rest } = info as Record<string, unknown>;
      expect(parseVoteInstruction(bare, data), type).toEqual({ type, info: { voteAccount: vote, ...rest } });
      expect(parseVoteInstruction(bare.slice(0, -1), data), type).toBeNull();
    }
  });

  it("leaves alone what it knows only by name, and what is no instruction", () => {
    expect(parseVoteInstruction([vote, alice], Uint8Array.of(2, 0, 0, 0))).toBeNull();
    expect(parseVoteInstruction([vote, alice], Uint8Array.of(200, 0, 0, 0))).toBeNull();
    expect(parseVoteInstruction([vote, alice], new Uint8Array(0))).toBeNull();
  });
});
