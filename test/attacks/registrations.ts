/** What the attacks on leaders share: three registrations with coins behind them, and schedules drawn from stakes. */
import { sha256 } from "../../src/base/sha256.ts";
import { computeLeaderSchedule } from "../../src/chain/compute-leader-schedule.ts";
import { createGenesis } from "../../src/chain/genesis.ts";
import { type Address, addressOf, type Lamports } from "../../src/chain/ids.ts";
import { addValidator, createStakeRegistry, type Registration } from "../../src/chain/stake-registry.ts";
import { crypto, paramsOf, sol, strangerOf } from "../support/attack-chain.ts";

export const { signatures } = crypto;
export const treasury = strangerOf("treasury").address;
export const addressNumber = (n: number): Address => addressOf(sha256(new Uint8Array([n, n >> 8])));

export function registration(name: string, stake: bigint, changes: Partial<Registration> = {}): Registration {
  return {
    identity: strangerOf(`${name} identity`).address,
    voteAccount: strangerOf(`${name} vote`).address,
    stakeAccount: strangerOf(`${name} stake`).address,
    stake: stake as Lamports,
    commission: 5,
    source: treasury,
    ...changes,
  };
}

export const balances = new Map([[treasury, (1000n * sol) as Lamports]]);
export const [a, b, c] = [registration("a", 600n * sol), registration("b", 300n * sol), registration("c", 100n * sol)];

export function genesisOf(registrations: readonly Registration[], given = balances) {
  return createGenesis({ params: paramsOf(), creationTime: 0, balances: given, registrations }, signatures);
}

export function register(registrations: readonly Registration[]) {
  let registry = createStakeRegistry(balances);
  for (const each of registrations) {
    const added = addValidator(registry, each, signatures);
    if (!added.ok) return added;
    registry = added.value;
  }
  return { ok: true, value: registry } as const;
}

export const stakesOf = (entries: readonly { voteAccount: string; stake: bigint }[]) =>
  entries.map(({ voteAccount, stake }) => ({ voteAccount, identity: voteAccount, stake }));

export const schedule = (
  seed: Uint8Array | string,
  entries: readonly { voteAccount: string; stake: bigint }[],
  slots = 400,
) =>
  computeLeaderSchedule({
    policy: "poh",
    epoch: 7,
    stakes: stakesOf(entries),
    slotsPerEpoch: slots,
    slotsPerRotation: 1,
    seed,
  }).rotations;

export const seedNumber = (n: number): Uint8Array => sha256(new TextEncoder().encode(`seed ${n}`));
