/**
 * Evidence around an exit: stake that cools down, has left, comes back or is torn apart between the offence and its
 * penalty, and a vote account that is closed meanwhile.
 */
import { describe, expect, it } from "vitest";
import { createWithdrawVoteInstruction } from "../../src/chain/create-vote-instructions.ts";
import { createSubmitEvidenceInstruction } from "../../src/chain/slashing/create-evidence.ts";
import { slashingErrors } from "../../src/chain/slashing/errors.ts";
import { duplicateBlocks, recordIn } from "../support/slashing-world.ts";
import {
  balanceIn,
  createAccount,
  createStakingChain,
  deactivate,
  delegate,
  delegationIn,
  expectRefused,
  extendToEpoch,
  frozenIn,
  keypairNamed,
  landed,
  offendersOf,
  reserveOf,
  sol,
  split,
  stakeError,
  statusIn,
  withdraw,
} from "./stakers.ts";

describe("evidence around an exit", () => {
  const params = {
    inflationInitialBps: 0,
    inflationTerminalBps: 0,
    stakeWarmup: "instant" as const,
    slashCorrelationMultiplier: 0,
  };
  const leaving = createStakingChain({ params, stakeAccounts: [{ validator: 1, stake: 50n * sol, state: "active" }] });
  const world = offendersOf(leaving);
  const voteAccount = leaving.votes[1]!;
  const { identity } = leaving.network.validators[1]!;
  const own = leaving.network.genesis.validators[1]!.stakeAccount;
  const submit = (slot: number, validator = 1) =>
    createSubmitEvidenceInstruction({
      reporter: leaving.thief.address,
      voteAccount: leaving.votes[validator]!,
      evidence: duplicateBlocks(world, validator, slot),
    });

  it("finds the stake while it cools down, and after its vote account is gone; stake that came later is not touched", () => {
    // It signs two blocks of slot 33, deactivates, and closes its vote account at once.
    const lamports = balanceIn(leaving.start, voteAccount);
    const close = createWithdrawVoteInstruction({
      voteAccount,
      withdrawer: identity.address,
      recipient: identity.address,
      lamports,
    });
    const left = landed(leaving, leaving.start, identity, [deactivate(own, identity.address), close]);
    const bank = extendToEpoch(leaving, landed(leaving, left, leaving.thief, [submit(33)]), 2);
    expect(delegationIn(bank, own).stake).toBe(285n * sol);
    expect(delegationIn(bank, leaving.stakes[0]!).stake).toBe(47_500_000_000n);
    expect(statusIn(leaving, bank, own).effective).toBe(0n);
    expect(recordIn(world, bank, 1)!.takenTotal).toBe(17_500_000_000n);
  });

  it("is refused once two epochs have passed: then the stake is free, and so is who had it", () => {
    const bank = extendToEpoch(
      leaving,
      landed(leaving, leaving.start, identity, [deactivate(own, identity.address)]),
      3,
    );
    const old = { Custom: slashingErrors.OffenceTooOld };
    expectRefused(leaving, bank, leaving.thief, [submit(33)], old);
    // In epoch 3 its own stake is gone from the draw; what the delegator has there keeps it a validator.
    expect(frozenIn(bank, 3, voteAccount)).toBe(50n * sol);
  });

  it("does not reach who had left the draw before the offence: without stake nobody is a validator", () => {
    const { start: first, stakes, owner: delegator } = leaving;
    const gone = landed(leaving, first, identity, [deactivate(own, identity.address)]);
    const all = landed(leaving, gone, delegator, [deactivate(stakes[0]!, delegator.address)]);
    const bank = extendToEpoch(leaving, all, 4);
    expect(frozenIn(bank, 4, voteAccount)).toBe(0n);
    expectRefused(leaving, bank, leaving.thief, [submit(bank.slot)], { Custom: slashingErrors.NotAValidator });
  });

  it("against the innocent, replayed or forged leaves all as it was", () => {
    const innocent = { ...submit(33), accounts: submit(33, 0).accounts };
    expectRefused(leaving, leaving.start, leaving.thief, [innocent], { Custom: slashingErrors.SignerMismatch });
    const forged = submit(33);
    const flipped = { ...forged, data: forged.data.with(forged.data.length - 1, forged.data.at(-1)! ^ 1) };
    expectRefused(leaving, leaving.start, leaving.thief, [flipped], { Custom: slashingErrors.SignatureInvalid });
    const convicted = landed(leaving, leaving.start, leaving.thief, [submit(33)]);
    expectRefused(leaving, convicted, leaving.thief, [submit(33)], { Custom: slashingErrors.AlreadyPunished });
    const twice = [submit(33), submit(33)];
    expectRefused(
      leaving,
      leaving.start,
      leaving.thief,
      twice,
      { Custom: slashingErrors.AlreadyPunished },
      { index: 1 },
    );
  });

  it("is not escaped by splitting, merging or giving away what is convicted", () => {
    const fresh = keypairNamed("refuge");
    const convicted = landed(leaving, leaving.start, leaving.thief, [submit(33)]);
    const flight = [
      createAccount(identity.address, fresh.address, reserveOf(leaving)),
      split(own, fresh.address, 200n * sol, identity.address),
    ];
    const torn = landed(leaving, convicted, identity, flight, { signers: [fresh] });
    expectRefused(
      leaving,
      torn,
      identity,
      [delegate(fresh.address, leaving.votes[0]!, identity.address)],
      stakeError(3),
    );
    expectRefused(
      leaving,
      torn,
      identity,
      [withdraw(fresh.address, 200n * sol, identity.address)],
      "InsufficientFunds",
    );
    const bank = extendToEpoch(leaving, torn, 2);
    expect([own, fresh.address].map((stake) => delegationIn(bank, stake).stake)).toEqual([95n * sol, 190n * sol]);
  });
});
