/** `escapement vote update-commission`, `update-validator`, `authorize-voter` and `authorize-withdrawer`. */
import {
  createAuthorizeVoteInstruction,
  createUpdateCommissionBpsInstruction,
  createUpdateCommissionInstruction,
  createUpdateValidatorIdentityInstruction,
} from "../../chain/create-vote-instructions.ts";
import type { VoteAuthority } from "../../chain/vote-instruction.ts";
import { createRpcClient } from "../rpc-client.ts";
import { sendInstructions } from "../send-transaction.ts";
import { openSigners, readAddress } from "../signers.ts";
import { reportSent, type WalletOptions } from "../stake-command.ts";
import { diagnoseVote } from "../vote-diagnosis.ts";

/** `commission`: hundredths of a percent. */
export async function runVoteUpdateCommission(
  voteText: string,
  commission: number,
  withdrawerPath: string,
  options: WalletOptions,
): Promise<void> {
  const voteAccount = readAddress(voteText, "vote account");
  const signers = openSigners(options);
  const withdrawer = signers.of(withdrawerPath, "the authorized withdrawer", "a key file").keypair.address;
  const whole = commission % 100 === 0;
  const instruction = whole
    ? createUpdateCommissionInstruction({ voteAccount, withdrawer, commission: commission / 100 })
    : createUpdateCommissionBpsInstruction({
        voteAccount,
        withdrawer,
        commissionBps: commission,
        kind: "InflationRewards",
      });
  const client = createRpcClient(options.url);
  const sent = await sendInstructions(client, {
    what: "vote update-commission",
    signers,
    instructions: [instruction],
    diagnose: diagnoseVote(client, { vote: voteAccount, withdrawer }),
  });
  reportSent(sent, options, `commission of ${voteAccount} is now ${commission / 100}%`);
}

export async function runVoteUpdateValidator(
  voteText: string,
  identityPath: string,
  withdrawerPath: string,
  options: WalletOptions,
): Promise<void> {
  const voteAccount = readAddress(voteText, "vote account");
  const signers = openSigners(options);
  const withdrawer = signers.of(withdrawerPath, "the authorized withdrawer", "a key file").keypair.address;
  const node = signers.of(identityPath, "the new identity", "a key file").keypair.address;
  const client = createRpcClient(options.url);
  const sent = await sendInstructions(client, {
    what: "vote update-validator",
    signers,
    instructions: [createUpdateValidatorIdentityInstruction({ voteAccount, withdrawer, node })],
    diagnose: diagnoseVote(client, { vote: voteAccount, withdrawer }),
  });
  reportSent(sent, options, `identity of ${voteAccount} is now ${node}`);
}

export async function runVoteAuthorize(
  kind: VoteAuthority,
  voteText: string,
  authorityPath: string,
  newText: string,
  options: WalletOptions,
): Promise<void> {
  const voteAccount = readAddress(voteText, "vote account");
  const newAuthority = readAddress(newText, "new authority");
  const signers = openSigners(options);
  const authority = signers.of(authorityPath, "the present authority", "a key file").keypair.address;
  const client = createRpcClient(options.url);
  const signed = kind === "Withdrawer" ? { withdrawer: authority } : { voter: authority };
  const sent = await sendInstructions(client, {
    what: `vote authorize-${kind.toLowerCase()}`,
    signers,
    instructions: [createAuthorizeVoteInstruction({ voteAccount, kind, newAuthority, authority })],
    diagnose: diagnoseVote(client, { vote: voteAccount, ...signed }),
  });
  const since = kind === "Voter" ? " from the next epoch on" : "";
  reportSent(sent, options, `authorized ${kind.toLowerCase()} of ${voteAccount} is ${newAuthority}${since}`);
}
