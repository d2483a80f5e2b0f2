import { expect, it } from "vitest";
import { strangerOf } from "../../../test/support/attack-chain.ts";
import { produceAt, testCrypto } from "../../../test/support/chain-builder.ts";
import { createSlashingWorld, extendTo, recordIn, submit, votePair } from "../../../test/support/slashing-world.ts";
import { createVote } from "../../consensus/vote.ts";
import { accountAt } from "../accounts-tree.ts";
import { decodeVoteState } from "../vote-state.ts";
import { slashingErrors } from "./errors.ts";

it("convicts of votes in an epoch in which none landed, though the account has forgotten its voter of that epoch", () => {
  const world = createSlashingWorld();
  const { identity, voteAccount } = world.validators[1]!;
  // Nothing lands in epochs 0 and 1; the first vote on the ledger is in epoch 2.
  const at70 = extendTo(world, world.genesisBank, 70);
  const vote = createVote({
    scheme: testCrypto.signatures,
    identity,
    voteAccount,
    tower: { root: null, votes: [{ slot: at70.slot, confirmationCount: 1 }] },
    blockId: at70.blockId,
    recentBlockhash: at70.blockhash,
    timestamp: null,
  });
  const { bank } = produceAt(world.built, at70, 71, [vote.transaction]);
  expect(bank.results[0]!.error).toBeNull();
  const state = decodeVoteState(accountAt(bank.accounts, voteAccount)!.data)!;
  expect(state.authorizedVoters).toEqual([{ epoch: 2, voter: identity.address }]);

  const inEpoch1 = [{ votes: [[40, 3]] }, { votes: [[45, 1]] }] as const;
  const convicted = submit(world, bank, votePair(world, 1, ...inEpoch1), { validator: 1 });
  expect(convicted.error, convicted.logs.join("\n")).toBeNull();
  expect(recordIn(world, convicted.bank, 1)!.convictions[0]).toMatchObject({ kind: "lockout", offenceSlot: 45 });

  const signer = strangerOf("voter");
  const foreign = votePair(world, 1, { ...inEpoch1[0], signer }, { ...inEpoch1[1], signer });
  expect(submit(world, bank, foreign, { validator: 1 }).error).toEqual({
    InstructionError: [0, { Custom: slashingErrors.SignerMismatch }],
  });
});
