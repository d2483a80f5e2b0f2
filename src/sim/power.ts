/**
 * How validators stop and start.
 *
 *     kill kept, lost   at once, between two steps
 *     kill torn         in the midst of its next writing step, or when the slot ends:
 *
 *         effects   broadcast-block | save-tower | broadcast-vote          the crash falls before one of these, or after all
 *                                   ^ here: the block is out, the record is cut, the vote is never sent
 *
 * So what was spoken had been written before, and what was cut had not been spoken: a crash takes nothing back. A start
 * makes a validator anew from what its disk holds, if peers still have what follows; else from the observer's root, as from
 * an operator's snapshot. One whose disk is lost does not know what it has promised: it follows without leading or voting
 * until all that it can have voted for is rooted, and old enough to be.
 */

import type { Bank } from "../chain/bank.ts";
import { slotOf } from "../chain/ids.ts";
import { lockoutHistoryMax } from "../chain/lockouts.ts";
import { emptyTower } from "../consensus/tower.ts";
import { archivedBlock, oldestOf } from "../validator/archive.ts";
import { strategies } from "./byzantine/strategies.ts";
import type { Deed } from "./byzantine/strategy.ts";
import { keepTree, readTower, tearTower, wipeDisk } from "./disk.ts";
import type { DiskFate } from "./faults.ts";
import { post } from "./post.ts";
import {
  type ClusterNode,
  nodeOf,
  observerOf,
  record,
  slotByClock,
  slotStartMs,
  startValidator,
  type World,
} from "./world.ts";

export function kill(world: World, index: number, disk: DiskFate): void {
  const node = nodeOf(world, index);
  if (disk !== "torn") {
    stop(node, disk);
    return;
  }
  node.dying = disk;
  const end = slotStartMs(world, world.state.slot + 2) - 1;
  world.queue.schedule(end, { type: "death", node: index, life: node.lives });
}

/** It dies now, with whatever fate its disk was to have. */
export function stop(node: ClusterNode, disk: DiskFate): void {
  node.online = false;
  node.dying = null;
  node.waiting = [];
  node.memory = null;
  keepTree(node.disk, node.validator.tree);
  if (disk !== "lost") return;
  // Who rests has signed nothing since.
  const until = slotOf(Math.max(node.validator.slot, node.disk.ledSlot ?? 0));
  node.resting ??= { voteAccount: node.validator.voteAccount, until };
  wipeDisk(node.disk);
}

/** An assertion failed: it stops where it stands. What it had written is kept. */
export function crash(world: World, index: number, error: unknown): void {
  const node = nodeOf(world, index);
  stop(node, "kept");
  node.crashed = error instanceof Error ? error.message : String(error);
  record(world, [index], `crashed ${node.crashed}`);
  // Without the observer nobody watches: its mistake is the whole cluster's.
  if (index === world.members.length - 1) throw error;
  for (const listener of world.listeners) listener.onCrash?.(index, error);
}

/**
 * Which of the deeds are still done by one who dies while writing; null when it does not write. The crash falls before one
 * of them, drawn; reports are no deeds of its own, and stay with what stands before them.
 */
export function cutDeeds(world: World, node: ClusterNode, deeds: readonly Deed[]): readonly Deed[] | null {
  if (!deeds.some(({ type }) => type === "save-tower")) return null;
  const places = deeds.flatMap((deed, place) => (deed.type === "report" ? [] : [place]));
  const { crash: random } = world.randoms;
  const cut = [...places, deeds.length][random.below(places.length + 1)]!;
  const torn = deeds[cut];
  if (torn?.type === "save-tower") tearTower(node.disk, torn.tower, random.below);
  return deeds.slice(0, cut);
}

export function restart(world: World, index: number): void {
  const node = nodeOf(world, index);
  if (node.dying !== null) stop(node, node.dying);
  node.lives++;
  node.online = true;
  node.crashed = null;
  node.busyUntilMs = 0;
  if (node.strategy !== null) node.memory = strategies[node.strategy].createMemory();
  start(world, index);
}

/** Once a slot: those who lost their disks, and can break no promise any more, take part again. */
export function endRests(world: World): void {
  for (const [index, node] of world.state.nodes.entries()) {
    if (node.resting === null || !node.online) continue;
    const { tree, consensus } = node.validator;
    const { voteAccount, until } = node.resting;
    // A vote that is gone from its tower may have been rooted only if slots enough for the votes that takes lie between.
    if (tree.root.slot < until || consensus.head().slot < until + lockoutHistoryMax + 1) continue;
    record(world, [index], "takes part again");
    node.resting = null;
    const { slot: root, blockId: rootBlockId } = tree.root;
    node.validator = { ...node.validator, voteAccount, tower: { root, rootBlockId, votes: [] } };
  }
}

function start(world: World, index: number): void {
  const node = nodeOf(world, index);
  const { identity } = node.validator;
  const { disk, resting } = node;
  const snapshot = observerOf(world).tree.root.bank;
  const root = disk.root !== null && isServed(world, disk.root) ? disk.root : snapshot;
  const voteAccount = resting === null ? node.validator.voteAccount : null;
  node.validator = startValidator(world, { identity, voteAccount }, root);
  node.validator.tower = readTower(disk) ?? emptyTower;
  const ownSlots = disk.blocks.filter(({ leader }) => leader === identity.address).map(({ slot }) => slot);
  node.validator.slot = slotOf(Math.max(slotByClock(world, node), disk.ledSlot ?? 0, ...ownSlots));
  for (const block of disk.blocks) {
    const input = { type: "block", block, from: identity.address } as const;
    world.queue.schedule(world.state.nowMs, { type: "delivery", to: [index], input });
  }
  greet(world, index);
}

/** The first peer it meets, the observer, tells it of the newest block: whoever comes back asks for what it has missed. */
function greet(world: World, index: number): void {
  const { identity, consensus } = observerOf(world);
  const { block } = consensus.head();
  if (block !== null) post(world, world.members.length - 1, [index], { type: "block", block, from: identity.address });
}

/** Whether peers still have the blocks that follow: else it starts from a snapshot, the observer's root. */
function isServed(world: World, { blockId, slot }: Bank): boolean {
  const { tree, catchUp } = observerOf(world);
  if (slot > tree.root.slot || tree.nodes.has(blockId) || archivedBlock(catchUp.archive, blockId) !== null) return true;
  return oldestOf(catchUp.archive)?.parentId === blockId;
}
