/** `escapement stake withdraw`: what is not staked, or ALL once nothing is. */
import type { Address as KitAddress } from "@solana/kit";
import { getWithdrawInstruction } from "@solana-program/stake";
import type { Address } from "../../chain/ids.ts";
import { requestOf, signerAt } from "../../chain/kit-instruction.ts";
import { readStakeAccount } from "../account-reader.ts";
import { CommandFailure } from "../failure.ts";
import { formatSol } from "../format.ts";
import { createRpcClient, type RpcClient } from "../rpc-client.ts";
import { sendInstructions } from "../send-transaction.ts";
import { openSigners, readAddress } from "../signers.ts";
import { readStakeAddress, reportSent, type WalletOptions } from "../stake-command.ts";
import { availableLamports, diagnoseStake } from "../stake-diagnosis.ts";
import { readStakeClock } from "../stake-reader.ts";
import type { SpendAmount } from "../staking-arguments.ts";

export type StakeWithdrawOptions = WalletOptions & {
  readonly withdrawAuthority?: string;
  readonly custodian?: string;
  readonly seed?: string;
};

export async function runStakeWithdraw(
  stakeText: string,
  toText: string,
  spend: SpendAmount,
  options: StakeWithdrawOptions,
): Promise<void> {
  const stake = readStakeAddress(stakeText, options.seed);
  const recipient = readAddress(toText, "recipient");
  const signers = openSigners(options);
  const withdrawer = signers.of(options.withdrawAuthority, "the withdraw authority", "--withdraw-authority").keypair
    .address;
  const custodian =
    options.custodian === undefined
      ? undefined
      : signers.of(options.custodian, "the custodian", "--custodian").keypair.address;
  const client = createRpcClient(options.url);
  const lamports = typeof spend === "bigint" ? spend : await readLamports(client, stake, spend);
  const instruction = getWithdrawInstruction({
    stake: stake as KitAddress,
    recipient: recipient as KitAddress,
    withdrawAuthority: signerAt(withdrawer),
    ...(custodian === undefined ? {} : { lockupAuthority: signerAt(custodian) }),
    args: lamports,
  });
  const sent = await sendInstructions(client, {
    what: "stake withdraw",
    signers,
    instructions: [requestOf(instruction)],
    diagnose: diagnoseStake(client, { stakes: [stake], withdrawer, custodian, withdraw: lamports }),
  });
  reportSent(sent, options, `${formatSol(lamports)} SOL from ${stake} to ${recipient}`);
}

async function readLamports(client: RpcClient, stake: Address, spend: "ALL" | "AVAILABLE"): Promise<bigint> {
  const account = await readStakeAccount(client, stake);
  if (spend === "ALL") return account.lamports;
  const available = availableLamports(account, await readStakeClock(client));
  if (available > 0n) return available;
  throw new CommandFailure(`nothing of ${stake} can be withdrawn now; \`escapement stake-account ${stake}\` shows why`);
}
