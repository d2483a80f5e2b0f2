import { describe, expect, it } from "vitest";
import {
  addressNamed,
  createVoteEnv,
  createVoteWorld,
  encodeVoteStateV3,
  voteAccountWith,
} from "../../../test/support/vote-program.ts";
import { utf8Bytes } from "../../base/bytes.ts";
import { rentSysvarAddress } from "../addresses.ts";
import type { InstructionRequest } from "../create-transaction.ts";
import {
  createAuthorizeVoteCheckedInstruction,
  createAuthorizeVoteCheckedWithSeedInstruction,
  createAuthorizeVoteInstruction,
  createAuthorizeVoteWithSeedInstruction,
} from "../create-vote-instructions.ts";
import { computeAddressWithSeed } from "../derived-address.ts";
import { addressBytes, addressOf, epochOf } from "../ids.ts";
import { voteErrors } from "../vote-errors.ts";
import { createVoteState, decodeVoteState, encodeVoteState, type VoteState } from "../vote-state.ts";

const [voter, withdrawer, stranger, bob, base, owner, voteAccount] = [
  "voter",
  "withdrawer",
  "stranger",
  "bob",
  "base",
  "owner",
  "vote account",
].map(addressNamed) as [Address, Address, Address, Address, Address, Address, Address];
type Address = ReturnType<typeof addressNamed>;

const derivedFrom = (seed: string): Address => {
  const derived = computeAddressWithSeed(base, utf8Bytes(seed), owner);
  if (!derived.ok) throw new Error(derived.code);
  return derived.value;
};

const stateOf = (authorizedVoter: Address, authorizedWithdrawer: Address): VoteState =>
  createVoteState({
    voteAccount,
    identity: voter,
    authorizedVoter,
    withdrawer: authorizedWithdrawer,
    commissionBps: 0,
    epoch: epochOf(3),
  });

function run(instruction: InstructionRequest, state = stateOf(voter, withdrawer)) {
  const world = createVoteWorld(createVoteEnv({ slot: 40, epoch: 4 }), [
    voteAccount,
    voteAccountWith(encodeVoteState(state)),
  ]);
  const error = world.run(instruction);
  expect(world.failedLate).toBe(false);
  return { error, state: decodeVoteState(world.accounts.get(voteAccount)!.data)! };
}

type Change = Partial<InstructionRequest["accounts"][number]>;
const swapped = (instruction: InstructionRequest, index: number, change: Change): InstructionRequest => ({
  ...instruction,
  accounts: instruction.accounts.map((account, i) => (i === index ? { ...account, ...change } : account)),
});
const cut = (instruction: InstructionRequest, length: number): InstructionRequest => ({
  ...instruction,
  accounts: instruction.accounts.slice(0, length),
});

const authorize = (kind: "Voter" | "Withdrawer", authority: Address) =>
  createAuthorizeVoteInstruction({ voteAccount, kind, authority, newAuthority: bob });

const fromEpoch6 = [
  { epoch: 3, voter },
  { epoch: 4, voter },
  { epoch: 6, voter: bob },
];

describe("Authorize", () => {
  it("lets the voter, and also the withdrawer, name the voter of the epoch after the next", () => {
    for (const authority of [voter, withdrawer]) {
      const { error, state } = run(authorize("Voter", authority));
      expect(error).toBeNull();
      expect(state).toEqual({ ...stateOf(voter, withdrawer), authorizedVoters: fromEpoch6 });
    }
  });

  it("names a voter once an epoch", () => {
    const { state } = run(authorize("Voter", voter));
    expect(run(authorize("Voter", withdrawer), state).error).toEqual({ Custom: voteErrors.TooSoonToReauthorize });
    // Who signed is asked first.
    expect(run(authorize("Voter", bob), state).error).toBe("MissingRequiredSignature");
  });

  it("lets the withdrawer alone name another withdrawer, at once", () => {
    const { error, state } = run(authorize("Withdrawer", withdrawer));
    expect(error).toBeNull();
    expect(state).toEqual({ ...stateOf(voter, withdrawer), authorizedWithdrawer: bob });
    expect(run(authorize("Withdrawer", voter)).error).toBe("MissingRequiredSignature");
  });

  it("wants a signature, and the Clock in its place", () => {
    const fine = authorize("Voter", voter);
    expect(run(authorize("Voter", stranger)).error).toBe("MissingRequiredSignature");
    expect(run(swapped(fine, 2, { isSigner: false })).error).toBe("MissingRequiredSignature");
    expect(run(cut(fine, 2)).error).toBe("MissingRequiredSignature");
    expect(run(cut(fine, 1)).error).toBe("MissingAccount");
    expect(run(swapped(fine, 1, { address: rentSysvarAddress })).error).toBe("InvalidArgument");
    expect(run(swapped(fine, 0, { isWritable: false })).error).toBe("ReadonlyDataModified");
  });

  it("finds no voter for this epoch, or no state at all", () => {
    const later = { ...stateOf(voter, withdrawer), authorizedVoters: [{ epoch: epochOf(5), voter }] };
    expect(run(authorize("Voter", withdrawer), later).error).toBe("InvalidAccountData");
    const env = createVoteEnv({ slot: 40, epoch: 4 });
    const closed = encodeVoteStateV3({ ...later, authorizedVoters: [] }, 0);
    const world = createVoteWorld(env, [voteAccount, voteAccountWith(closed)]);
    expect(world.run(authorize("Voter", withdrawer))).toBe("UninitializedAccount");
  });
});

describe("AuthorizeChecked", () => {
  const checked = (kind: "Voter" | "Withdrawer") =>
    createAuthorizeVoteCheckedInstruction({ voteAccount, kind, authority: withdrawer, newAuthority: bob });

  it("does the same once the new authority has signed", () => {
    expect(run(checked("Voter")).state.authorizedVoters).toEqual(fromEpoch6);
    expect(run(checked("Withdrawer")).state.authorizedWithdrawer).toBe(bob);
  });

  it("asks for the new authority's signature before the Clock, and for four accounts before that", () => {
    const unsigned = swapped(checked("Voter"), 3, { isSigner: false });
    expect(run(unsigned).error).toBe("MissingRequiredSignature");
    expect(run(swapped(unsigned, 1, { address: rentSysvarAddress })).error).toBe("MissingRequiredSignature");
    expect(run(swapped(checked("Voter"), 1, { address: rentSysvarAddress })).error).toBe("InvalidArgument");
    expect(run(cut(checked("Voter"), 3)).error).toBe("MissingAccount");
    expect(run(swapped(checked("Voter"), 2, { address: stranger })).error).toBe("MissingRequiredSignature");
  });
});

describe("the authorizations with a seed", () => {
  const authority = { base, seed: "seed", owner };
  const fields = { voteAccount, authority, newAuthority: bob };
  const plain = (kind: "Voter" | "Withdrawer") => createAuthorizeVoteWithSeedInstruction({ ...fields, kind });
  const checked = (kind: "Voter" | "Withdrawer") => createAuthorizeVoteCheckedWithSeedInstruction({ ...fields, kind });

  it("let a base sign for the authority derived from it", () => {
    const derived = derivedFrom("seed");
    for (const create of [plain, checked]) {
      const byVoter = run(create("Voter"), stateOf(derived, withdrawer));
      expect(byVoter.error).toBeNull();
      expect(byVoter.state.authorizedVoters.at(-1)).toEqual({ epoch: 6, voter: bob });
      expect(run(create("Voter"), stateOf(voter, derived)).error).toBeNull();
      expect(run(create("Withdrawer"), stateOf(voter, derived)).state.authorizedWithdrawer).toBe(bob);
      expect(run(create("Withdrawer"), stateOf(derived, withdrawer)).error).toBe("MissingRequiredSignature");
    }
  });

  it("count nobody's signature but the base's", () => {
    const state = stateOf(derivedFrom("other seed"), bob);
    // Bob is the withdrawer and signs, as the new authority.
    expect(run(checked("Withdrawer"), state).error).toBe("MissingRequiredSignature");
    const derived = stateOf(derivedFrom("seed"), derivedFrom("seed"));
    expect(run(swapped(plain("Voter"), 2, { isSigner: false }), derived).error).toBe("MissingRequiredSignature");
    expect(run(swapped(plain("Voter"), 2, { address: stranger }), derived).error).toBe("MissingRequiredSignature");
  });

  it("answer a seed too long and an owner that ends in a marker with Solana's odd numbers", () => {
    const long = { ...authority, seed: "s".repeat(33) };
    const create = (from: typeof authority) =>
      createAuthorizeVoteWithSeedInstruction({ ...fields, authority: from, kind: "Voter" });
    expect(run(create(long)).error).toEqual({ Custom: 0 });
    const marked = addressBytes(owner).slice();
    marked.set(utf8Bytes("ProgramDerivedAddress"), 11);
    expect(run(create({ ...authority, owner: addressOf(marked) })).error).toEqual({ Custom: 2 });
    // Nothing is derived where the base has not signed.
    expect(run(swapped(create(long), 2, { isSigner: false })).error).toBe("MissingRequiredSignature");
  });

  it("want all their accounts", () => {
    expect(run(cut(plain("Voter"), 2)).error).toBe("MissingAccount");
    expect(run(cut(checked("Voter"), 3)).error).toBe("MissingAccount");
    expect(run(swapped(checked("Voter"), 3, { isSigner: false })).error).toBe("MissingRequiredSignature");
    for (const create of [plain, checked]) {
      expect(run(swapped(create("Voter"), 1, { address: rentSysvarAddress })).error).toBe("InvalidArgument");
    }
  });
});
