import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKeyPairSignerFromBytes } from "@solana/kit";
import { afterAll, describe, expect, it } from "vitest";
import { decodeBase58 } from "../base/base58.ts";
import { nodeSignatures } from "../host/node-crypto.ts";
import { formatKeypair, formatWalletSecret, parseKeypair, readKeypairFile, writeKeypairFile } from "./keypair-file.ts";

const folder = mkdtempSync(join(tmpdir(), "escapement-key-"));
afterAll(() => rmSync(folder, { recursive: true }));

const seed = Uint8Array.from({ length: 32 }, (_, i) => i);

describe("key files", () => {
  it("keep either scheme's key pair, and tell which it is", () => {
    for (const scheme of ["ed25519", "secp256k1"] as const) {
      // The second seed's point is odd, so that its scalar was negated.
      for (const secret of [seed, Uint8Array.from(seed, (byte) => byte + 3)]) {
        const keypair = nodeSignatures[scheme].createKeypair(secret);
        expect(parseKeypair(formatKeypair(keypair))).toEqual({ keypair, scheme });
      }
    }
  });

  it("hold the bytes that Solana's clients sign with", async () => {
    const keypair = nodeSignatures.ed25519.createKeypair(seed);
    const signer = await createKeyPairSignerFromBytes(Uint8Array.from(JSON.parse(formatKeypair(keypair))));
    expect(signer.address).toBe(keypair.address);
    expect(decodeBase58(formatWalletSecret(keypair), 100)).toEqual(Uint8Array.from(JSON.parse(formatKeypair(keypair))));
  });

  it("are for the owner alone, and not overwritten unless told to", () => {
    const path = join(folder, "key.json");
    const keypair = nodeSignatures.ed25519.createKeypair(seed);
    writeKeypairFile(path, keypair, false);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readKeypairFile(path).keypair).toEqual(keypair);
    const before = readFileSync(path, "utf8");
    const other = nodeSignatures.ed25519.createKeypair(seed.toReversed());
    expect(() => writeKeypairFile(path, other, false)).toThrow("--force");
    expect(readFileSync(path, "utf8")).toBe(before);
    writeFileSync(join(folder, "open"), "", { mode: 0o644 });
    writeKeypairFile(join(folder, "open"), other, true);
    expect(statSync(join(folder, "open")).mode & 0o777).toBe(0o600);
  });

  it("are refused when they are something else", () => {
    const bytes = JSON.parse(formatKeypair(nodeSignatures.ed25519.createKeypair(seed))) as number[];
    const problem = (value: unknown) => parseKeypair(JSON.stringify(value));
    expect(parseKeypair("nonsense")).toEqual({ problem: "it is not JSON" });
    for (const wrong of [
      {},
      null,
      bytes.slice(1),
      [...bytes, 0],
      bytes.with(0, 256),
      bytes.with(0, 0.5),
      bytes.with(0, -1),
    ])
      expect(problem(wrong)).toEqual({ problem: "it is not an array of 64 bytes" });
    expect(problem(bytes.with(63, bytes[63]! ^ 1))).toEqual({
      problem: "its public half does not belong to its secret half",
    });
  });
});
