/**
 * The accounts behind the native programs, which genesis holds: executable, owned by the native loader, one lamport,
 * and the program's name as data.
 *
 *     11111111111111111111111111111111    1 lamport, "system_program"
 */
import { utf8Bytes } from "../../base/bytes.ts";
import type { Account } from "../account.ts";
import { nativeLoaderAddress } from "../addresses.ts";
import { type Address, lamportsOf } from "../ids.ts";
import { programs } from "./registry.ts";

export function nativeProgramAccounts(): [Address, Account][] {
  return programs.map(({ address, name }) => [
    address,
    { lamports: lamportsOf(1n), owner: nativeLoaderAddress, data: utf8Bytes(name), executable: true },
  ]);
}
