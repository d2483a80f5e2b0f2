import {
  PublicKey,
  type TransactionInstruction,
  VoteAuthorizationLayout,
  VoteInit,
  VoteProgram,
} from "@solana/web3.js";
import { describe, expect, it } from "vitest";
import { clockSysvarAddress, voteProgramAddress } from "./addresses.ts";
import type { InstructionRequest } from "./create-transaction.ts";
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
} from "./create-vote-instructions.ts";
import { addressOf } from "./ids.ts";

const key = (byte: number) => addressOf(new Uint8Array(32).fill(byte));
const [voteAccount, node, authorizedVoter, withdrawer, newAuthority] = [1, 2, 3, 4, 5].map(key) as [
  ReturnType<typeof key>,
  ReturnType<typeof key>,
  ReturnType<typeof key>,
  ReturnType<typeof key>,
  ReturnType<typeof key>,
];
const web3 = (address: string) => new PublicKey(address);

/** As web3.js names the same things. */
function plain(instruction: TransactionInstruction) {
  return {
    programAddress: instruction.programId.toBase58(),
    accounts: instruction.keys.map(({ pubkey, isSigner, isWritable }) => ({
      address: pubkey.toBase58(),
      isSigner,
      isWritable,
    })),
    data: new Uint8Array(instruction.data),
  };
}

const rolesOf = ({ accounts }: InstructionRequest) =>
  accounts.map(({ address, isSigner, isWritable }) => [address, isSigner ? "signs" : "", isWritable ? "written" : ""]);

describe("a vote instruction for clients", () => {
  it("is web3.js's, byte for byte and account for account", () => {
    const init = createInitializeVoteAccountInstruction({
      voteAccount,
      node,
      authorizedVoter,
      authorizedWithdrawer: withdrawer,
      commission: 7,
    });
    const nodePubkey = web3(node);
    const votePubkey = web3(voteAccount);
    const voteInit = new VoteInit(nodePubkey, web3(authorizedVoter), web3(withdrawer), 7);
    expect(init).toEqual(plain(VoteProgram.initializeAccount({ votePubkey, nodePubkey, voteInit })));

    for (const [kind, voteAuthorizationType] of [
      ["Voter", VoteAuthorizationLayout.Voter],
      ["Withdrawer", VoteAuthorizationLayout.Withdrawer],
    ] as const) {
      const newAuthorizedPubkey = web3(newAuthority);
      const theirs = { votePubkey, newAuthorizedPubkey, voteAuthorizationType };
      const ours = createAuthorizeVoteInstruction({ voteAccount, authority: withdrawer, kind, newAuthority });
      const authorize = VoteProgram.authorize({ ...theirs, authorizedPubkey: web3(withdrawer) });
      expect(ours).toEqual(plain(authorize.instructions[0]!));
      const seeded = VoteProgram.authorizeWithSeed({
        ...theirs,
        currentAuthorityDerivedKeyBasePubkey: nodePubkey,
        currentAuthorityDerivedKeyOwnerPubkey: web3(withdrawer),
        currentAuthorityDerivedKeySeed: "seed",
      });
      const authority = { base: node, seed: "seed", owner: withdrawer };
      const oursSeeded = createAuthorizeVoteWithSeedInstruction({ voteAccount, authority, kind, newAuthority });
      expect(oursSeeded).toEqual(plain(seeded.instructions[0]!));
    }

    const withdraw = VoteProgram.withdraw({
      votePubkey,
      authorizedWithdrawerPubkey: web3(withdrawer),
      lamports: 123_456_789_012,
      toPubkey: web3(newAuthority),
    });
    const lamports = 123_456_789_012n;
    expect(createWithdrawVoteInstruction({ voteAccount, withdrawer, recipient: newAuthority, lamports })).toEqual(
      plain(withdraw.instructions[0]!),
    );

    const identity = VoteProgram.updateValidatorIdentity({
      votePubkey,
      authorizedWithdrawerPubkey: web3(withdrawer),
      nodePubkey,
    });
    expect(createUpdateValidatorIdentityInstruction({ voteAccount, withdrawer, node })).toEqual(
      plain(identity.instructions[0]!),
    );
  });

  it("names the accounts that Solana's does where web3.js has none", () => {
    const isVoteAccount = [voteAccount, "", "written"];
    const isClock = [clockSysvarAddress, "", ""];
    const withdrawerSigns = [withdrawer, "signs", ""];
    const checked = createAuthorizeVoteCheckedInstruction({
      voteAccount,
      authority: withdrawer,
      kind: "Voter",
      newAuthority,
    });
    expect(rolesOf(checked)).toEqual([isVoteAccount, isClock, withdrawerSigns, [newAuthority, "signs", ""]]);
    const authority = { base: node, seed: "seed", owner: withdrawer };
    const seeded = createAuthorizeVoteCheckedWithSeedInstruction({
      voteAccount,
      authority,
      kind: "Voter",
      newAuthority,
    });
    expect(rolesOf(seeded)).toEqual([isVoteAccount, isClock, [node, "signs", ""], [newAuthority, "signs", ""]]);
    const commission = createUpdateCommissionInstruction({ voteAccount, withdrawer, commission: 7 });
    expect(rolesOf(commission)).toEqual([isVoteAccount, withdrawerSigns]);
    const kind = "InflationRewards";
    const bps = createUpdateCommissionBpsInstruction({ voteAccount, withdrawer, commissionBps: 7, kind });
    expect(rolesOf(bps)).toEqual([isVoteAccount, withdrawerSigns]);
    const collector = createUpdateCommissionCollectorInstruction({ voteAccount, withdrawer, collector: node, kind });
    expect(rolesOf(collector)).toEqual([isVoteAccount, [node, "", "written"], withdrawerSigns]);
    for (const request of [checked, seeded, commission, bps, collector]) {
      expect(request.programAddress).toBe(voteProgramAddress);
    }
  });
});
