/**
 * SHA-256 as all of the project uses it: by the portable code, or by faster code that the host has handed in.
 *
 *     handInSha256(native)    sha256(bytes)  ──>  native(bytes)
 *
 * A hash has one right answer, so who computes it is a matter of the process and of no chain: docs/decisions/0018-kernels.md.
 */
import { sha256 as portableSha256 } from "./sha256.ts";

type Sha256 = (bytes: Uint8Array) => Uint8Array;

let implementation: Sha256 = portableSha256;

/** SHA-256 of any bytes; 32 new bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return implementation(bytes);
}

/** `sha256` gives the portable code's answers and keeps no hold of what it is shown. */
export function handInSha256(sha256: Sha256): void {
  implementation = sha256;
}
