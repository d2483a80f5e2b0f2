/** `escapement vote create`: a vote account for a validator. */
import type { Address as KitAddress } from "@solana/kit";
import { getCreateAccountInstruction, getCreateAccountWithSeedInstruction } from "@solana-program/system";
import { voteProgramAddress } from "../../chain/addresses.ts";
import type { InstructionRequest } from "../../chain/create-transaction.ts";
import {
  createInitializeVoteAccountInstruction,
  createUpdateCommissionBpsInstruction,
} from "../../chain/create-vote-instructions.ts";
import type { Address } from "../../chain/ids.ts";
import { requestOf, signerAt } from "../../chain/kit-instruction.ts";
import { voteAccountBytes } from "../../chain/vote-state.ts";
import { readAccount } from "../account-reader.ts";
import { CommandFailure, UsageError } from "../failure.ts";
import { createRpcClient } from "../rpc-client.ts";
import { sendInstructions } from "../send-transaction.ts";
import { openSigners, readAddress } from "../signers.ts";
import { deriveAddress, readRentReserve, reportSent, type WalletOptions } from "../stake-command.ts";

export type VoteCreateOptions = WalletOptions & {
  /** Hundredths of a percent. */
  readonly commission: number;
  readonly authorizedVoter?: string;
  readonly allowUnsafeAuthorizedWithdrawer?: boolean;
  readonly seed?: string;
};

export async function runVoteCreate(
  path: string,
  identityPath: string,
  withdrawerText: string,
  options: VoteCreateOptions,
): Promise<void> {
  const signers = openSigners(options);
  const node = signers.of(identityPath, "the identity", "a key file").keypair.address;
  const payer = signers.feePayer().keypair.address;
  const base = signers.of(path, "the vote account", "a key file").keypair.address;
  const voteAccount = options.seed === undefined ? base : deriveAddress(base, options.seed, voteProgramAddress);
  const authorizedWithdrawer = readAddress(withdrawerText, "authorized withdrawer");
  checkAddresses({ voteAccount, node, authorizedWithdrawer, payer }, options);
  const authorizedVoter =
    options.authorizedVoter === undefined ? node : readAddress(options.authorizedVoter, "authorized voter");
  const client = createRpcClient(options.url);
  if ((await readAccount(client, voteAccount)) !== null)
    throw new CommandFailure(`there is an account ${voteAccount} already; make a new key with \`escapement keygen\``);
  const lamports = await readRentReserve(client, voteAccountBytes);
  const { commission } = options;
  const percent = Math.floor(commission / 100);
  const instructions = [
    createVote({ payer, base, voteAccount, lamports }, options.seed),
    createInitializeVoteAccountInstruction({
      voteAccount,
      node,
      authorizedVoter,
      authorizedWithdrawer,
      commission: percent,
    }),
  ];
  if (commission % 100 !== 0) {
    const withdrawer = signers.all().find(({ keypair }) => keypair.address === authorizedWithdrawer)?.keypair.address;
    if (withdrawer === undefined)
      throw new UsageError(
        "a --commission with decimals is set by the withdraw authority, whose key is not given; give it as --keypair, or a whole percentage",
      );
    const change = { voteAccount, withdrawer, commissionBps: commission, kind: "InflationRewards" as const };
    instructions.push(createUpdateCommissionBpsInstruction(change));
  }
  const sent = await sendInstructions(client, { what: "vote create", signers, instructions });
  reportSent(sent, options, `vote account ${voteAccount} of ${node}`);
}

type Addresses = Readonly<Record<"voteAccount" | "node" | "authorizedWithdrawer" | "payer", Address>>;

function checkAddresses(
  { voteAccount, node, authorizedWithdrawer, payer }: Addresses,
  options: VoteCreateOptions,
): void {
  if (voteAccount === node) throw new UsageError(`${node} cannot be identity and vote account; give two key files`);
  if (voteAccount === payer) throw new UsageError(`${payer} would fund itself; give the vote account its own key file`);
  if (options.allowUnsafeAuthorizedWithdrawer === true) return;
  const same =
    authorizedWithdrawer === voteAccount ? "vote account" : authorizedWithdrawer === node ? "identity" : null;
  if (same !== null)
    throw new UsageError(
      `the withdrawer is the ${same} itself, whose key a validator keeps at hand; give another address, or --allow-unsafe-authorized-withdrawer`,
    );
}

type Creation = {
  readonly payer: Address;
  readonly base: Address;
  readonly voteAccount: Address;
  readonly lamports: bigint;
};

function createVote({ payer, base, voteAccount, lamports }: Creation, seed: string | undefined): InstructionRequest {
  const fields = { payer: signerAt(payer), space: voteAccountBytes, programAddress: voteProgramAddress as KitAddress };
  if (seed === undefined) {
    return requestOf(getCreateAccountInstruction({ ...fields, newAccount: signerAt(voteAccount), lamports }));
  }
  const derived = { baseAccount: signerAt(base), base: base as KitAddress, seed };
  const newAccount = voteAccount as KitAddress;
  return requestOf(getCreateAccountWithSeedInstruction({ ...fields, ...derived, newAccount, amount: lamports }));
}
