/** What the commands that move stakes share. */
import { utf8Bytes } from "../base/bytes.ts";
import { stakeProgramAddress } from "../chain/addresses.ts";
import { computeAddressWithSeed } from "../chain/derived-address.ts";
import type { Address } from "../chain/ids.ts";
import type { OutputFormat } from "./arguments.ts";
import { UsageError } from "./failure.ts";
import { print, printJson, say } from "./output.ts";
import { amount, type RpcClient } from "./rpc-client.ts";
import type { Sent } from "./send-transaction.ts";
import { readAddress } from "./signers.ts";

export type WalletOptions = {
  readonly keypair?: string;
  readonly feePayer?: string;
  readonly url: string;
  readonly output: OutputFormat;
};

/** The signature to stdout, what was done to stderr. */
export function reportSent({ signature, slot }: Sent, { output }: WalletOptions, done: string): void {
  say(`${done}, confirmed in slot ${slot}`);
  if (output === "json") printJson({ signature });
  else print(signature);
}

/** The address that a base and a seed give, owned by the program. */
export function deriveAddress(base: Address, seed: string, program: Address): Address {
  const derived = computeAddressWithSeed(base, utf8Bytes(seed), program);
  if (derived.ok) return derived.value;
  throw new UsageError(`--seed has ${utf8Bytes(seed).length} bytes; give a text of at most 32`);
}

/** The stake account meant, or the one derived from it where a seed is given. */
export function readStakeAddress(text: string, seed?: string): Address {
  const address = readAddress(text, "stake account");
  return seed === undefined ? address : deriveAddress(address, seed, stakeProgramAddress);
}

export function readRentReserve(client: RpcClient, bytes: number): Promise<bigint> {
  return client.call("getMinimumBalanceForRentExemption", [bytes], amount);
}
