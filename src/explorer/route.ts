/**
 * Where the page is: in the address, so that it can be sent to somebody.
 *
 *     #/slot/400   #/block/3a8M…   #/tx/EaJg…   #/account/2udo…   #/validator/3   #/epoch/7        #/ the whole
 *
 *     searchFor("400")       slot 400           searchFor("north")      the validator of this name
 *     searchFor("epoch 7")   epoch 7            searchFor("2udo…")      block, validator or account; a signature: transaction
 */
import type { WatchHeader } from "../sim/watch-frame.ts";

export type Route =
  | { readonly type: "whole" }
  | { readonly type: "slot"; readonly slot: number }
  | { readonly type: "block"; readonly id: string }
  | { readonly type: "tx"; readonly signature: string }
  | { readonly type: "account"; readonly address: string }
  | { readonly type: "validator"; readonly index: number }
  | { readonly type: "epoch"; readonly epoch: number }
  /** Nothing that the page has. */
  | { readonly type: "unknown"; readonly text: string };

const base58 = /^[1-9A-HJ-NP-Za-km-z]+$/;
const isAddress = (text: string) => base58.test(text) && text.length >= 32 && text.length <= 44;
const isSignature = (text: string) => base58.test(text) && text.length >= 64 && text.length <= 88;
const isNumber = (text: string) => /^\d{1,15}$/.test(text);

export function parseRoute(hash: string): Route {
  const text = decode(hash.replace(/^#\/?/, ""));
  const [kind = "", value = "", ...more] = text.split("/");
  if (text === "") return { type: "whole" };
  if (more.length === 0) {
    if (kind === "slot" && isNumber(value)) return { type: "slot", slot: Number(value) };
    if (kind === "epoch" && isNumber(value)) return { type: "epoch", epoch: Number(value) };
    if (kind === "validator" && isNumber(value)) return { type: "validator", index: Number(value) };
    if (kind === "block" && isAddress(value)) return { type: "block", id: value };
    if (kind === "account" && isAddress(value)) return { type: "account", address: value };
    if (kind === "tx" && isSignature(value)) return { type: "tx", signature: value };
  }
  return { type: "unknown", text };
}

/** A broken escape is text like any other. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export type Known = { readonly header: WatchHeader; readonly blocks: ReadonlyMap<string, unknown> };

/** The address of what somebody looks for, or null where it can be nothing. */
export function searchFor(text: string, { header, blocks }: Known): string | null {
  const sought = text.trim();
  const epoch = /^epoch\s*(\d{1,15})$/i.exec(sought)?.[1];
  if (epoch !== undefined) return `#/epoch/${epoch}`;
  const { validators } = header;
  const named = validators.findIndex(
    ({ name, identity, voteAccount }) =>
      name.toLowerCase() === sought.toLowerCase() || identity === sought || voteAccount === sought,
  );
  if (named >= 0) return `#/validator/${named}`;
  if (isNumber(sought)) return `#/slot/${sought}`;
  if (blocks.has(sought)) return `#/block/${sought}`;
  if (isAddress(sought)) return `#/account/${sought}`;
  if (isSignature(sought)) return `#/tx/${sought}`;
  return null;
}
