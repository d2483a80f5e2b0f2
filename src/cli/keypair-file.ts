/**
 * Key files as Solana's tools write them: a JSON array of 64 bytes, secret then public.
 *
 *     [174,47,154,16, … 64 numbers]        mode 0600, readable by the solana CLI
 *
 * A secp256k1 key pair stands in the same form: its scalar, then its x-only public key. Which scheme a file is of shows in
 * its halves: only one of them makes that public key from that secret.
 */
import { closeSync, fchmodSync, openSync, writeSync } from "node:fs";
import { encodeBase58 } from "../base/base58.ts";
import { concatBytes, equalBytes } from "../base/bytes.ts";
import type { Keypair, SchemeName } from "../chain/crypto.ts";
import { nodeSignatures } from "../host/node-crypto.ts";
import { CommandFailure, UsageError } from "./failure.ts";
import { fileError, readTextFile } from "./files.ts";

export type KeyFile = { readonly keypair: Keypair; readonly scheme: SchemeName };

export function formatKeypair(keypair: Keypair): string {
  return `[${concatBytes(keypair.secretKey, keypair.publicKey).join(",")}]`;
}

/** The form in which wallets import a secret: base58 of secret and public key. */
export function formatWalletSecret(keypair: Keypair): string {
  return encodeBase58(concatBytes(keypair.secretKey, keypair.publicKey));
}

/** The key pair, or what is wrong with the text. */
export function parseKeypair(text: string): KeyFile | { readonly problem: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { problem: "it is not JSON" };
  }
  const isByte = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;
  if (!Array.isArray(parsed) || parsed.length !== 64 || !parsed.every(isByte))
    return { problem: "it is not an array of 64 bytes" };
  const bytes = Uint8Array.from(parsed as number[]);
  for (const scheme of ["ed25519", "secp256k1"] as const) {
    const keypair = nodeSignatures[scheme].createKeypair(bytes.slice(0, 32));
    if (equalBytes(keypair.publicKey, bytes.slice(32))) return { keypair, scheme };
  }
  return { problem: "its public half does not belong to its secret half" };
}

export function readKeypairFile(path: string): KeyFile {
  const read = parseKeypair(readTextFile(path, "key file"));
  if ("keypair" in read) return read;
  throw new UsageError(`the key file ${path} cannot be used: ${read.problem}; make one with \`escapement keygen\``);
}

/** Never over another key, unless told to. */
export function writeKeypairFile(path: string, keypair: Keypair, force: boolean): void {
  let file: number;
  try {
    file = openSync(path, force ? "w" : "wx", 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST")
      throw new CommandFailure(`${path} exists and may hold a key; give another --outfile, or --force to overwrite it`);
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new UsageError(`${path} cannot be made: its folder does not exist`);
    throw fileError(error, path, "key file");
  }
  try {
    // A file that is overwritten keeps the mode it had.
    fchmodSync(file, 0o600);
    writeSync(file, `${formatKeypair(keypair)}\n`);
  } finally {
    closeSync(file);
  }
}
