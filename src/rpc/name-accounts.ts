/**
 * The accounts of an instruction, by what they are to its program. A pattern names them in order; `name?` may be absent,
 * and `name*` is a sysvar that newer clients leave out: it is passed over where another account stands in its place.
 *
 *     "stakeAccount clockSysvar* authority custodian?"
 *        [stake, SysvarC1ock…, alice]     { stakeAccount: stake, clockSysvar: "SysvarC1ock…", authority: alice }
 *        [stake, alice, carol]            { stakeAccount: stake, authority: alice, custodian: carol }
 *        [stake]                          null
 */
import {
  clockSysvarAddress,
  rentSysvarAddress,
  slotHashesSysvarAddress,
  stakeHistorySysvarAddress,
} from "../chain/addresses.ts";
import type { Address } from "../chain/ids.ts";

/** Once read by the stake program, and still listed by many clients. */
const stakeConfigAddress = "StakeConfig11111111111111111111111111111111" as Address;

const passedOver: ReadonlyMap<string, Address> = new Map([
  ["clockSysvar", clockSysvarAddress],
  ["rentSysvar", rentSysvarAddress],
  ["slotHashesSysvar", slotHashesSysvarAddress],
  ["stakeHistorySysvar", stakeHistorySysvarAddress],
  ["stakeConfigAccount", stakeConfigAddress],
]);

export type NamedAccounts = Readonly<Record<string, Address>>;

/** Null when an account is missing. More accounts than names do not matter. */
export function nameAccounts(pattern: string, accounts: readonly Address[]): NamedAccounts | null {
  const named: Record<string, Address> = {};
  let next = 0;
  for (const word of pattern.split(" ")) {
    const name = word.replace(/[?*]$/, "");
    const account = accounts[next];
    if (word.endsWith("*") && account !== passedOver.get(name)) continue;
    if (account !== undefined) named[name] = account;
    else if (!word.endsWith("?")) return null;
    next++;
  }
  return named;
}

/** What an instruction is called, and the pattern of its accounts. */
export type InstructionForm = { readonly type: string; readonly accounts: string };

const utf8 = new TextDecoder();

/** Of an instruction whose authority is derived: in whose place somebody signs. */
export function describeDerivedAuthority({ kind, current }: DerivedAuthorityUse) {
  return { authorityType: kind, authoritySeed: utf8.decode(current.seed), authorityOwner: current.owner };
}

type DerivedAuthorityUse = {
  readonly kind: string;
  readonly current: { readonly seed: Uint8Array; readonly owner: Address };
};
