/**
 * What `jsonParsed` makes of an account: its program's name and what stands in it, or nothing, and then it is given as
 * base64.
 *
 *     owner Stake111…    ->  { program: "stake", parsed: { type: "delegated", info: { meta, stake } }, space: 200 }
 *     owner 1111…        ->  null: of the System program's accounts Solana takes apart nonces only, which are not here
 *
 * Source: agave, account-decoder parse_account_data.
 */
import type { Account } from "../chain/account.ts";
import { stakeProgramAddress, sysvarOwnerAddress, voteProgramAddress } from "../chain/addresses.ts";
import type { Address } from "../chain/ids.ts";
import { encodeParsedStakeAccount } from "./encode-stake-account.ts";
import { encodeParsedSysvar } from "./encode-sysvar-account.ts";
import { encodeParsedVoteAccount } from "./encode-vote-account.ts";

type Parser = { readonly program: string; readonly parse: (address: Address, data: Uint8Array) => unknown };

/** By the account's owner. */
const parsers: ReadonlyMap<Address, Parser> = new Map([
  [stakeProgramAddress, { program: "stake", parse: (_: Address, data: Uint8Array) => encodeParsedStakeAccount(data) }],
  [voteProgramAddress, { program: "vote", parse: encodeParsedVoteAccount }],
  [sysvarOwnerAddress, { program: "sysvar", parse: encodeParsedSysvar }],
]);

export type ParsedAccountData = { readonly program: string; readonly parsed: unknown; readonly space: number };

export function parseAccountData(address: Address, { owner, data }: Account): ParsedAccountData | null {
  const parser = parsers.get(owner);
  const parsed = parser?.parse(address, data) ?? null;
  return parser === undefined || parsed === null ? null : { program: parser.program, parsed, space: data.length };
}
