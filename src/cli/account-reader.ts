/** Accounts over JSON-RPC, by their bytes. */
import * as v from "valibot";
import type { Account } from "../chain/account.ts";
import { stakeProgramAddress, systemProgramAddress, voteProgramAddress } from "../chain/addresses.ts";
import { type Address, type Lamports, parseAddress } from "../chain/ids.ts";
import { decodeStakeState, type StakeState } from "../chain/stake-account.ts";
import { decodeVoteState, type VoteState } from "../chain/vote-state.ts";
import { CommandFailure } from "./failure.ts";
import { amount, contextOf, type RpcClient } from "./rpc-client.ts";

export const addressSchema = v.pipe(
  v.string(),
  v.check((text) => parseAddress(text) !== null, "not an address"),
  v.transform((text) => text as Address),
);

const accountSchema = v.pipe(
  v.object({
    lamports: amount,
    owner: addressSchema,
    executable: v.boolean(),
    data: v.tuple([v.string(), v.literal("base64")]),
  }),
  v.transform(
    ({ lamports, owner, executable, data: [text] }): Account => ({
      lamports: lamports as Lamports,
      owner,
      executable,
      data: new Uint8Array(Buffer.from(text, "base64")),
    }),
  ),
);

const config = { encoding: "base64", commitment: "confirmed" };

/** Null when there is no such account. */
export function readAccount(client: RpcClient, address: Address): Promise<Account | null> {
  return client.call("getAccountInfo", [address, config], contextOf(v.nullable(accountSchema)));
}

export function readAccounts(client: RpcClient, addresses: readonly Address[]): Promise<(Account | null)[]> {
  const schema = contextOf(v.pipe(v.array(v.nullable(accountSchema)), v.length(addresses.length)));
  return client.call("getMultipleAccounts", [addresses, config], schema);
}

type ProgramFilter = { readonly offset: number; readonly bytes: string };

const programAccountsSchema = v.array(v.object({ pubkey: addressSchema, account: accountSchema }));

/** A program's accounts that hold these bytes (base58) at these places. */
export function readProgramAccounts(
  client: RpcClient,
  program: Address,
  filters: readonly ProgramFilter[],
): Promise<{ pubkey: Address; account: Account }[]> {
  const parameters = { ...config, filters: filters.map((memcmp) => ({ memcmp })) };
  return client.call("getProgramAccounts", [program, parameters], programAccountsSchema);
}

/** What is at an address, for a message: "there is no such account", "it is a vote account". */
export function describeAccount(account: Account | null): string {
  switch (account?.owner) {
    case undefined:
      return "there is no such account";
    case stakeProgramAddress:
      return "it is a stake account";
    case voteProgramAddress:
      return "it is a vote account";
    case systemProgramAddress:
      return "it is a wallet, owned by the System program";
    default:
      return `it is owned by ${account?.owner}`;
  }
}

export type StakeAccount = { readonly address: Address; readonly lamports: bigint; readonly state: StakeState };

/** Null when it is none. */
export function stakeAccountIn(address: Address, account: Account | null): StakeAccount | null {
  const state = account?.owner === stakeProgramAddress ? decodeStakeState(account.data) : null;
  return account === null || state === null ? null : { address, lamports: account.lamports, state };
}

/** Throws CommandFailure when it is none. */
export async function readStakeAccount(client: RpcClient, address: Address): Promise<StakeAccount> {
  const account = await readAccount(client, address);
  const stake = stakeAccountIn(address, account);
  if (stake !== null) return stake;
  throw new CommandFailure(
    `${address} is no stake account: ${describeAccount(account)}; \`escapement stakes\` lists them`,
  );
}

export type VoteAccount = { readonly address: Address; readonly lamports: bigint; readonly state: VoteState };

/** Throws CommandFailure when it is none. */
export async function readVoteAccount(client: RpcClient, address: Address): Promise<VoteAccount> {
  const account = await readAccount(client, address);
  const state = account?.owner === voteProgramAddress ? decodeVoteState(account.data, address) : null;
  if (account !== null && state !== null) return { address, lamports: account.lamports, state };
  throw new CommandFailure(
    `${address} is no vote account: ${describeAccount(account)}; \`escapement validators\` lists them`,
  );
}
