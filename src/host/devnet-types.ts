/** What goes into a devnet and what comes out of it, as types. */
import type { Refusal } from "../base/refusal.ts";
import type { Address, Epoch, Signature, Slot } from "../chain/ids.ts";
import type { ChainParams, ProfileName } from "../chain/params.ts";
import type { Fault } from "../sim/faults.ts";
import type { GenesisFile } from "../sim/genesis-file.ts";
import type { ValidatorPlan } from "../sim/network.ts";
import type { SnapshotSummary } from "./devnet-snapshots.ts";
import type { ServerOptions } from "./server.ts";

export type DevnetOptions = {
  /** Everything random comes from it. Default "escapement". */
  readonly seed?: string;
  /** A number of validators, or each one's stake in lamports and commission in percent. Default 4. */
  readonly validators?: number | readonly ValidatorPlan[];
  /** Default "lab". */
  readonly profile?: ProfileName;
  /** Overrides of the profile's parameters. */
  readonly params?: Partial<ChainParams>;
  /** Funded accounts, each with `accountLamports`. Default 5 with 10,000 SOL each. */
  readonly accounts?: number;
  readonly accountLamports?: bigint;
  /** Unix seconds. Default a constant, so that equal options give equal chains. */
  readonly creationTime?: number;
  readonly firstSlot?: number;
  /**
   * What a genesis file says (schemas/genesis.schema.json): validators, funded accounts and stakes in any state. The
   * options `seed`, `params`, `creationTime` and `firstSlot` are laid over it; `validators`, `profile`, `accounts` and
   * `accountLamports` cannot stand beside it.
   */
  readonly genesis?: GenesisFile;
  /** Finalized slots whose blocks are kept for clients. Default 100,000. */
  readonly ledgerSlotsMax?: number;
  /** What `dump()` gave: the devnet goes on from there. No other option can stand beside it but `ledgerSlotsMax`. */
  readonly load?: Uint8Array;
  /** Off: every validator replays every block for itself; slower, same results. */
  readonly sharedWork?: boolean;
};

/** One slot, as seen from the observer when it is over. */
export type SlotSummary = {
  readonly slot: Slot;
  readonly epoch: Epoch;
  readonly leader: Address;
  readonly voteAccount: Address;
  readonly produced: boolean;
  readonly blockId: string | null;
  readonly height: number;
  readonly transactions: number;
  readonly votes: number;
  readonly confirmedSlot: Slot;
  readonly finalizedSlot: Slot;
};

export type DevnetEvents = {
  slot: SlotSummary;
  "block-confirmed": { readonly slot: Slot; readonly blockId: string };
  "block-finalized": { readonly slot: Slot; readonly blockId: string };
  "block-refused": {
    readonly slot: Slot;
    readonly blockId: string;
    readonly validator: Address;
    readonly refusal: Refusal;
  };
  /** A failure of ours while answering a client. */
  "server-error": unknown;
  "transaction-dropped": { readonly signature: Signature; readonly code: string };
  /** Somebody made it happen: `inject`, or over RPC. */
  fault: { readonly slot: Slot; readonly fault: Fault };
  "equivocation-seen": { readonly slot: Slot; readonly leader: Address; readonly blockIds: readonly string[] };
  /** A mistake of our own stopped this validator. */
  "validator-crashed": { readonly validator: number; readonly error: unknown };
  reverted: SnapshotSummary;
};

/** Where the clock stands. */
export type ClockPosition = { readonly slot: Slot; readonly epoch: Epoch };

export type AdvanceOptions = {
  /** Aborting it ends the advance after its present slot: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
};

export type AdvanceUntilOptions = AdvanceOptions & {
  /** Slots after which it is given up. Default 1,000,000. */
  readonly slotsMax?: number;
};

/** Where to listen: the host (loopback by default), and ports (8899 and the one above it). */
export type ListenOptions = Pick<ServerOptions, "host" | "rpcPort" | "wsPort" | "limits">;
