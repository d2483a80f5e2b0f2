/** `escapement vote withdraw` and `vote close`: what is above the rent reserve, or all of it and the account is gone. */
import { createWithdrawVoteInstruction } from "../../chain/create-vote-instructions.ts";
import type { Address } from "../../chain/ids.ts";
import { voteAccountBytes } from "../../chain/vote-state.ts";
import { readVoteAccount } from "../account-reader.ts";
import { CommandFailure } from "../failure.ts";
import { formatSol } from "../format.ts";
import { createRpcClient, type RpcClient } from "../rpc-client.ts";
import { sendInstructions } from "../send-transaction.ts";
import { openSigners, readAddress } from "../signers.ts";
import { readRentReserve, reportSent, type WalletOptions } from "../stake-command.ts";
import type { SpendAmount } from "../staking-arguments.ts";
import { diagnoseVote } from "../vote-diagnosis.ts";

export type VoteWithdrawOptions = WalletOptions & { readonly authorizedWithdrawer?: string };

/** `spend`: "CLOSE" for everything, rent reserve included. */
export async function runVoteWithdraw(
  voteText: string,
  toText: string,
  spend: SpendAmount | "CLOSE",
  options: VoteWithdrawOptions,
): Promise<void> {
  const voteAccount = readAddress(voteText, "vote account");
  const recipient = readAddress(toText, "recipient");
  const signers = openSigners(options);
  const { address: withdrawer } = signers.of(
    options.authorizedWithdrawer,
    "the authorized withdrawer",
    "--authorized-withdrawer",
  ).keypair;
  const client = createRpcClient(options.url);
  const lamports = typeof spend === "bigint" ? spend : await readLamports(client, voteAccount, spend === "CLOSE");
  const sent = await sendInstructions(client, {
    what: spend === "CLOSE" ? "vote close" : "vote withdraw",
    signers,
    instructions: [createWithdrawVoteInstruction({ voteAccount, withdrawer, recipient, lamports })],
    diagnose: diagnoseVote(client, { vote: voteAccount, withdrawer, withdraw: lamports }),
  });
  const closed = spend === "CLOSE" ? "; the vote account is closed" : "";
  reportSent(sent, options, `${formatSol(lamports)} SOL from ${voteAccount} to ${recipient}${closed}`);
}

async function readLamports(client: RpcClient, vote: Address, closing: boolean): Promise<bigint> {
  const { lamports } = await readVoteAccount(client, vote);
  if (closing) return lamports;
  const rest = lamports - (await readRentReserve(client, voteAccountBytes));
  if (rest > 0n) return rest;
  throw new CommandFailure(
    `${vote} has ${formatSol(lamports)} SOL, no more than its rent reserve; \`escapement vote close\` takes that too`,
  );
}
