/**
 * A tower as bytes, for the disk: what a validator has promised must outlive it.
 *
 *     version 1 | has root 1 | [root slot 8, root id 32] | votes 2 | each: slot 8, confirmations 1, block id 32
 *
 *     no root, two votes: 1 + 1 + 2 + 2 × 41 = 86 bytes
 *
 * Numbers are little-endian. Whole and unspoiled bytes are for whoever keeps them to ensure.
 */
import { ByteReader, ByteWriter, DecodeError } from "../base/bytes.ts";
import { accept, type Outcome, refuse } from "../base/refusal.ts";
import { hashBytes, hashOf, slotOf } from "../chain/ids.ts";
import { lockoutHistoryMax } from "../chain/lockouts.ts";
import type { Tower } from "./tower.ts";

const version = 1;

export function encodeTower({ root, rootBlockId, votes }: Tower): Uint8Array {
  const writer = new ByteWriter(2048).u8(version);
  if (root === null || rootBlockId === null) writer.u8(0);
  else writer.u8(1).count(root).bytes(hashBytes(rootBlockId));
  writer.u16(votes.length);
  for (const { slot, confirmationCount, blockId } of votes) {
    writer.count(slot).u8(confirmationCount).bytes(hashBytes(blockId));
  }
  return writer.finish();
}

export type TowerDecodeRefusal = "tower-malformed" | "tower-impossible";

export function decodeTower(bytes: Uint8Array): Outcome<Tower, TowerDecodeRefusal> {
  try {
    const reader = new ByteReader(bytes);
    const seen = reader.u8();
    if (seen !== version) return refuse("tower-malformed", { version: seen, expected: version });
    const hasRoot = reader.u8();
    if (hasRoot > 1) return refuse("tower-malformed", { hasRoot });
    const root = hasRoot === 1 ? slotOf(reader.count()) : null;
    const rootBlockId = hasRoot === 1 ? hashOf(reader.bytes(32)) : null;
    const count = reader.u16();
    if (count > lockoutHistoryMax) return refuse("tower-impossible", { votes: count, votesMax: lockoutHistoryMax });
    const votes = Array.from({ length: count }, () => ({
      slot: slotOf(reader.count()),
      confirmationCount: reader.u8(),
      blockId: hashOf(reader.bytes(32)),
    }));
    reader.end();
    return checkVotes({ root, rootBlockId, votes });
  } catch (error) {
    if (error instanceof DecodeError) return refuse("tower-malformed", { problem: error.message });
    throw error;
  }
}

/** Slots rise from the root on, and confirmations fall: so every tower is that has ever been voted with. */
function checkVotes(tower: Tower): Outcome<Tower, TowerDecodeRefusal> {
  let [slot, confirmations] = [tower.root ?? -1, lockoutHistoryMax + 1];
  for (const vote of tower.votes) {
    if (vote.slot <= slot || vote.confirmationCount >= confirmations || vote.confirmationCount < 1) {
      return refuse("tower-impossible", { slot: vote.slot, confirmations: vote.confirmationCount, after: slot });
    }
    [slot, confirmations] = [vote.slot, vote.confirmationCount];
  }
  return accept(tower);
}
