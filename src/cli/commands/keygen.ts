/** `escapement keygen`: a random key pair, or one of the keys that a network's seed gives. */
import { randomBytes } from "node:crypto";
import type { SchemeName } from "../../chain/crypto.ts";
import { nodeSignatures } from "../../host/node-crypto.ts";
import { keySeed } from "../../sim/network.ts";
import type { OutputFormat } from "../arguments.ts";
import { writeKeypairFile } from "../keypair-file.ts";
import { print, printJson, say } from "../output.ts";

export type KeygenOptions = {
  readonly outfile: string;
  readonly force: boolean;
  readonly seed?: string;
  readonly role: string;
  readonly index: number;
  readonly scheme: SchemeName;
  readonly output: OutputFormat;
};

export function runKeygen(options: KeygenOptions): void {
  const { outfile, force, seed, role, index, scheme, output } = options;
  const secret = seed === undefined ? new Uint8Array(randomBytes(32)) : keySeed(seed, role, index);
  const keypair = nodeSignatures[scheme].createKeypair(secret);
  writeKeypairFile(outfile, keypair, force);
  say(`wrote ${outfile}${seed === undefined ? "" : "; whoever knows the seed has this key: for tests only"}`);
  if (output === "json") printJson({ pubkey: keypair.address, scheme, outfile });
  else print(keypair.address);
}
