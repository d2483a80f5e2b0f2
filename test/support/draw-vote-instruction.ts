/** Random vote instructions, right and wrong ones, for tests that play them to the program. */
import { utf8Bytes } from "../../src/base/bytes.ts";
import type { Account } from "../../src/chain/account.ts";
import { clockSysvarAddress, rentSysvarAddress } from "../../src/chain/addresses.ts";
import type { InstructionRequest } from "../../src/chain/create-transaction.ts";
import {
  createAuthorizeVoteCheckedInstruction,
  createAuthorizeVoteCheckedWithSeedInstruction,
  createAuthorizeVoteInstruction,
  createAuthorizeVoteWithSeedInstruction,
  createInitializeVoteAccountInstruction,
  createUpdateCommissionBpsInstruction,
  createUpdateCommissionCollectorInstruction,
  createUpdateCommissionInstruction,
  createUpdateValidatorIdentityInstruction,
  createWithdrawVoteInstruction,
} from "../../src/chain/create-vote-instructions.ts";
import { computeAddressWithSeed } from "../../src/chain/derived-address.ts";
import { type Address, epochOf, lamportsOf, slotOf } from "../../src/chain/ids.ts";
import { applyVoteToLockouts, type Lockout } from "../../src/chain/lockouts.ts";
import { createVoteInstruction } from "../../src/chain/vote-instruction.ts";
import {
  authorizedVoterAt,
  createVoteState,
  decodeVoteState,
  encodeVoteState,
  voteAccountBytes,
} from "../../src/chain/vote-state.ts";
import {
  addressNamed,
  blockIdOf,
  encodeVoteStateV3,
  type VoteWorld,
  voteAccountWith,
  voteRent,
} from "./vote-program.ts";

/** mulberry32 */
export function createDraw(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export const people = ["alice", "bob", "carol"].map(addressNamed);
export const voteAccounts = ["first vote account", "second vote account"].map(addressNamed);
export const poor = addressNamed("poor");
const base = people[0]!;
const seedOwner = addressNamed("owner");
const derived = (() => {
  const outcome = computeAddressWithSeed(base, utf8Bytes("seed"), seedOwner);
  if (!outcome.ok) throw new Error(outcome.code);
  return outcome.value;
})();

export type Draw = ReturnType<typeof createDraw>;

function pick<T>(draw: Draw, values: readonly T[]): T {
  return values[draw(values.length)]!;
}

/** A tower that goes on from the ledger's, mostly in order. */
function drawTower(draw: Draw, world: VoteWorld, voteAccount: Address) {
  const account = world.accounts.get(voteAccount);
  const state = account === undefined ? null : decodeVoteState(account.data, voteAccount);
  let votes: readonly Lockout[] = (state?.votes ?? []).map(({ slot, confirmationCount }) => ({
    slot,
    confirmationCount,
  }));
  let root = state?.rootSlot ?? null;
  const { slot } = world.env;
  for (let step = 1 + draw(4); step > 0; step--) {
    const next = Math.max((votes.at(-1)?.slot ?? slot - 30) + 1 + draw(3), 0);
    if (next >= slot + (draw(20) === 0 ? 3 : 0)) break;
    const after = applyVoteToLockouts(votes, slotOf(next));
    votes = after.votes;
    root = after.rooted.at(-1) ?? root;
  }
  if (draw(10) === 0) votes = votes.slice(1);
  if (draw(15) === 0) votes = votes.map((vote) => ({ ...vote, confirmationCount: draw(34) }));
  if (draw(15) === 0) root = draw(2) === 0 ? null : slotOf(Math.max(0, slot - draw(600)));
  // A tower's slots are written as offsets from its root.
  if (root !== null && votes[0] !== undefined && root > votes[0].slot) root = votes[0].slot;
  const hash = blockIdOf(draw(15) === 0 ? slot + 1 : (votes.at(-1)?.slot ?? 0));
  const timestamp = draw(3) === 0 ? BigInt(slot + draw(5) - 2) : null;
  return { root, votes, hash, blockId: hash, timestamp };
}

export function drawVoteInstruction(draw: Draw, world: VoteWorld): InstructionRequest {
  const voteAccount = pick(draw, voteAccounts);
  const account = world.accounts.get(voteAccount)!;
  const state = decodeVoteState(account.data, voteAccount);
  const who = () => pick(draw, people);
  const withdrawer = draw(4) > 0 && state !== null ? state.authorizedWithdrawer : who();
  const voter = (draw(4) > 0 && state !== null && authorizedVoterAt(state, world.env.epoch)) || who();
  const kind = pick(draw, ["Voter", "Withdrawer"] as const);
  const authority = { base, seed: pick(draw, ["seed", "seed", "other", "s".repeat(33)]), owner: seedOwner };
  const newAuthority = draw(4) === 0 ? derived : who();
  const commission = pick(draw, ["InflationRewards", "BlockRevenue"] as const);
  switch (draw(18)) {
    case 0:
    case 1:
      return createInitializeVoteAccountInstruction({
        voteAccount,
        node: who(),
        authorizedVoter: who(),
        authorizedWithdrawer: draw(3) === 0 ? derived : who(),
        commission: draw(256),
      });
    case 2:
      return createAuthorizeVoteInstruction({
        voteAccount,
        authority: pick(draw, [withdrawer, voter]),
        kind,
        newAuthority,
      });
    case 3:
      return createAuthorizeVoteCheckedInstruction({
        voteAccount,
        authority: pick(draw, [withdrawer, voter]),
        kind,
        newAuthority,
      });
    case 4:
      return createAuthorizeVoteWithSeedInstruction({ voteAccount, authority, kind, newAuthority });
    case 5:
      return createAuthorizeVoteCheckedWithSeedInstruction({ voteAccount, authority, kind, newAuthority });
    case 6: {
      const balance = account.lamports;
      const lamports = pick(draw, [
        0n,
        1n,
        balance,
        balance,
        balance - voteRent,
        balance - voteRent + 1n,
        balance + 1n,
      ]);
      const amount = lamports < 0n ? 1n : lamports;
      return createWithdrawVoteInstruction({
        voteAccount,
        withdrawer,
        // What receives lamports must be rent-exempt afterwards: the runtime's rule, not the vote program's.
        recipient: pick(draw, [
          ...people,
          ...voteAccounts.filter((it) => world.accounts.get(it)!.lamports >= voteRent),
        ]),
        lamports: amount,
      });
    }
    case 7:
      return createUpdateValidatorIdentityInstruction({ voteAccount, withdrawer, node: who() });
    case 8:
      return createUpdateCommissionInstruction({ voteAccount, withdrawer, commission: draw(256) });
    case 9:
      return createUpdateCommissionBpsInstruction({
        voteAccount,
        withdrawer,
        commissionBps: draw(65_536),
        kind: commission,
      });
    case 10: {
      const collector = pick(draw, [voteAccount, who(), poor, pick(draw, voteAccounts)]);
      return createUpdateCommissionCollectorInstruction({
        voteAccount,
        withdrawer,
        collector,
        kind: commission,
      });
    }
    default:
      return createVoteInstruction({ voteAccount, authorizedVoter: voter, tower: drawTower(draw, world, voteAccount) });
  }
}

/** Breaks the instruction in one place, sometimes. */
export function spoilInstruction(draw: Draw, instruction: InstructionRequest): InstructionRequest {
  const { accounts, data } = instruction;
  const at = draw(Math.max(1, accounts.length));
  const isTower = data[0] === 14;
  switch (draw(20)) {
    case 0:
      return { ...instruction, accounts: accounts.slice(0, at) };
    case 1:
      return {
        ...instruction,
        accounts: accounts.map((entry, i) => (i === at ? { ...entry, isSigner: false } : entry)),
      };
    case 2:
      return {
        ...instruction,
        accounts: accounts.map((entry, i) => (i === at ? { ...entry, isWritable: false } : entry)),
      };
    case 3: {
      const address = pick(draw, [...people, ...voteAccounts, clockSysvarAddress, rentSysvarAddress]);
      const isOwnKey = people.includes(address);
      const swapped = { address, isSigner: isOwnKey && accounts[at]?.isSigner === true, isWritable: false };
      return { ...instruction, accounts: accounts.map((entry, i) => (i === at ? swapped : entry)) };
    }
    case 4:
      return { ...instruction, data: data.subarray(0, draw(data.length)) };
    case 5:
      return isTower ? instruction : { ...instruction, data: new Uint8Array([...data, draw(256)]) };
    case 6: {
      const tag = pick(draw, [2, 6, 8, 9, 12, 13, 16, 19, 20, 255]);
      return { ...instruction, data: new Uint8Array([tag, 0, 0, 0, ...data.subarray(4)]) };
    }
    default:
      return instruction;
  }
}

/** An account to begin with: empty, or with a past, in version 3 or 4. */
export function drawVoteAccount(draw: Draw, address: Address, epoch: number): Account {
  const what = draw(5);
  const empty = new Uint8Array(voteAccountBytes);
  if (what < 2) return voteAccountWith(empty, voteRent + BigInt(draw(3)) - 1n);
  const fresh = createVoteState({
    voteAccount: address,
    identity: pick(draw, people),
    authorizedVoter: pick(draw, people),
    withdrawer: pick(draw, people),
    commissionBps: 700,
    epoch: epochOf(Math.max(0, epoch - draw(3))),
  });
  const creditsEpoch = epochOf(Math.max(0, epoch - draw(4)));
  const state = {
    ...fresh,
    epochCredits: draw(4) === 0 ? [] : [{ epoch: creditsEpoch, credits: 900, previousCredits: 100 }],
    pendingDelegatorRewards: lamportsOf(draw(4) === 0 ? 3n : 0n),
  };
  if (what === 2) return voteAccountWith(encodeVoteState(state), voteRent + 5n);
  const authorizedVoters = draw(4) === 0 ? [] : state.authorizedVoters;
  return voteAccountWith(encodeVoteStateV3({ ...state, authorizedVoters }, 7), voteRent + 5n);
}
