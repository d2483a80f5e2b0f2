/**
 * What the library's staking functions ask of a caller's values: `TypeError` for the wrong kind, `RangeError` for a value
 * out of range, and a message that says what was wrong and what to give.
 */
import { u64Max } from "./ids.ts";
import type { Delegation, StakeHistoryEntry } from "./stake-activation.ts";

/** A bigint from 0 to 2^64 - 1. `unit` says what it counts, such as "lamports". */
export function requireU64(value: unknown, name: string, unit: string): void {
  if (typeof value !== "bigint")
    throw new TypeError(`${name} is ${String(value)}; give ${unit} as a bigint, such as 5n`);
  if (value < 0n || value > u64Max) throw new RangeError(`${name} is ${value}; give 0 to 2^64 - 1 ${unit}`);
}

export function requireList(value: unknown, name: string, shape: string): void {
  if (!Array.isArray(value)) throw new TypeError(`${name} is not a list; give [${shape}, …]`);
}

export function requireObject(value: unknown, name: string, shape: string): void {
  if (typeof value !== "object" || value === null) throw new TypeError(`${name} is ${String(value)}; give ${shape}`);
}

export function requireDelegation(delegation: Delegation, name: string): void {
  requireObject(delegation, name, "{ stake, activationEpoch, deactivationEpoch }");
  requireU64(delegation.stake, `${name}.stake`, "lamports");
  requireU64(delegation.activationEpoch, `${name}.activationEpoch`, "epochs");
  requireU64(delegation.deactivationEpoch, `${name}.deactivationEpoch`, "epochs");
}

export function requireHistory(history: readonly StakeHistoryEntry[], name: string): void {
  requireList(history, name, "{ epoch, effective, activating, deactivating }");
  const seen = new Set<bigint>();
  for (const [index, entry] of history.entries()) {
    const at = `${name}[${index}]`;
    requireObject(entry, at, "{ epoch, effective, activating, deactivating }");
    requireU64(entry.epoch, `${at}.epoch`, "epochs");
    requireU64(entry.effective, `${at}.effective`, "lamports");
    requireU64(entry.activating, `${at}.activating`, "lamports");
    requireU64(entry.deactivating, `${at}.deactivating`, "lamports");
    if (seen.has(entry.epoch)) throw new RangeError(`${at}.epoch is ${entry.epoch} again; give each epoch once`);
    seen.add(entry.epoch);
  }
}

export function requireRateEpoch(epoch: bigint | null, name: string): void {
  if (epoch === undefined) throw new TypeError(`${name} is missing; give an epoch as a bigint, or null for never`);
  if (epoch !== null) requireU64(epoch, name, "epochs");
}
