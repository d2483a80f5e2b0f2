/**
 * The stake program's instructions, read from their bytes.
 *
 *     03 00 00 00 | 40 42 0f 00 00 00 00 00      Split of 1,000,000 lamports
 *
 * Bytes after the last field are ignored, as on Solana. Two things the official client would let pass are refused, as on
 * Solana: an option whose tag is neither 0 nor 1, and a seed that is no UTF-8. Seeds are read here rather than by the
 * client, which drops zero bytes and repairs broken text: the address derived from such a seed would be another one.
 *
 * Source: solana-program/stake, interface/src/instruction.rs, as bincode writes it.
 */
import {
  addDecoderSizePrefix,
  type Decoder,
  type Encoder,
  getAddressDecoder,
  getBytesDecoder,
  getStructDecoder,
  getU64Decoder,
  unwrapOption,
} from "@solana/kit";
import {
  getAuthorizeCheckedInstructionDataDecoder,
  getAuthorizeInstructionDataDecoder,
  getInitializeInstructionDataDecoder,
  getMoveLamportsInstructionDataDecoder,
  getMoveStakeInstructionDataDecoder,
  getSetLockupCheckedInstructionDataDecoder,
  getSetLockupCheckedInstructionDataEncoder,
  getSetLockupInstructionDataDecoder,
  getSetLockupInstructionDataEncoder,
  getSplitInstructionDataDecoder,
  getStakeAuthorizeDecoder,
  getWithdrawInstructionDataDecoder,
  identifyStakeInstruction,
  StakeInstruction as Kind,
  StakeAuthorize,
} from "@solana-program/stake";
import { equalBytes } from "../../base/bytes.ts";
import { isUtf8 } from "../../base/utf8.ts";
import type { Address } from "../ids.ts";
import { decodeWithKit } from "../kit-border.ts";
import type { Lockup } from "../stake-account.ts";

/** Which of the two authorities of a stake account an instruction changes. */
export type StakeAuthority = "Staker" | "Withdrawer";

/** An authority whose address comes from a base's; the base signs for it. `seed`: UTF-8. */
export type DerivedStakeAuthority = { readonly seed: Uint8Array; readonly owner: Address };

/** What becomes of a lockup; null leaves as it is. */
export type LockupChange = {
  /** Seconds. */
  readonly unixTimestamp: bigint | null;
  readonly epoch: bigint | null;
  readonly custodian: Address | null;
};

export type StakeInstruction =
  | { readonly type: "Initialize"; readonly staker: Address; readonly withdrawer: Address; readonly lockup: Lockup }
  | { readonly type: "Authorize"; readonly kind: StakeAuthority; readonly newAuthority: Address }
  | { readonly type: "AuthorizeChecked"; readonly kind: StakeAuthority }
  | {
      readonly type: "AuthorizeWithSeed";
      readonly kind: StakeAuthority;
      readonly current: DerivedStakeAuthority;
      readonly newAuthority: Address;
    }
  | {
      readonly type: "AuthorizeCheckedWithSeed";
      readonly kind: StakeAuthority;
      readonly current: DerivedStakeAuthority;
    }
  | { readonly type: "Split" | "Withdraw" | "MoveStake" | "MoveLamports"; readonly lamports: bigint }
  | { readonly type: "SetLockup"; readonly change: LockupChange }
  | { readonly type: "SetLockupChecked"; readonly change: Omit<LockupChange, "custodian"> }
  | {
      readonly type:
        | "InitializeChecked"
        | "DelegateStake"
        | "Deactivate"
        | "DeactivateDelinquent"
        | "Merge"
        | "GetMinimumDelegation"
        | "Redelegate";
    };

const kindBytes = 4;
/** Withdrawn by Solana, and no longer known to its client. */
const redelegateTag = 15;

const initializeDecoder = getInitializeInstructionDataDecoder();
const authorizeDecoder = getAuthorizeInstructionDataDecoder();
const authorizeCheckedDecoder = getAuthorizeCheckedInstructionDataDecoder();
const splitDecoder = getSplitInstructionDataDecoder();
const withdrawDecoder = getWithdrawInstructionDataDecoder();
const moveStakeDecoder = getMoveStakeInstructionDataDecoder();
const moveLamportsDecoder = getMoveLamportsInstructionDataDecoder();
const setLockupCodec = { decoder: getSetLockupInstructionDataDecoder(), encoder: getSetLockupInstructionDataEncoder() };
const setLockupCheckedCodec = {
  decoder: getSetLockupCheckedInstructionDataDecoder(),
  encoder: getSetLockupCheckedInstructionDataEncoder(),
};

const address = getAddressDecoder();
const authorityKind = getStakeAuthorizeDecoder();
const seed = addDecoderSizePrefix(getBytesDecoder(), getU64Decoder());
const authorizeWithSeedDecoder = getStructDecoder([
  ["newAuthority", address],
  ["kind", authorityKind],
  ["seed", seed],
  ["owner", address],
]);
const authorizeCheckedWithSeedDecoder = getStructDecoder([
  ["kind", authorityKind],
  ["seed", seed],
  ["owner", address],
]);

/** Null for bytes that are no instruction. Never throws. */
export function decodeStakeInstruction(data: Uint8Array): StakeInstruction | null {
  if (isRedelegate(data)) return { type: "Redelegate" };
  const decoded = decodeWithKit(() => decodeFields(data));
  return decoded.ok ? decoded.value : null;
}

function isRedelegate(data: Uint8Array): boolean {
  return data.length >= kindBytes && data[0] === redelegateTag && data[1] === 0 && data[2] === 0 && data[3] === 0;
}

function decodeFields(data: Uint8Array): StakeInstruction | null {
  const kind = identifyStakeInstruction(data);
  switch (kind) {
    case Kind.Initialize: {
      const { arg0, arg1 } = initializeDecoder.decode(data);
      return { type: "Initialize", staker: arg0.staker, withdrawer: arg0.withdrawer, lockup: arg1 };
    }
    case Kind.Authorize: {
      const { arg0, arg1 } = authorizeDecoder.decode(data);
      return { type: "Authorize", kind: authorityOf(arg1), newAuthority: arg0 };
    }
    case Kind.AuthorizeChecked:
      return { type: "AuthorizeChecked", kind: authorityOf(authorizeCheckedDecoder.decode(data).stakeAuthorize) };
    case Kind.AuthorizeWithSeed: {
      const fields = authorizeWithSeedDecoder.decode(data, kindBytes);
      const current = derivedAuthorityOf(fields);
      const { newAuthority } = fields;
      return current && { type: "AuthorizeWithSeed", kind: authorityOf(fields.kind), current, newAuthority };
    }
    case Kind.AuthorizeCheckedWithSeed: {
      const fields = authorizeCheckedWithSeedDecoder.decode(data, kindBytes);
      const current = derivedAuthorityOf(fields);
      return current && { type: "AuthorizeCheckedWithSeed", kind: authorityOf(fields.kind), current };
    }
    case Kind.Split:
      return { type: "Split", lamports: splitDecoder.decode(data).args };
    case Kind.Withdraw:
      return { type: "Withdraw", lamports: withdrawDecoder.decode(data).args };
    case Kind.MoveStake:
      return { type: "MoveStake", lamports: moveStakeDecoder.decode(data).args };
    case Kind.MoveLamports:
      return { type: "MoveLamports", lamports: moveLamportsDecoder.decode(data).args };
    case Kind.SetLockup: {
      const fields = decodeExactly(setLockupCodec, data);
      return fields && { type: "SetLockup", change: { ...timesOf(fields), custodian: unwrapOption(fields.custodian) } };
    }
    case Kind.SetLockupChecked: {
      const fields = decodeExactly(setLockupCheckedCodec, data);
      return fields && { type: "SetLockupChecked", change: timesOf(fields) };
    }
    default:
      return { type: plainTypes[kind] };
  }
}

const plainTypes = {
  [Kind.InitializeChecked]: "InitializeChecked",
  [Kind.DelegateStake]: "DelegateStake",
  [Kind.Deactivate]: "Deactivate",
  [Kind.DeactivateDelinquent]: "DeactivateDelinquent",
  [Kind.Merge]: "Merge",
  [Kind.GetMinimumDelegation]: "GetMinimumDelegation",
} as const;

/** The client reads an option's tag 2 as "none"; what it would write instead shows the difference. */
function decodeExactly<From, To extends From>(
  codec: { readonly decoder: Decoder<To>; readonly encoder: Encoder<From> },
  data: Uint8Array,
): To | null {
  const value = codec.decoder.decode(data);
  const written = codec.encoder.encode(value);
  return equalBytes(Uint8Array.from(written), data.subarray(0, written.length)) ? value : null;
}

type Times = Pick<ReturnType<typeof setLockupCodec.decoder.decode>, "unixTimestamp" | "epoch">;

function timesOf({ unixTimestamp, epoch }: Times): Omit<LockupChange, "custodian"> {
  return { unixTimestamp: unwrapOption(unixTimestamp), epoch: unwrapOption(epoch) };
}

function authorityOf(kind: StakeAuthorize): StakeAuthority {
  return kind === StakeAuthorize.Staker ? "Staker" : "Withdrawer";
}

/** Kit calls its arrays read-only; ours are so by convention. */
function derivedAuthorityOf(fields: { readonly seed: unknown; readonly owner: Address }): DerivedStakeAuthority | null {
  const seedBytes = fields.seed as Uint8Array;
  return isUtf8(seedBytes) ? { seed: seedBytes, owner: fields.owner } : null;
}
