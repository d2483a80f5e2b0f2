/** `escapement stake authorize` and `stake set-lockup`: who may do what with a stake, and from when on. */
import type { Address as KitAddress } from "@solana/kit";
import { getAuthorizeInstruction, getSetLockupInstruction, StakeAuthorize } from "@solana-program/stake";
import type { InstructionRequest } from "../../chain/create-transaction.ts";
import type { Address } from "../../chain/ids.ts";
import { requestOf, signerAt } from "../../chain/kit-instruction.ts";
import { UsageError } from "../failure.ts";
import { createRpcClient } from "../rpc-client.ts";
import { sendInstructions } from "../send-transaction.ts";
import { openSigners, readAddress } from "../signers.ts";
import { readStakeAddress, reportSent, type WalletOptions } from "../stake-command.ts";
import { diagnoseStake } from "../stake-diagnosis.ts";

export type StakeAuthorizeOptions = WalletOptions & {
  readonly newStakeAuthority?: string;
  readonly newWithdrawAuthority?: string;
  readonly stakeAuthority?: string;
  readonly withdrawAuthority?: string;
  readonly custodian?: string;
};

export async function runStakeAuthorize(stakeText: string, options: StakeAuthorizeOptions): Promise<void> {
  const { newStakeAuthority, newWithdrawAuthority, stakeAuthority, withdrawAuthority } = options;
  if (newStakeAuthority === undefined && newWithdrawAuthority === undefined)
    throw new UsageError(
      "nothing is to change; give --new-stake-authority ADDRESS, or --new-withdraw-authority ADDRESS",
    );
  const stake = readStakeAddress(stakeText);
  const signers = openSigners(options);
  const addressOf = (path: string | undefined, role: string, flag: string) =>
    signers.of(path, role, flag).keypair.address;
  const custodian = options.custodian === undefined ? undefined : addressOf(options.custodian, "", "--custodian");
  const instructions: InstructionRequest[] = [];
  const change = (kind: StakeAuthorize, authority: Address, newAuthority: Address) =>
    requestOf(
      getAuthorizeInstruction({
        stake: stake as KitAddress,
        authority: signerAt(authority),
        ...(custodian === undefined ? {} : { lockupAuthority: signerAt(custodian) }),
        arg0: newAuthority as KitAddress,
        arg1: kind,
      }),
    );
  let staker: Address | undefined;
  let withdrawer: Address | undefined;
  if (newStakeAuthority !== undefined) {
    // The withdraw authority may choose the stake authority too.
    staker = addressOf(stakeAuthority ?? withdrawAuthority, "the stake authority", "--stake-authority");
    instructions.push(change(StakeAuthorize.Staker, staker, readAddress(newStakeAuthority, "new stake authority")));
  }
  if (newWithdrawAuthority !== undefined) {
    withdrawer = addressOf(withdrawAuthority, "the withdraw authority", "--withdraw-authority");
    const newAuthority = readAddress(newWithdrawAuthority, "new withdraw authority");
    instructions.push(change(StakeAuthorize.Withdrawer, withdrawer, newAuthority));
  }
  const client = createRpcClient(options.url);
  const attempt = { stakes: [stake], staker, isWithdrawerEnough: true, withdrawer, custodian };
  const diagnose = diagnoseStake(client, attempt);
  const sent = await sendInstructions(client, { what: "stake authorize", signers, instructions, diagnose });
  reportSent(sent, options, `authorities of ${stake} changed`);
}

export type StakeSetLockupOptions = WalletOptions & {
  readonly lockupEpoch?: bigint;
  readonly lockupDate?: bigint;
  readonly newCustodian?: string;
  readonly custodian?: string;
};

export async function runStakeSetLockup(stakeText: string, options: StakeSetLockupOptions): Promise<void> {
  const { lockupEpoch, lockupDate, newCustodian } = options;
  if (lockupEpoch === undefined && lockupDate === undefined && newCustodian === undefined)
    throw new UsageError("nothing is to change; give --lockup-epoch N, --lockup-date DATE or --new-custodian ADDRESS");
  const stake = readStakeAddress(stakeText);
  const signers = openSigners(options);
  const custodian = signers.of(options.custodian, "the custodian", "--custodian").keypair.address;
  const instruction = getSetLockupInstruction({
    stake: stake as KitAddress,
    authority: signerAt(custodian),
    unixTimestamp: lockupDate ?? null,
    epoch: lockupEpoch ?? null,
    custodian: newCustodian === undefined ? null : (readAddress(newCustodian, "new custodian") as KitAddress),
  });
  const client = createRpcClient(options.url);
  const sent = await sendInstructions(client, {
    what: "stake set-lockup",
    signers,
    instructions: [requestOf(instruction)],
    diagnose: diagnoseStake(client, { stakes: [stake], custodian }),
  });
  reportSent(sent, options, `lockup of ${stake} changed`);
}
