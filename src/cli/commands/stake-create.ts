/**
 * `escapement stake create`: a stake account with coins and owners, not yet delegated.
 *
 *     from ──amount──> stake account (or the one derived from it and --seed)      staker, withdrawer, lockup
 */
import type { Address as KitAddress } from "@solana/kit";
import { getInitializeInstruction } from "@solana-program/stake";
import { getCreateAccountInstruction, getCreateAccountWithSeedInstruction } from "@solana-program/system";
import { stakeProgramAddress, systemProgramAddress } from "../../chain/addresses.ts";
import type { InstructionRequest } from "../../chain/create-transaction.ts";
import type { Address } from "../../chain/ids.ts";
import { requestOf, signerAt } from "../../chain/kit-instruction.ts";
import { stakeAccountBytes } from "../../chain/stake-account.ts";
import { readAccount } from "../account-reader.ts";
import { CommandFailure, UsageError } from "../failure.ts";
import { formatSol } from "../format.ts";
import { amount, contextOf, createRpcClient, type RpcClient } from "../rpc-client.ts";
import { readFee, type Sending, sendInstructions } from "../send-transaction.ts";
import { openSigners, readAddress } from "../signers.ts";
import { deriveAddress, readRentReserve, reportSent, type WalletOptions } from "../stake-command.ts";
import type { SpendAmount } from "../staking-arguments.ts";

export type StakeCreateOptions = WalletOptions & {
  readonly from?: string;
  readonly seed?: string;
  readonly stakeAuthority?: string;
  readonly withdrawAuthority?: string;
  readonly lockupEpoch?: bigint;
  readonly lockupDate?: bigint;
  readonly custodian?: string;
};

export async function runStakeCreate(path: string, spend: SpendAmount, options: StakeCreateOptions): Promise<void> {
  const signers = openSigners(options);
  const from = signers.of(options.from, "whoever funds it", "--from").keypair.address;
  const base = signers.of(path, "the stake account", "a key file").keypair.address;
  const stake = options.seed === undefined ? base : deriveAddress(base, options.seed, stakeProgramAddress);
  if (stake === from) throw new UsageError(`${from} would fund itself; give the stake account its own key file`);
  const client = createRpcClient(options.url);
  if ((await readAccount(client, stake)) !== null)
    throw new CommandFailure(`there is an account ${stake} already; make a new key with \`escapement keygen\``);
  const reserve = await readRentReserve(client, stakeAccountBytes);
  const sendingOf = (lamports: bigint): Sending => ({
    what: "stake create",
    signers,
    instructions: [createStake({ from, base, stake, lamports }, options), initialize(stake, from, options)],
  });
  const lamports = typeof spend === "bigint" ? spend : await readAll(client, from, sendingOf(reserve));
  if (lamports < reserve)
    throw new CommandFailure(
      `a stake account keeps at least ${formatSol(reserve)} SOL, its rent reserve; ${formatSol(lamports)} SOL are too few`,
    );
  const diagnose = (name: string) => explainPoverty(client, from, lamports, name);
  const sent = await sendInstructions(client, { ...sendingOf(lamports), diagnose });
  reportSent(sent, options, `${formatSol(lamports)} SOL from ${from} in stake account ${stake}`);
}

type Creation = { readonly from: Address; readonly base: Address; readonly stake: Address; readonly lamports: bigint };

function createStake({ from, base, stake, lamports }: Creation, { seed }: StakeCreateOptions): InstructionRequest {
  const fields = { payer: signerAt(from), space: stakeAccountBytes, programAddress: stakeProgramAddress as KitAddress };
  if (seed === undefined) {
    return requestOf(getCreateAccountInstruction({ ...fields, newAccount: signerAt(stake), lamports }));
  }
  const derived = { baseAccount: signerAt(base), base: base as KitAddress, seed };
  const newAccount = stake as KitAddress;
  return requestOf(getCreateAccountWithSeedInstruction({ ...fields, ...derived, newAccount, amount: lamports }));
}

function initialize(stake: Address, from: Address, options: StakeCreateOptions): InstructionRequest {
  const owner = (text: string | undefined, what: string) =>
    (text === undefined ? from : readAddress(text, what)) as KitAddress;
  const custodian =
    options.custodian === undefined ? systemProgramAddress : readAddress(options.custodian, "custodian");
  return requestOf(
    getInitializeInstruction({
      stake: stake as KitAddress,
      arg0: {
        staker: owner(options.stakeAuthority, "stake authority"),
        withdrawer: owner(options.withdrawAuthority, "withdraw authority"),
      },
      arg1: {
        unixTimestamp: options.lockupDate ?? 0n,
        epoch: options.lockupEpoch ?? 0n,
        custodian: custodian as KitAddress,
      },
    }),
  );
}

function readBalance(client: RpcClient, address: Address): Promise<bigint> {
  return client.call("getBalance", [address, { commitment: "confirmed" }], contextOf(amount));
}

/** All that `from` has, short of the fee where it pays that too. */
async function readAll(client: RpcClient, from: Address, sending: Sending): Promise<bigint> {
  const balance = await readBalance(client, from);
  const fee = sending.signers.feePayer().keypair.address === from ? await readFee(client, sending) : 0n;
  return balance > fee ? balance - fee : 0n;
}

async function explainPoverty(
  client: RpcClient,
  from: Address,
  lamports: bigint,
  name: string,
): Promise<string | null> {
  if (name !== "ResultWithNegativeLamports") return null;
  const balance = await readBalance(client, from);
  return `${from} has ${formatSol(balance)} SOL, and ${formatSol(lamports)} SOL and the fee are to leave it; \`escapement airdrop\` gives some`;
}
