/**
 * `escapement stake split`: a part of a stake in an account of its own, in the same state and with the same owners. The new
 * account's rent reserve comes from whoever pays the fee.
 */
import type { Address as KitAddress } from "@solana/kit";
import { getSplitInstruction } from "@solana-program/stake";
import { getAllocateInstruction, getAllocateWithSeedInstruction, getAssignInstruction } from "@solana-program/system";
import { stakeProgramAddress, systemProgramAddress } from "../../chain/addresses.ts";
import type { InstructionRequest } from "../../chain/create-transaction.ts";
import type { Address } from "../../chain/ids.ts";
import { requestOf, signerAt } from "../../chain/kit-instruction.ts";
import { stakeAccountBytes } from "../../chain/stake-account.ts";
import { createTransferInstruction } from "../../chain/transfer-instruction.ts";
import { describeAccount, readAccount } from "../account-reader.ts";
import { CommandFailure, UsageError } from "../failure.ts";
import { formatSol } from "../format.ts";
import { createRpcClient } from "../rpc-client.ts";
import { sendInstructions } from "../send-transaction.ts";
import { openSigners } from "../signers.ts";
import { deriveAddress, readRentReserve, readStakeAddress, reportSent, type WalletOptions } from "../stake-command.ts";
import { diagnoseStake } from "../stake-diagnosis.ts";

export type StakeSplitOptions = WalletOptions & { readonly stakeAuthority?: string; readonly seed?: string };

export async function runStakeSplit(
  stakeText: string,
  path: string,
  lamports: bigint,
  options: StakeSplitOptions,
): Promise<void> {
  const stake = readStakeAddress(stakeText);
  const signers = openSigners(options);
  const staker = signers.of(options.stakeAuthority, "the stake authority", "--stake-authority").keypair.address;
  const payer = signers.feePayer().keypair.address;
  const base = signers.of(path, "the new stake account", "a key file").keypair.address;
  const split = options.seed === undefined ? base : deriveAddress(base, options.seed, stakeProgramAddress);
  if (split === stake)
    throw new UsageError(`${stake} cannot be split into itself; give the new account its own key file`);
  const client = createRpcClient(options.url);
  const existing = await readAccount(client, split);
  if (existing !== null && (existing.data.length > 0 || existing.owner !== systemProgramAddress))
    throw new CommandFailure(
      `${split} exists already: ${describeAccount(existing)}; make a new key with \`escapement keygen\``,
    );
  const missing = (await readRentReserve(client, stakeAccountBytes)) - (existing?.lamports ?? 0n);
  const instruction = getSplitInstruction({
    stake: stake as KitAddress,
    splitStake: split as KitAddress,
    stakeAuthority: signerAt(staker),
    args: lamports,
  });
  const sent = await sendInstructions(client, {
    what: "stake split",
    signers,
    instructions: [
      ...(missing > 0n ? [createTransferInstruction(payer, split, missing)] : []),
      ...allocate(split, base, options.seed),
      requestOf(instruction),
    ],
    diagnose: diagnoseStake(client, { stakes: [stake], staker, split: lamports }),
  });
  reportSent(sent, options, `${formatSol(lamports)} SOL split off ${stake} into ${split}`);
}

/** Room for a stake, owned by the stake program. */
function allocate(split: Address, base: Address, seed: string | undefined): InstructionRequest[] {
  const programAddress = stakeProgramAddress as KitAddress;
  const space = stakeAccountBytes;
  if (seed === undefined) {
    const newAccount = signerAt(split);
    return [
      requestOf(getAllocateInstruction({ newAccount, space })),
      requestOf(getAssignInstruction({ account: newAccount, programAddress })),
    ];
  }
  const derived = { baseAccount: signerAt(base), base: base as KitAddress, seed };
  const newAccount = split as KitAddress;
  return [requestOf(getAllocateWithSeedInstruction({ newAccount, ...derived, space, programAddress }))];
}
