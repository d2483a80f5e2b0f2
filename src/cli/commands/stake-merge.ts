/** `escapement stake merge`: the second account goes into the first, and is gone. */
import type { Address as KitAddress } from "@solana/kit";
import { getMergeInstruction } from "@solana-program/stake";
import { requestOf, signerAt } from "../../chain/kit-instruction.ts";
import { UsageError } from "../failure.ts";
import { createRpcClient } from "../rpc-client.ts";
import { sendInstructions } from "../send-transaction.ts";
import { openSigners } from "../signers.ts";
import { readStakeAddress, reportSent, type WalletOptions } from "../stake-command.ts";
import { diagnoseStake } from "../stake-diagnosis.ts";

export type StakeMergeOptions = WalletOptions & { readonly stakeAuthority?: string };

export async function runStakeMerge(intoText: string, fromText: string, options: StakeMergeOptions): Promise<void> {
  const into = readStakeAddress(intoText);
  const source = readStakeAddress(fromText);
  if (into === source) throw new UsageError(`${into} cannot be merged into itself; give two stake accounts`);
  const signers = openSigners(options);
  const staker = signers.of(options.stakeAuthority, "the stake authority", "--stake-authority").keypair.address;
  const client = createRpcClient(options.url);
  const instruction = getMergeInstruction({
    destinationStake: into as KitAddress,
    sourceStake: source as KitAddress,
    stakeAuthority: signerAt(staker),
  });
  const sent = await sendInstructions(client, {
    what: "stake merge",
    signers,
    instructions: [requestOf(instruction)],
    diagnose: diagnoseStake(client, { stakes: [into, source], staker }),
  });
  reportSent(sent, options, `${source} merged into ${into}`);
}
