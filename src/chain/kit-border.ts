/**
 * The border to @solana/kit's codecs: they throw on bytes that do not fit, and a stranger's bytes must never throw
 * further in.
 *
 *     decodeWithKit(() => getU64Decoder().decode(bytes))     8n, or the SolanaError, or the RangeError
 */
import { isSolanaError, type SolanaError } from "@solana/kit";

export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: SolanaError | RangeError };

/** Runs a decoder over a stranger's bytes. Any other error than those of bytes that do not fit is our mistake, and passes on. */
export function decodeWithKit<T>(decode: () => T): Decoded<T> {
  try {
    return { ok: true, value: decode() };
  } catch (error) {
    if (isSolanaError(error) || error instanceof RangeError) return { ok: false, error };
    throw error;
  }
}
