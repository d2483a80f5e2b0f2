/** `escapement stake delegate`. */
import type { Address as KitAddress } from "@solana/kit";
import { getDelegateStakeInstruction } from "@solana-program/stake";
import { requestOf, signerAt } from "../../chain/kit-instruction.ts";
import { createRpcClient } from "../rpc-client.ts";
import { sendInstructions } from "../send-transaction.ts";
import { openSigners, readAddress } from "../signers.ts";
import { readStakeAddress, reportSent, type WalletOptions } from "../stake-command.ts";
import { diagnoseStake } from "../stake-diagnosis.ts";

export type StakeDelegateOptions = WalletOptions & { readonly stakeAuthority?: string };

export async function runStakeDelegate(
  stakeText: string,
  voteText: string,
  options: StakeDelegateOptions,
): Promise<void> {
  const stake = readStakeAddress(stakeText);
  const vote = readAddress(voteText, "vote account");
  const signers = openSigners(options);
  const staker = signers.of(options.stakeAuthority, "the stake authority", "--stake-authority").keypair.address;
  const client = createRpcClient(options.url);
  const instruction = getDelegateStakeInstruction({
    stake: stake as KitAddress,
    vote: vote as KitAddress,
    stakeAuthority: signerAt(staker),
  });
  const sent = await sendInstructions(client, {
    what: "stake delegate",
    signers,
    instructions: [requestOf(instruction)],
    diagnose: diagnoseStake(client, { stakes: [stake], vote, staker }),
  });
  reportSent(sent, options, `${stake} delegated to ${vote}`);
}
