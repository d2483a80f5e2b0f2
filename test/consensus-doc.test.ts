/** docs/consensus.md says what is so: each drawing in it is what the shipping code decides, and each number is computed again. */
import { describe, expect, it } from "vitest";
import { slotOf } from "../src/chain/ids.ts";
import { lastLockedOutSlot, lockoutHistoryMax } from "../src/chain/lockouts.ts";
import { profiles } from "../src/chain/params.ts";
import { addNode, type BlockNode, createBlockTree, nodeAt } from "../src/consensus/block-tree.ts";
import type { VoteDecision } from "../src/consensus/consensus.ts";
import { duplicateThresholdPercent } from "../src/consensus/duplicates.ts";
import { stakeIn } from "../src/consensus/stake-sum.ts";
import { switchThresholdPercent } from "../src/consensus/switch-threshold.ts";
import { checkThreshold, thresholdDepth } from "../src/consensus/threshold.ts";
import { emptyTower, recordVote, type Tower } from "../src/consensus/tower.ts";
import { createTowerBft } from "../src/consensus/tower-bft.ts";
import { encodeTower } from "../src/consensus/tower-codec.ts";
import { encodeRecord } from "../src/sim/disk.ts";
import { fencedBlocks, readDoc } from "./support/doc-commands.ts";
import { bankNamed, hashNamed, noBlock, stakesOf, voteOf } from "./support/votes.ts";

const doc = readDoc("docs/consensus.md");
const words = doc.replace(/\s+/g, " ");
const drawings = fencedBlocks(doc, "text");

/** All the stake, in percent. */
const stakes = { a: 30n, b: 25n, c: 20n, d: 15n, e: 10n };
const table = stakesOf(stakes);

/** Slot and parent of each block: one fork by 3 and 4, one by 5 and 6, from 2. */
const parents: readonly (readonly [name: string, parent: string])[] = [
  ["1", "0"],
  ["2", "1"],
  ["3", "2"],
  ["4", "3"],
  ["5", "2"],
  ["6", "5"],
];

function start(blocks = parents, leader: string | null = null) {
  const tree = createBlockTree(bankNamed("0", 0, "none", table));
  const consensus = createTowerBft(tree);
  const add = (name: string, parent: string) => {
    const slot = Number.parseInt(name, 10);
    const bank = bankNamed(name, slot, parent, table);
    consensus.addBlock(
      addNode(
        tree,
        leader === null ? bank : { ...bank, leader: voteOf({ by: leader, slot, block: name }).identity },
        noBlock,
      ),
    );
  };
  for (const [name, parent] of blocks) add(name, parent);
  const vote = (by: string, block: string, root: number | null = null) =>
    consensus.addVote(voteOf({ by, slot: Number.parseInt(block, 10), block, root }));
  return { tree, consensus, add, vote, node: (name: string) => nodeAt(tree, hashNamed(name))! };
}

function towerOf(...names: string[]): Tower {
  return names.reduce(
    (tower, name) => recordVote(tower, slotOf(Number.parseInt(name, 10)), hashNamed(name)),
    emptyTower,
  );
}

const stackOf = ({ root, votes }: Tower) =>
  [...(root === null ? [] : [`root ${root}`]), ...votes.map((vote) => `${vote.slot}:${vote.confirmationCount}`)].join(
    "  ",
  );

function drawLockouts(): string {
  const lines: string[] = [];
  let tower = emptyTower;
  for (const slot of [1, 2, 3, 4, 9]) {
    tower = recordVote(tower, slotOf(slot), hashNamed(String(slot)));
    lines.push(`vote ${slot}    ${stackOf(tower)}`);
    if (slot === 4) {
      const until = tower.votes.map((vote) => `${vote.slot} until ${lastLockedOutSlot(vote)}`);
      lines.push(`          ${until.join(", ")}`);
    }
  }
  return lines.join("\n");
}

/** A tower that voted in every slot. */
function towerThrough(last: number): Tower {
  return towerOf(...Array.from({ length: last }, (_, index) => String(index + 1)));
}

function drawWeights(): string {
  const { consensus, vote, node } = start();
  const lines: string[] = [];
  const cast: [string, string][] = [
    ["a", "4"],
    ["b", "3"],
    ["c", "6"],
    ["d", "5"],
    ["e", "6"],
  ];
  for (const [by, block] of cast) vote(by, block);
  const weight = (name: string) => `${name}: ${stakeIn(node(name).weight)}`;
  lines.push(`latest votes   ${cast.map(([by, block]) => `${by} -> ${block}`).join("   ")}`);
  lines.push(`weights, in %  ${["1", "2", "3", "4", "5", "6"].map(weight).join("   ")}`);
  lines.push(`heaviest       ${consensus.decide(null).head.slot}`);
  vote("b", "6");
  lines.push(`b votes for 6  ${["3", "5"].map(weight).join("   ")}   heaviest ${consensus.decide(null).head.slot}`);
  return lines.join("\n");
}

function told(vote: VoteDecision): string {
  if (vote.type === "vote") {
    const { reason } = vote;
    return `votes for ${vote.node.slot}: ${reason.type}${reason.type === "switch-proof" ? `, sees ${reason.stakeSeen} %` : ""}`;
  }
  if (vote.reason === "switch-threshold")
    return `holds: switch-threshold, sees ${vote.stakeSeen} %, needs more than ${vote.stakeNeeded} %`;
  if (vote.reason === "locked-out") return `holds: locked-out, by ${vote.lockedBy} until ${vote.until}`;
  return `holds: ${vote.reason}`;
}

function drawSwitch(): string {
  const { consensus, add, vote } = start();
  const tower = towerOf("1", "2", "5", "6");
  const lines = [`c's tower                ${stackOf(tower)}`];
  const tell = (what: string) => {
    const { head, vote: decision } = consensus.decide(tower);
    lines.push(`${what.padEnd(25)}builds on ${String(head.slot).padEnd(4)}${told(decision)}`);
  };
  vote("c", "6");
  vote("a", "4");
  vote("b", "4");
  tell("a and b vote for 4");
  add("7", "4");
  vote("a", "7");
  tell("a votes for 7");
  vote("b", "7");
  tell("b votes for 7");
  add("10", "7");
  tell("block 10 comes");
  lines.push(`c's tower                ${stackOf(recordVote(tower, slotOf(10), hashNamed("10")))}`);
  return lines.join("\n");
}

function drawThreshold(): string {
  const tower = towerThrough(8);
  const check = (seen: bigint) => checkThreshold(tower.votes, slotOf(9), () => seen, table.total);
  const line = (who: string, seen: bigint) => {
    const decision = check(seen);
    const does =
      decision.type === "pass"
        ? "votes"
        : `holds: threshold, slot ${decision.votedSlot} would lie ${decision.depth} deep, more than ${decision.stakeNeeded} % needed`;
    return `${who.padEnd(26)}${`${seen} %`.padEnd(7)}${does}`;
  };
  return [
    `tower after 8 votes       ${stackOf(tower)}`,
    line("d alone", stakes.d),
    line("with a and c", stakes.d + stakes.a + stakes.c),
    line("with a and b", stakes.d + stakes.a + stakes.b),
  ].join("\n");
}

function drawDuplicates(): string {
  const { consensus, add, vote } = start(
    [
      ["1", "0"],
      ["2", "1"],
    ],
    "e",
  );
  const lines: string[] = [];
  const tell = (what: string) => lines.push(`${what.padEnd(30)}heaviest ${nameOf(consensus.decide(null).head)}`);
  const nameOf = ({ blockId }: BlockNode) => ["2", "3", "3'", "4"].find((name) => hashNamed(name) === blockId);
  add("3", "2");
  vote("a", "3");
  tell("a votes for 3");
  add("3'", "2");
  vote("b", "3'");
  tell("3' is seen, b votes for it");
  vote("c", "3");
  tell("c votes for 3: 50 %");
  vote("d", "3");
  tell("d votes for 3: 65 %");
  return lines.join("\n");
}

function drawCommitments(): string {
  const { consensus, add, vote } = start([
    ["1", "0"],
    ["2", "1"],
    ["3", "2"],
  ]);
  const lines: string[] = [];
  const tell = (what: string) =>
    lines.push(`${what.padEnd(42)}confirmed ${consensus.confirmed().slot}   finalized ${consensus.finalized().slot}`);
  vote("a", "2");
  vote("b", "2");
  tell("a and b vote for 2: 55 %");
  vote("e", "3");
  tell("e votes for 3, a child of 2");
  vote("d", "2");
  tell("d votes for 2: 70 %");
  for (let slot = 4; slot <= 34; slot++) add(String(slot), String(slot - 1));
  const { root } = towerThrough(33);
  for (const by of ["a", "b"]) vote(by, "33", root);
  tell(`a and b vote for 33, their roots are ${root}`);
  vote("d", "33", root);
  tell(`d as well: more than two thirds`);
  return lines.join("\n");
}

describe("docs/consensus.md", () => {
  it("draws what the code decides, in this order", () => {
    const { tree, node } = start();
    const childrenOf = ({ children }: BlockNode) => children.map(({ slot }) => Number(slot));
    expect([childrenOf(tree.root), childrenOf(node("2"))]).toEqual([[1], [3, 5]]);
    const theTree = "0 ── 1 ── 2 ── 3 ── 4\n          └── 5 ── 6";
    const drawn = [
      theTree,
      drawWeights(),
      drawLockouts(),
      drawSwitch(),
      drawThreshold(),
      drawDuplicates(),
      drawCommitments(),
    ];
    expect(drawings).toEqual(drawn.map((drawing) => `${drawing}\n`));
  });

  it("has the right numbers", () => {
    const says = (text: string) => expect([text, words.includes(text)]).toEqual([text, true]);
    says(
      Object.entries(stakes)
        .map(([name, stake]) => `${name} ${stake} %`)
        .join(", "),
    );
    const until = (confirmationCount: number) => lastLockedOutSlot({ slot: slotOf(0), confirmationCount });
    says(`2^${thresholdDepth} = ${until(thresholdDepth)} slots`);
    const msPerSlot = profiles.solana.slotDurationMs;
    const years = Math.floor((until(lockoutHistoryMax) * msPerSlot) / (365 * 86_400_000));
    says(`2^${lockoutHistoryMax} slots, ${years} years at ${msPerSlot} ms`);
    says(
      `${duplicateThresholdPercent} = 100 − ${switchThresholdPercent} − ${100n - duplicateThresholdPercent - switchThresholdPercent}`,
    );
    says(
      `${switchThresholdPercent} % − 1/3 = ${Math.floor(Number(switchThresholdPercent) * 100 - 10_000 / 3) / 100} %`,
    );
    const full = towerThrough(100);
    const bytes = encodeTower(full).length;
    says(`A full tower is ${bytes} bytes, its record ${encodeRecord({ sequence: 1, tower: full }).length}`);
    // The 32nd vote is the first to root one.
    expect([towerThrough(lockoutHistoryMax).root, towerThrough(lockoutHistoryMax + 1).root]).toEqual([null, 1]);
    says(`the ${lockoutHistoryMax + 1}nd vote`);
  });
});
