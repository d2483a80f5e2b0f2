/**
 * Who signs. Each role has its own option, and one option stands for all that are not given:
 *
 *     --keypair me.json                                  me pays the fee and is every authority
 *     --keypair me.json --fee-payer till.json            the till pays the fee
 *     --stake-authority cold.json                        cold is the stake authority and, being the only one, pays too
 */
import { existsSync } from "node:fs";
import { type Address, parseAddress } from "../chain/ids.ts";
import { UsageError } from "./failure.ts";
import { type KeyFile, readKeypairFile } from "./keypair-file.ts";

/** Paths of key files. */
export type SignerOptions = { readonly keypair?: string; readonly feePayer?: string };

export type Signers = {
  /** The key of a role: its own file, or --keypair's. `flag` names the option that gives it. */
  of(path: string | undefined, role: string, flag: string): KeyFile;
  /** Who pays; whoever was asked for first, when neither --fee-payer nor --keypair says. */
  feePayer(): KeyFile;
  /** Everybody asked for. */
  all(): readonly KeyFile[];
};

export function openSigners(options: SignerOptions): Signers {
  const files = new Map<string, KeyFile>();
  const read = (path: string): KeyFile => {
    const file = files.get(path) ?? readKeypairFile(path);
    const [first] = files;
    if (first !== undefined && first[1].scheme !== file.scheme) {
      const [otherPath, { scheme }] = first;
      throw new UsageError(
        `${otherPath} is a key of ${scheme} and ${path} one of ${file.scheme}; a chain has one curve, give keys of that`,
      );
    }
    files.set(path, file);
    return file;
  };
  return {
    of(path, role, flag) {
      const chosen = path ?? options.keypair;
      if (chosen !== undefined) return read(chosen);
      throw new UsageError(
        `no key file is given for ${role}; give ${flag} FILE, or --keypair FILE for everything that is not given`,
      );
    },
    feePayer() {
      const chosen = options.feePayer ?? options.keypair;
      if (chosen !== undefined) return read(chosen);
      const [first] = files.values();
      if (first !== undefined) return first;
      throw new UsageError("nobody is given to pay the fee; give --fee-payer FILE, or --keypair FILE");
    },
    all: () => [...files.values()],
  };
}

/** An address as such, or the one that a key file holds. `what` names its role, such as "stake account". */
export function readAddress(text: string, what: string): Address {
  const address = parseAddress(text);
  if (address !== null) return address;
  if (existsSync(text)) return readKeypairFile(text).keypair.address;
  throw new UsageError(
    `the ${what} ${text} is neither an address nor a key file; give base58 of 32 bytes, such as \`escapement keygen\` prints`,
  );
}
