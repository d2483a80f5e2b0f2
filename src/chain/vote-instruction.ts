/**
 * The vote program's instructions on the wire: a u32 tag, then the fields in order (Rust's bincode).
 *
 *     InitializeAccount          0 | node 32 | authorized voter 32 | authorized withdrawer 32 | commission u8
 *     Authorize                  1 | new authority 32 | kind u32 (0: voter, 1: withdrawer)
 *     Withdraw                   3 | lamports u64
 *     UpdateValidatorIdentity    4
 *     UpdateCommission           5 | percent u8
 *     AuthorizeChecked           7 | kind u32
 *     AuthorizeWithSeed         10 | kind u32 | owner 32 | seed: u64 n × u8 | new authority 32
 *     AuthorizeCheckedWithSeed  11 | kind u32 | owner 32 | seed: u64 n × u8
 *     TowerSync                 14 | tower (see tower-sync.ts)
 *     TowerSyncSwitch           15 | tower | hash of a switching proof 32
 *     UpdateCommissionCollector 17 | kind u32 (0: inflation rewards, 1: block revenue)
 *     UpdateCommissionBps       18 | hundredths of a percent u16 | kind u32
 *
 * The other tags are known by name and their content is not read: six kinds of vote from before TowerSync, and two
 * instructions of features that this chain does not have (see programs/vote.ts). Bytes after the last field are ignored,
 * as on Solana; not so after a tower, which has one encoding only.
 *
 * Source: Solana's vote interface, `VoteInstruction`.
 */
import { ByteReader, ByteWriter, DecodeError } from "../base/bytes.ts";
import { createFifo, rememberIn } from "../base/fifo.ts";
import { isUtf8 } from "../base/utf8.ts";
import { voteProgramAddress } from "./addresses.ts";
import { type Address, addressBytes, addressOf, type Hash, hashBytes, hashOf } from "./ids.ts";
import { readTowerSync, type TowerSync, writeTowerSync } from "./tower-sync.ts";

export type { TowerSync };

/** By tag. */
export const voteInstructionNames = [
  "InitializeAccount",
  "Authorize",
  "Vote",
  "Withdraw",
  "UpdateValidatorIdentity",
  "UpdateCommission",
  "VoteSwitch",
  "AuthorizeChecked",
  "UpdateVoteState",
  "UpdateVoteStateSwitch",
  "AuthorizeWithSeed",
  "AuthorizeCheckedWithSeed",
  "CompactUpdateVoteState",
  "CompactUpdateVoteStateSwitch",
  "TowerSync",
  "TowerSyncSwitch",
  "InitializeAccountV2",
  "UpdateCommissionCollector",
  "UpdateCommissionBps",
  "DepositDelegatorRewards",
] as const;

export type VoteInstructionName = (typeof voteInstructionNames)[number];

/** Which of a vote account's two authorities; by its number on the wire. */
export const voteAuthorities = ["Voter", "Withdrawer"] as const;
export type VoteAuthority = (typeof voteAuthorities)[number];

/** Which of a vote account's two commissions; by its number on the wire. */
export const commissionKinds = ["InflationRewards", "BlockRevenue"] as const;
export type CommissionKind = (typeof commissionKinds)[number];

/** An authority without a key of its own: derived from the base that signs, `seed` (UTF-8) and `owner`. */
export type DerivedAuthority = { readonly owner: Address; readonly seed: Uint8Array };

export type InitializeVoteAccount = {
  readonly type: "InitializeAccount";
  readonly node: Address;
  readonly authorizedVoter: Address;
  readonly authorizedWithdrawer: Address;
  /** Percent, 0 to 255: above 100 is not refused. */
  readonly commission: number;
};

/** Those whose content is read. */
export type ReadVoteInstruction =
  | InitializeVoteAccount
  | { readonly type: "Authorize"; readonly newAuthority: Address; readonly kind: VoteAuthority }
  | { readonly type: "Withdraw"; readonly lamports: bigint }
  | { readonly type: "UpdateValidatorIdentity" }
  /** Percent, 0 to 255. */
  | { readonly type: "UpdateCommission"; readonly commission: number }
  | { readonly type: "AuthorizeChecked"; readonly kind: VoteAuthority }
  | {
      readonly type: "AuthorizeWithSeed";
      readonly kind: VoteAuthority;
      readonly current: DerivedAuthority;
      readonly newAuthority: Address;
    }
  | { readonly type: "AuthorizeCheckedWithSeed"; readonly kind: VoteAuthority; readonly current: DerivedAuthority }
  | { readonly type: "TowerSync"; readonly tower: TowerSync }
  | { readonly type: "TowerSyncSwitch"; readonly tower: TowerSync; readonly switchProofHash: Hash }
  | { readonly type: "UpdateCommissionCollector"; readonly kind: CommissionKind }
  /** Hundredths of a percent, 0 to 65535. */
  | { readonly type: "UpdateCommissionBps"; readonly commissionBps: number; readonly kind: CommissionKind };

export type VoteInstruction =
  | ReadVoteInstruction
  /** Known by its tag, its content not read. */
  | { readonly type: Exclude<VoteInstructionName, ReadVoteInstruction["type"]> };

/** An instruction before it is compiled into a message; the shape of kit's. */
export type VoteProgramInstruction = {
  readonly programAddress: Address;
  readonly accounts: readonly { readonly address: Address; readonly isSigner: boolean; readonly isWritable: boolean }[];
  readonly data: Uint8Array;
};

/** A TowerSync that votes with `tower`, signed by the vote account's authorized voter. */
export function createVoteInstruction(fields: {
  readonly voteAccount: Address;
  readonly authorizedVoter: Address;
  readonly tower: TowerSync;
}): VoteProgramInstruction {
  return {
    programAddress: voteProgramAddress,
    accounts: [
      { address: fields.voteAccount, isSigner: false, isWritable: true },
      { address: fields.authorizedVoter, isSigner: true, isWritable: false },
    ],
    data: encodeTowerSync(fields.tower),
  };
}

/** A TowerSync's instruction data. Asserts rising slots and counts of a byte: our own towers have them. */
export function encodeTowerSync(tower: TowerSync): Uint8Array {
  return encodeVoteInstruction({ type: "TowerSync", tower });
}

export function encodeTowerSyncSwitch(tower: TowerSync, switchProofHash: Hash): Uint8Array {
  return encodeVoteInstruction({ type: "TowerSyncSwitch", tower, switchProofHash });
}

/** Asserts that every number fits its place. */
export function encodeVoteInstruction(instruction: ReadVoteInstruction): Uint8Array {
  const writer = new ByteWriter(256).u32(voteInstructionNames.indexOf(instruction.type));
  switch (instruction.type) {
    case "InitializeAccount":
      writer.bytes(addressBytes(instruction.node)).bytes(addressBytes(instruction.authorizedVoter));
      writer.bytes(addressBytes(instruction.authorizedWithdrawer)).u8(instruction.commission);
      break;
    case "Authorize":
      writer.bytes(addressBytes(instruction.newAuthority)).u32(voteAuthorities.indexOf(instruction.kind));
      break;
    case "Withdraw":
      writer.u64(instruction.lamports);
      break;
    case "UpdateValidatorIdentity":
      break;
    case "UpdateCommission":
      writer.u8(instruction.commission);
      break;
    case "AuthorizeChecked":
      writer.u32(voteAuthorities.indexOf(instruction.kind));
      break;
    case "AuthorizeWithSeed":
      writeDerivedAuthority(writer, instruction).bytes(addressBytes(instruction.newAuthority));
      break;
    case "AuthorizeCheckedWithSeed":
      writeDerivedAuthority(writer, instruction);
      break;
    case "TowerSync":
      writeTowerSync(writer, instruction.tower);
      break;
    case "TowerSyncSwitch":
      writeTowerSync(writer, instruction.tower);
      writer.bytes(hashBytes(instruction.switchProofHash));
      break;
    case "UpdateCommissionCollector":
      writer.u32(commissionKinds.indexOf(instruction.kind));
      break;
    case "UpdateCommissionBps":
      writer.u16(instruction.commissionBps).u32(commissionKinds.indexOf(instruction.kind));
      break;
  }
  return writer.finish();
}

function writeDerivedAuthority(
  writer: ByteWriter,
  { kind, current }: { readonly kind: VoteAuthority; readonly current: DerivedAuthority },
): ByteWriter {
  return writer.u32(voteAuthorities.indexOf(kind)).bytes(addressBytes(current.owner)).sized(current.seed);
}

/**
 * Instructions of data that was written of late: it is executed in the next block, by all who voted alike. Blocks are kept
 * longer than that, and would keep what was read of them.
 */
const knownInstructions = createFifo<Uint8Array, VoteInstruction | null>();
const knownInstructionsMax = 64;

/** A TowerSync's data that is about to be read, by many; the bytes must not be changed by anybody. */
export function encodeSharedTowerSync(tower: TowerSync): Uint8Array {
  const data = encodeTowerSync(tower);
  rememberIn(knownInstructions, data, decodeVoteInstruction(data), knownInstructionsMax);
  return data;
}

/**
 * An instruction from its data; null for an unknown tag or kind, bytes that end early, a seed that is no UTF-8, and a
 * tower that tower-sync.ts does not read or that bytes follow. Never throws.
 */
export function decodeVoteInstruction(data: Uint8Array): VoteInstruction | null {
  const known = knownInstructions.entries.get(data);
  if (known !== undefined) return known;
  try {
    const reader = new ByteReader(data);
    const type = voteInstructionNames[reader.u32()];
    return type === undefined ? null : readFields(type, reader);
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}

function readFields(type: VoteInstructionName, reader: ByteReader): VoteInstruction {
  switch (type) {
    case "InitializeAccount":
      return {
        type,
        node: readAddress(reader),
        authorizedVoter: readAddress(reader),
        authorizedWithdrawer: readAddress(reader),
        commission: reader.u8(),
      };
    case "Authorize":
      return { type, newAuthority: readAddress(reader), kind: readChoice(reader, voteAuthorities) };
    case "Withdraw":
      return { type, lamports: reader.u64() };
    case "UpdateCommission":
      return { type, commission: reader.u8() };
    case "AuthorizeChecked":
      return { type, kind: readChoice(reader, voteAuthorities) };
    case "AuthorizeWithSeed":
      return { type, ...readDerivedAuthority(reader), newAuthority: readAddress(reader) };
    case "AuthorizeCheckedWithSeed":
      return { type, ...readDerivedAuthority(reader) };
    case "TowerSync": {
      const tower = readTowerSync(reader);
      reader.end();
      return { type, tower };
    }
    case "TowerSyncSwitch": {
      const tower = readTowerSync(reader);
      const switchProofHash = hashOf(reader.bytes(32));
      reader.end();
      return { type, tower, switchProofHash };
    }
    case "UpdateCommissionCollector":
      return { type, kind: readChoice(reader, commissionKinds) };
    case "UpdateCommissionBps":
      return { type, commissionBps: reader.u16(), kind: readChoice(reader, commissionKinds) };
    default:
      return { type };
  }
}

function readAddress(reader: ByteReader): Address {
  return addressOf(reader.bytes(32));
}

function readChoice<T>(reader: ByteReader, choices: readonly T[]): T {
  const number = reader.u32();
  const choice = choices[number];
  if (choice === undefined) throw new DecodeError(`not a kind: ${number}`);
  return choice;
}

function readDerivedAuthority(reader: ByteReader): {
  readonly kind: VoteAuthority;
  readonly current: DerivedAuthority;
} {
  const kind = readChoice(reader, voteAuthorities);
  const owner = readAddress(reader);
  const seed = reader.sized();
  if (!isUtf8(seed)) throw new DecodeError("seed is no UTF-8");
  return { kind, current: { owner, seed } };
}
