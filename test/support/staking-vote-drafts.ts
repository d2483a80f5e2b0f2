/** Drafts of vote instructions: vote accounts come and go, and are changed by whoever may and whoever may not. */
import { getCreateAccountInstruction } from "@solana-program/system";
import { voteProgramAddress } from "../../src/chain/addresses.ts";
import * as voteClient from "../../src/chain/create-vote-instructions.ts";
import type { Address } from "../../src/chain/ids.ts";
import { authorityOr, type Draft, drawAmount, newKey, signer, type Traffic, voteRent } from "./staking-drafts.ts";
import type { World } from "./staking-world.ts";
import { requestOf } from "./transactions.ts";

/** A vote account that no validator runs: stake there leads to skipped slots, and falls delinquent. */
export function draftVoteAccount(traffic: Traffic, world: World): Draft | null {
  if (world.votes.size > 14) return null;
  const owner = traffic.random.pick(traffic.people);
  return { instructions: createVoteAccount(traffic, owner.address, owner.address).instructions, payer: owner.address };
}

/** The instructions that make a vote account, and its address. */
export function createVoteAccount(traffic: Traffic, node: Address, withdrawer: Address) {
  const { address: voteAccount } = newKey(traffic, "vote");
  const create = getCreateAccountInstruction({
    payer: signer(node),
    newAccount: signer(voteAccount),
    lamports: voteRent,
    space: 3762n,
    programAddress: voteProgramAddress,
  });
  const initialize = voteClient.createInitializeVoteAccountInstruction({
    voteAccount,
    node,
    authorizedVoter: node,
    authorizedWithdrawer: withdrawer,
    commission: traffic.random.below(101),
  });
  return { voteAccount, instructions: [requestOf(create), initialize] };
}

export function draftCommission(traffic: Traffic, world: World): Draft | null {
  const { random } = traffic;
  const [voteAccount, state] = random.pick([...world.votes]);
  const { by, isForeign } = authorityOr(traffic, state.authorizedWithdrawer);
  const common = { voteAccount, withdrawer: by };
  if (random.below(2) === 0) {
    const commission = random.below(4) === 0 ? random.below(256) : random.below(101);
    return {
      instructions: [voteClient.createUpdateCommissionInstruction({ ...common, commission })],
      isHopeless: isForeign,
    };
  }
  const kind = random.below(8) === 0 ? ("BlockRevenue" as const) : ("InflationRewards" as const);
  const commissionBps = random.pick([0, 1, 9_999, 10_000, 10_001, 65_535, random.below(10_001)]);
  const instruction = voteClient.createUpdateCommissionBpsInstruction({ ...common, commissionBps, kind });
  return { instructions: [instruction], isHopeless: isForeign || kind === "BlockRevenue" };
}

export function draftVoteUpdate(traffic: Traffic, world: World): Draft | null {
  const { random, people, running } = traffic;
  const [voteAccount, state] = random.pick([...world.votes]);
  const { by, isForeign } = authorityOr(traffic, state.authorizedWithdrawer);
  const isRunning = running.has(voteAccount);
  const own = state.node;
  const person = random.pick(people).address;
  switch (random.below(4)) {
    case 0: {
      const node = isRunning && traffic.keys.has(own) ? own : person;
      const fields = { voteAccount, withdrawer: by, node };
      // The new identity signs too, and may be the withdrawer.
      return { instructions: [voteClient.createUpdateValidatorIdentityInstruction(fields)] };
    }
    case 1: {
      const kind = random.below(2) === 0 ? ("BlockRevenue" as const) : ("InflationRewards" as const);
      // Whoever pays the fee has signed, also where he is named as collector.
      const collector = isForeign ? voteAccount : random.pick([person, own, voteAccount]);
      const fields = { voteAccount, withdrawer: by, collector, kind };
      return { instructions: [voteClient.createUpdateCommissionCollectorInstruction(fields)], isHopeless: isForeign };
    }
    case 2: {
      const fields = { voteAccount, kind: "Voter" as const, authority: by, newAuthority: isRunning ? own : person };
      const isChecked = random.below(2) === 0 && traffic.keys.has(fields.newAuthority);
      const create = isChecked
        ? voteClient.createAuthorizeVoteCheckedInstruction
        : voteClient.createAuthorizeVoteInstruction;
      return { instructions: [create(fields)], isHopeless: isForeign && !isChecked };
    }
    default: {
      const newAuthority = isRunning ? state.authorizedWithdrawer : person;
      const fields = { voteAccount, kind: "Withdrawer" as const, authority: by, newAuthority };
      return { instructions: [voteClient.createAuthorizeVoteInstruction(fields)], isHopeless: isForeign };
    }
  }
}

/** Commissions are taken out; vote accounts that nobody runs are closed. */
export function draftVoteWithdraw(traffic: Traffic, world: World): Draft | null {
  const { random, running, people } = traffic;
  const [voteAccount, state] = random.pick([...world.votes]);
  const balance = world.accounts.get(voteAccount)?.lamports ?? 0n;
  const { by, isForeign } = authorityOr(traffic, state.authorizedWithdrawer);
  const drawn = drawAmount(traffic, balance - voteRent);
  const isClosing = random.below(3) === 0;
  // A running validator's account may look as if it had stopped, while its validator is away.
  const lamports = isClosing ? (running.has(voteAccount) ? balance - 1n : balance) : drawn.amount;
  const isTaken = running.has(voteAccount) && lamports === balance;
  const fields = {
    voteAccount,
    withdrawer: by,
    recipient: isForeign ? traffic.stranger.address : random.pick(people).address,
    lamports: isTaken ? 0n : lamports,
  };
  return {
    instructions: [voteClient.createWithdrawVoteInstruction(fields)],
    isHopeless: isForeign || (!isClosing && drawn.isHuge),
  };
}
