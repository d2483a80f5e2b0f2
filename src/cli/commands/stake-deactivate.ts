/** `escapement stake deactivate`: by the stake authority, or by anybody where the validator stopped voting long ago. */
import type { Address as KitAddress } from "@solana/kit";
import { getDeactivateDelinquentInstruction, getDeactivateInstruction } from "@solana-program/stake";
import * as v from "valibot";
import type { InstructionRequest } from "../../chain/create-transaction.ts";
import type { Address } from "../../chain/ids.ts";
import { requestOf, signerAt } from "../../chain/kit-instruction.ts";
import { addressSchema, readStakeAccount } from "../account-reader.ts";
import { CommandFailure, UsageError } from "../failure.ts";
import { count, createRpcClient, type RpcClient } from "../rpc-client.ts";
import { sendInstructions } from "../send-transaction.ts";
import { openSigners } from "../signers.ts";
import { readStakeAddress, reportSent, type WalletOptions } from "../stake-command.ts";
import { diagnoseStake } from "../stake-diagnosis.ts";

export type StakeDeactivateOptions = WalletOptions & {
  readonly stakeAuthority?: string;
  readonly seed?: string;
  readonly delinquent?: boolean;
};

export async function runStakeDeactivate(stakeText: string, options: StakeDeactivateOptions): Promise<void> {
  const stake = readStakeAddress(stakeText, options.seed);
  const signers = openSigners(options);
  const client = createRpcClient(options.url);
  if (options.delinquent === true && options.stakeAuthority !== undefined)
    throw new UsageError("--delinquent needs no stake authority: anybody may do it; leave --stake-authority away");
  const staker = options.delinquent
    ? undefined
    : signers.of(options.stakeAuthority, "the stake authority", "--stake-authority").keypair.address;
  const instruction =
    staker === undefined
      ? await deactivateDelinquent(client, stake)
      : requestOf(getDeactivateInstruction({ stake: stake as KitAddress, stakeAuthority: signerAt(staker) }));
  const sent = await sendInstructions(client, {
    what: "stake deactivate",
    signers,
    instructions: [instruction],
    diagnose: diagnoseStake(client, { stakes: [stake], staker }),
  });
  reportSent(sent, options, `${stake} deactivated`);
}

async function deactivateDelinquent(client: RpcClient, stake: Address): Promise<InstructionRequest> {
  const { state } = await readStakeAccount(client, stake);
  if (state.type !== "delegated") throw new CommandFailure(`${stake} is not delegated: there is nothing to deactivate`);
  return requestOf(
    getDeactivateDelinquentInstruction({
      stake: stake as KitAddress,
      delinquentVote: state.delegation.voteAccount as KitAddress,
      referenceVote: (await findReference(client)) as KitAddress,
    }),
  );
}

const voteAccountsSchema = v.object({
  current: v.array(v.object({ votePubkey: addressSchema, epochCredits: v.array(v.tuple([count, count, count])) })),
});
const epochInfoSchema = v.object({ epoch: count });
const epochsNeeded = 5;

/** A vote account with credits in each of the last epochs, the present one included: the proof that votes did land. */
async function findReference(client: RpcClient): Promise<Address> {
  const config = { commitment: "confirmed" };
  const { epoch } = await client.call("getEpochInfo", [config], epochInfoSchema);
  const { current } = await client.call("getVoteAccounts", [config], voteAccountsSchema);
  const needed = Array.from({ length: epochsNeeded }, (_, index) => epoch - index);
  const found = current.find(({ epochCredits }) => needed.every((each) => epochCredits.some(([at]) => at === each)));
  if (found !== undefined) return found.votePubkey;
  throw new CommandFailure(
    `no validator voted in each of the last ${epochsNeeded} epochs (it is epoch ${epoch}); without such a witness nobody counts as delinquent`,
  );
}
