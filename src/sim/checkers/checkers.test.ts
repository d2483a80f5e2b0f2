import { describe, expect, it } from "vitest";
import { leaderKeyAt, reseal, transfer } from "../../../test/support/chain-builder.ts";
import { createWatchedCluster, type Produced } from "../../../test/support/watched-cluster.ts";
import { applyAccountChanges } from "../../chain/accounts-tree.ts";
import type { Bank } from "../../chain/bank.ts";
import { epochOf, lamportsOf, slotOf } from "../../chain/ids.ts";
import {
  addConviction,
  createSlashingRecord,
  createSlashingRecordAccount,
  type SlashingRecord,
  slashingRecordAddress,
} from "../../chain/slashing/record.ts";
import { createStakeTable } from "../../chain/stake-table.ts";
import { addNode, advanceRoot } from "../../consensus/block-tree.ts";
import { recordVote } from "../../consensus/tower.ts";
import { shareProblemOf } from "./supply.ts";

type World = ReturnType<typeof createWatchedCluster>;

function everybodyVotes(world: World, produced: readonly Produced[]): void {
  for (const each of produced) for (const node of world.network.validators.keys()) world.vote(node, each);
}

/** The same block, as if its replay had come out otherwise. */
function withBank({ block, bank }: Produced, changes: Partial<Bank>): Produced {
  return { block, bank: { ...bank, ...changes } };
}

describe("the checkers of an honest history", () => {
  it("have nothing to say to forty blocks over two epochs, on which everybody votes", () => {
    const world = createWatchedCluster();
    everybodyVotes(world, world.chainOf(1, 40));
    for (let slot = 1; slot <= 40; slot++) world.listener.onSlot(slotOf(slot));
    expect(world.accusations()).toEqual([]);
    expect(world.checkers.verdict()).toEqual({ type: "pass" });
    // Nine blocks lie under the 31 votes of a full stack.
    expect(world.checkers.chronicle.newestRoot.slot).toBe(9);
  });
});

describe("roots", () => {
  it("may not conflict by ancestry, however far apart their slots are", () => {
    const world = createWatchedCluster();
    const [b1, b2] = world.chainOf(1, 2) as [Produced, Produced];
    const fork = world.block(9, b1.bank);
    world.adopt(1, fork);
    const rootedAt = ({ bank }: Produced) =>
      ({ ...world.towers[0]!, root: bank.slot, rootBlockId: bank.blockId, votes: [] }) as const;
    world.listener.onEffect(0, { type: "save-tower", tower: rootedAt(b2) }, 0);
    expect(world.accusations()).toEqual([]);
    world.listener.onEffect(1, { type: "save-tower", tower: rootedAt(fork) }, 0);
    expect(world.checkers.violations).toMatchObject([
      { type: "diverged", checker: "roots", validator: 1, facts: { rootSlot: 9, otherSlot: 2, forkSlot: 1 } },
    ]);
  });

  it("never move back within a life; a validator that starts again may begin lower", () => {
    const world = createWatchedCluster();
    const [b1, b2] = world.chainOf(1, 2) as [Produced, Produced];
    const { tree } = world.nodes[0]!.validator;
    const nodes = [b1, b2].map(({ bank, block }) => addNode(tree, bank, block));
    advanceRoot(tree, nodes[1]!);
    world.listener.onSlot(slotOf(2));
    tree.root = nodes[0]!;
    world.listener.onFault({ type: "kill", validator: 0 });
    world.listener.onFault({ type: "restart", validator: 0 });
    world.listener.onSlot(slotOf(3));
    expect(world.accusations()).toEqual([]);
    tree.root = nodes[1]!;
    world.listener.onSlot(slotOf(4));
    tree.root = nodes[0]!;
    world.listener.onSlot(slotOf(5));
    expect(world.accusations()).toEqual(["roots: its root moved back"]);
  });
});

describe("votes", () => {
  it("keep their lockouts: 4 binds until 6, so that 5 on 3's fork is a lie and 9 on 2's is not", () => {
    const story = (slot: number, from: number) => {
      const world = createWatchedCluster();
      const made = world.chainOf(1, 4);
      everybodyVotes(world, made);
      const fork = world.block(slot, made[from - 1]!.bank);
      for (const node of world.network.validators.keys()) world.adopt(node, fork);
      world.vote(0, fork);
      return world.accusations();
    };
    expect(story(5, 3)).toContain("votes: it voted against its own lockout");
    expect(story(9, 2)).not.toContain("votes: it voted against its own lockout");
  });

  it("carry the lockouts that the votes before them make", () => {
    const world = createWatchedCluster();
    const made = world.chainOf(1, 3);
    everybodyVotes(world, made.slice(0, 2));
    const { bank } = made[2]!;
    const honest = recordVote(world.towers[0]!, bank.slot, bank.blockId);
    // As if lockouts did not double.
    const tower = { ...honest, votes: honest.votes.map((vote) => ({ ...vote, confirmationCount: 1 })) };
    world.listener.onEffect(0, { type: "save-tower", tower }, 0);
    const last = { ...world.voteFor(0, bank, honest), tower: { root: null, votes: tower.votes } };
    world.listener.onEffect(0, { type: "broadcast-vote", vote: last }, 0);
    expect(world.accusations()).toContain("votes: its lockouts are not those that its votes make");
  });

  it("are sent after their tower is saved, never before", () => {
    const world = createWatchedCluster();
    const [b1] = world.chainOf(1, 1) as [Produced];
    const tower = recordVote(world.towers[0]!, b1.bank.slot, b1.bank.blockId);
    world.listener.onEffect(0, { type: "broadcast-vote", vote: world.voteFor(0, b1.bank, tower) }, 0);
    world.listener.onEffect(0, { type: "save-tower", tower }, 0);
    expect(world.accusations()).toEqual(["votes: it sent a vote before the tower behind it was saved"]);
  });

  it("bind over a crash that keeps the disk, and not over one that loses it", () => {
    const story = (disk: "kept" | "lost") => {
      const world = createWatchedCluster();
      const made = world.chainOf(1, 3);
      everybodyVotes(world, made);
      world.listener.onFault({ type: "kill", validator: 0, disk });
      world.listener.onFault({ type: "restart", validator: 0 });
      world.towers[0] = { root: null, rootBlockId: null, votes: [] };
      const fork = world.block(4, made[0]!.bank);
      world.adopt(0, fork);
      world.vote(0, fork);
      return world.accusations().filter((each) => each.startsWith("votes"));
    };
    expect(story("kept")).toContain("votes: it voted against its own lockout");
    expect(story("lost")).toEqual([]);
  });

  it("of a validator that misbehaves bind nobody", () => {
    const world = createWatchedCluster();
    const [b1] = world.chainOf(1, 1) as [Produced];
    world.listener.onFault({ type: "misbehave", validator: 0, strategy: "ignore-lockout" });
    const tower = recordVote(world.towers[0]!, b1.bank.slot, b1.bank.blockId);
    world.listener.onEffect(0, { type: "broadcast-vote", vote: world.voteFor(0, b1.bank, tower) }, 0);
    expect(world.accusations()).toEqual([]);
  });
});

describe("forks", () => {
  it("are not followed nine votes deep by 60 % of the stake, nor left for less than 38 %", () => {
    const world = createWatchedCluster();
    const made = world.chainOf(1, 9);
    // 0 and 1 hold 600 of 1000.
    for (const each of made) for (const node of [0, 1]) world.vote(node, each);
    expect(world.accusations()).toEqual(Array(2).fill("forks: it went deeper into a fork than two thirds followed"));
    const fork = world.block(2, world.genesisBank);
    world.adopt(2, fork);
    world.vote(2, fork);
    // All of 9's lockout and more is over, but nobody but 2, with 20 %, went elsewhere.
    const far = world.block(600, fork.bank);
    world.adopt(0, far);
    world.vote(0, far);
    expect(world.accusations().at(-1)).toBe("forks: it left its fork, and too few had voted for others");
  });

  it("may be left when 40 % voted for others", () => {
    const world = createWatchedCluster();
    const [b1] = world.chainOf(1, 1) as [Produced];
    const fork = world.block(2, world.genesisBank);
    for (const node of [0, 1, 2, 3]) world.adopt(node, fork);
    world.vote(0, b1);
    for (const node of [2, 3]) world.vote(node, fork);
    const next = world.block(4, fork.bank);
    world.adopt(0, next);
    world.vote(0, next);
    expect(world.accusations()).toEqual([]);
  });
});

describe("fork choice", () => {
  it("goes by the weights that the votes give, and on a tie by slot and id, not by arrival", () => {
    const world = createWatchedCluster();
    const [one, two] = [world.block(1), world.block(2)];
    const { tree, consensus } = world.nodes[0]!.validator;
    for (const { bank, block } of [two, one]) consensus.addBlock(addNode(tree, bank, block));
    consensus.decide(null);
    world.listener.onSlot(slotOf(2));
    expect(world.accusations()).toEqual([]);
    tree.root.children.reverse();
    Object.assign(consensus.memory, { isHeaviestStale: true });
    consensus.decide(null);
    world.listener.onSlot(slotOf(3));
    expect(world.accusations()).toEqual(["fork-choice: its heaviest fork is not what its votes give"]);
    tree.root.children.reverse();
    tree.root.children[0]!.weight.low += 1;
    world.listener.onSlot(slotOf(4));
    expect(world.accusations()).toHaveLength(2);
  });
});

describe("two blocks of one leader", () => {
  it("are followed by nobody as if each were the only one", () => {
    const world = createWatchedCluster();
    const twins = [world.block(1), world.block(1, world.genesisBank, [pay(world, 5n)])];
    const { tree, consensus } = world.nodes[0]!.validator;
    for (const { bank, block } of twins) consensus.addBlock(addNode(tree, bank, block));
    consensus.decide(null);
    world.listener.onSlot(slotOf(2));
    expect(world.accusations()).toEqual([]);
    for (const twin of tree.root.children) twin.duplicate = "none";
    world.listener.onSlot(slotOf(3));
    expect(world.accusations()).toEqual(["fork-choice: its heaviest fork is not what its votes give"]);
  });
});

describe("commitments", () => {
  it("need more than two thirds of the stake, that voted for the block or rooted it", () => {
    const world = createWatchedCluster();
    const [b1] = world.chainOf(1, 1) as [Produced];
    const report = (type: "block-confirmed" | "block-finalized") =>
      world.listener.onEffect(4, { type: "report", report: { type, bank: b1.bank } }, 0);
    for (const node of [0, 1]) world.vote(node, b1);
    report("block-confirmed");
    expect(world.accusations()).toEqual([
      "commitments: it calls a block confirmed that too little stake stands behind",
    ]);
    world.vote(2, b1);
    report("block-confirmed");
    expect(world.accusations()).toHaveLength(1);
    report("block-finalized");
    expect(world.accusations()[1]).toBe("commitments: it calls a block finalized that too little stake stands behind");
  });
});

describe("blocks", () => {
  it("are signed once a slot by one key, also after a restart", () => {
    const world = createWatchedCluster();
    const [a, b] = [world.block(1), world.block(1, world.genesisBank, [pay(world, 5n)])];
    world.listener.onEffect(0, { type: "broadcast-block", block: a.block }, 0);
    world.listener.onEffect(0, { type: "broadcast-block", block: a.block }, 0);
    expect(world.accusations()).toEqual([]);
    world.listener.onFault({ type: "kill", validator: 0 });
    world.listener.onEffect(0, { type: "broadcast-block", block: b.block }, 0);
    expect(world.accusations()).toEqual(["proposals: it signed two blocks of one slot"]);
  });

  it("are their slot's leader's", () => {
    const world = createWatchedCluster();
    const own = world.block(1);
    const other = world.network.validators
      .map(({ identity }) => identity)
      .find((key) => key.address !== own.block.leader)!;
    const block = reseal(world.chain, own.block, { leader: other.address }, other);
    world.adopt(0, { block, bank: { ...own.bank, blockId: block.blockId } });
    expect(world.accusations()).toContain("leaders: a block is not by its slot's leader");
    world.adopt(0, { block: { ...own.block, signature: block.signature }, bank: own.bank });
    expect(world.accusations()).toContain("leaders: a block is not signed by its leader");
  });

  it("continue the Proof of History of their parent, hash by hash", () => {
    const world = createWatchedCluster();
    const own = world.block(3);
    const signer = leaderKeyAt(world, world.genesisBank, 3);
    for (const entries of [own.block.entries.slice(1), own.block.entries.map((each) => ({ ...each, numHashes: 1 }))]) {
      const block = reseal(world.chain, own.block, { entries }, signer);
      const before = world.accusations().filter((each) => each.startsWith("poh")).length;
      world.adopt(0, { block, bank: { ...own.bank, blockId: block.blockId } });
      expect(world.accusations().filter((each) => each.startsWith("poh"))).toHaveLength(before + 1);
    }
  });

  it("leave the same state with everybody, and with who replays them", () => {
    const world = createWatchedCluster();
    const [own, other] = [world.block(1), world.block(2)];
    world.adopt(0, own);
    world.adopt(1, withBank(own, { stateHash: other.bank.stateHash }));
    expect(world.accusations()).toEqual(["replay: it holds another state for the same block"]);
    world.adopt(0, withBank(other, { stateHash: own.bank.stateHash, accounts: own.bank.accounts }));
    expect(world.accusations()).toContain("replay: an adopted block does not replay to the same state");
  });

  it("hold each transaction once on a fork", () => {
    const world = createWatchedCluster();
    const payment = pay(world, 5n);
    const first = world.block(1, world.genesisBank, [payment]);
    world.adopt(0, first);
    const beside = world.block(2, world.genesisBank, [payment]);
    world.adopt(0, beside);
    expect(world.accusations()).toEqual([]);
    const second = world.block(3, first.bank);
    world.adopt(0, withBank(second, { results: first.bank.results }));
    expect(world.accusations()).toContain("transactions: a transaction landed twice on one fork");
  });
});

function pay(world: World, lamports: bigint) {
  const [from, to] = world.network.accounts;
  return transfer(from!, to!.address, lamports, world.genesisBank);
}

describe("money and stake", () => {
  it("are conserved to the lamport: in the accounts, and in what was minted and burned", () => {
    const leaks: ((bank: Bank) => Partial<Bank>)[] = [
      ({ supply }) => ({
        supply: { ...supply, burned: lamportsOf(supply.burned + 1n), total: lamportsOf(supply.total - 1n) },
      }),
      ({ supply }) => ({ supply: { ...supply, minted: lamportsOf(supply.minted + 1n) } }),
      ({ accounts }) => {
        const world = createWatchedCluster();
        const { address } = world.network.accounts[0]!;
        return { accounts: applyAccountChanges(accounts, [{ address, account: null }]) };
      },
    ];
    for (const leak of leaks) {
      const world = createWatchedCluster();
      const own = world.block(1, world.genesisBank, [pay(world, 5n)]);
      world.adopt(0, withBank(own, leak(own.bank)));
      expect(world.accusations()).toContain("supply: money is not conserved");
    }
  });

  it("are shared by points and rounded down: 1 of 3 points of 1000 at 5 % is 316 and 16", () => {
    const address = createWatchedCluster().network.faucet.address;
    const share = { stakeAccount: address, voteAccount: address, points: 1n, earned: [], creditsObserved: 0n };
    const right = { ...share, lamports: 316n, commission: 16n, commissionBps: 500 };
    expect(shareProblemOf(right, 1000n, 3n)).toBeNull();
    for (const wrong of [{ lamports: 317n }, { commission: 17n }, { points: 0n }]) {
      expect(shareProblemOf({ ...right, ...wrong }, 1000n, 3n)).not.toBeNull();
    }
  });

  it("count in the next epoch as the accounts hold them when an epoch begins", () => {
    const world = createWatchedCluster();
    const before = world.chainOf(1, 31).at(-1)!;
    expect(world.accusations()).toEqual([]);
    const boundary = world.block(32, before.bank);
    const [epoch, next] = [boundary.bank.epoch, epochOf(boundary.bank.epoch + 1)];
    const table = boundary.bank.stakeTables.get(next)!;
    const stale = createStakeTable(table.entries.slice(1));
    world.adopt(
      0,
      withBank(boundary, {
        stakeTables: new Map([
          [epoch, table],
          [next, stale],
        ]),
      }),
    );
    expect(world.accusations()).toContain("stakes: the frozen stakes are not what the accounts hold");
  });
});

describe("slashing", () => {
  /** A rooted block whose accounts say that validator 3 was convicted in it, for an offence at a slot. */
  function convict(world: World, parent: Bank, slot: number, offenceSlot: number, record: SlashingRecord | null) {
    const { voteAccount, identity } = world.network.validators[3]!;
    const own = world.block(slot, parent);
    const { epoch } = own.bank;
    const convicted = addConviction(record ?? createSlashingRecord(voteAccount, identity.address), {
      kind: "lockout",
      offenceSlot: slotOf(offenceSlot),
      offenceEpoch: epoch,
      convictedSlot: slotOf(slot),
      convictedEpoch: epoch,
      reporter: identity.address,
      stakeAtRisk: 1n,
      totalStake: 2n,
      baseBps: 100,
      settlement: null,
    })!;
    const account = createSlashingRecordAccount(convicted, world.chain.params);
    const accounts = applyAccountChanges(own.bank.accounts, [{ address: slashingRecordAddress(voteAccount), account }]);
    world.adopt(0, withBank(own, { accounts }));
    const tower = { root: own.bank.slot, rootBlockId: own.bank.blockId, votes: [] };
    world.listener.onEffect(0, { type: "save-tower", tower }, 0);
    return { bank: own.bank, record: convicted };
  }

  const accusedOf = (world: World) => world.accusations().filter((each) => each.startsWith("slashing"));

  it("strikes the guilty only", () => {
    const world = createWatchedCluster();
    convict(world, world.genesisBank, 4, 2, null);
    expect(accusedOf(world)).toEqual(["slashing: it was slashed and never misbehaved"]);
    const other = createWatchedCluster();
    other.listener.onFault({ type: "misbehave", validator: 3, strategy: "vote-both-forks" });
    convict(other, other.genesisBank, 4, 2, null);
    expect(accusedOf(other)).toEqual([]);
  });

  it("strikes once for what a conviction covers: that of block 4 covers an offence at 3, not one at 5", () => {
    for (const [offence, told] of [
      [3, ["slashing: one offence was punished twice"]],
      [5, []],
    ] as const) {
      const world = createWatchedCluster();
      world.listener.onFault({ type: "misbehave", validator: 3, strategy: "vote-both-forks" });
      const { bank, record } = convict(world, world.genesisBank, 4, 2, null);
      convict(world, bank, 6, offence, record);
      expect(accusedOf(world)).toEqual(told);
    }
  });
});

describe("liveness and bounds", () => {
  it("stalls when somebody honest has no root from after the heal in time, and names who", () => {
    const world = createWatchedCluster();
    world.checkers.expectRecovery({ from: 0, within: 5 });
    for (let slot = 1; slot <= 4; slot++) world.listener.onSlot(slotOf(slot));
    expect(world.accusations()).toEqual([]);
    world.listener.onSlot(slotOf(5));
    expect(world.checkers.verdict()).toMatchObject({
      type: "stalled",
      checker: "liveness",
      facts: { behind: "0 1 2 3 4" },
    });
  });

  it("has recovered once every honest validator that runs has rooted such a block", () => {
    const world = createWatchedCluster();
    const [b1] = world.chainOf(1, 1) as [Produced];
    world.listener.onFault({ type: "misbehave", validator: 0, strategy: "withhold" });
    world.nodes[1]!.online = false;
    world.checkers.expectRecovery({ from: 0, within: 5 });
    for (const { validator } of world.nodes.slice(2))
      advanceRoot(validator.tree, addNode(validator.tree, b1.bank, b1.block));
    world.listener.onSlot(slotOf(1));
    expect(world.checkers.recoveredAt()).toBe(1);
    for (let slot = 2; slot <= 9; slot++) world.listener.onSlot(slotOf(slot));
    expect(world.accusations()).toEqual([]);
  });

  it("notices a queue that is longer than its limit", () => {
    const world = createWatchedCluster();
    const { validator } = world.nodes[0]!;
    const from = validator.identity.address;
    const { block } = world.block(1);
    for (let i = 0; i < validator.limits.earlyBlocksMax; i++) validator.early.push({ block, from });
    world.listener.onSlot(slotOf(1));
    expect(world.accusations()).toEqual([]);
    validator.early.push({ block, from });
    world.listener.onSlot(slotOf(2));
    expect(world.accusations()).toEqual(["bounds: too many early blocks"]);
  });

  it("notices who says too much in a slot: 64 for each member, and two for each block that it adopts", () => {
    const asks = (count: number, adopted: number) => {
      const world = createWatchedCluster();
      const { validator } = world.nodes[0]!;
      const blocks = world.chainOf(1, adopted);
      const { blockId } = world.genesisBank;
      const effect = { type: "request-blocks", to: validator.identity.address, blockId, above: slotOf(0) } as const;
      for (let i = 0; i < count; i++) world.listener.onEffect(0, effect, 0);
      world.listener.onSlot(slotOf(blocks.length));
      return world.accusations();
    };
    expect(asks(5 * 64, 0)).toEqual([]);
    expect(asks(5 * 64 + 1, 0)).toEqual(["bounds: too many effects in a slot"]);
    expect(asks(5 * 64 + 2 * 3, 3)).toEqual([]);
    expect(asks(5 * 64 + 2 * 3 + 1, 3)).toEqual(["bounds: too many effects in a slot"]);
  });

  it("reports a validator that an assertion stopped", () => {
    const world = createWatchedCluster();
    world.listener.onCrash(2, new Error("supply not conserved"));
    expect(world.checkers.verdict()).toMatchObject({ type: "crashed", checker: "assertion", validator: 2 });
  });
});

describe("messages", () => {
  it("survive their own bytes", () => {
    const world = createWatchedCluster();
    const [b1] = world.chainOf(1, 1) as [Produced];
    const tower = recordVote(world.towers[0]!, b1.bank.slot, b1.bank.blockId);
    const vote = world.voteFor(0, b1.bank, tower);
    world.listener.onEffect(0, { type: "save-tower", tower }, 0);
    world.listener.onEffect(0, { type: "broadcast-vote", vote }, 0);
    world.listener.onEffect(0, { type: "broadcast-block", block: b1.block }, 0);
    expect(world.accusations()).toEqual([]);
    world.listener.onEffect(0, { type: "broadcast-block", block: { ...b1.block, slot: slotOf(2) } }, 0);
    world.listener.onEffect(1, { type: "save-tower", tower }, 0);
    world.listener.onEffect(1, { type: "broadcast-vote", vote: { ...vote, slot: slotOf(7) } }, 0);
    const upside = { root: null, rootBlockId: null, votes: tower.votes.concat(tower.votes) };
    world.listener.onEffect(2, { type: "save-tower", tower: upside }, 0);
    expect(world.accusations()).toContain("round-trips: a tower does not survive its own bytes");
    const told = world.accusations().filter((each) => each.startsWith("round-trips: a message"));
    expect(told).toEqual(Array(2).fill("round-trips: a message does not survive its own bytes"));
  });
});
