import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Address, Hash, Lamports, Signature } from "../chain/ids.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import {
  addTransaction,
  bringBack,
  createMempool,
  expireTransactions,
  hasTransaction,
  iterateByPriority,
  type Mempool,
  mempoolSizeOf,
  type PendingTransaction,
  removeTransactions,
  restoreMempool,
  setAside,
  snapshotMempool,
} from "./mempool.ts";

type Sketch = { name: string; fee: bigint; units: number; payer?: string; bytes?: number; lastValidHeight?: number };

function pend(sketch: Sketch): PendingTransaction {
  const { name, fee, units, payer = `payer of ${name}`, bytes = 100, lastValidHeight = 150 } = sketch;
  const transaction: Transaction = {
    bytes: new Uint8Array(bytes),
    messageBytes: new Uint8Array(0),
    version: 0,
    signatures: [],
    signature: `signature of ${name}` as Signature,
    messageHash: name as Hash,
    accountKeys: [payer as Address],
    signerCount: 1,
    isWritable: [true],
    recentBlockhash: "blockhash" as Hash,
    instructions: [],
  };
  return {
    transaction: transaction as Verified<Transaction>,
    fee: fee as Lamports,
    computeUnitLimit: units,
    lastValidHeight,
  };
}

const roomy = {
  transactionsMax: 1000,
  transactionsPerPayerMax: 1000,
  bytesMax: 1_000_000,
  asideMax: 1000,
  asideBytesMax: 1_000_000,
};

function mempoolOf(sketches: readonly Sketch[], limits = roomy): Mempool {
  const mempool = createMempool(limits);
  for (const sketch of sketches) expect(addTransaction(mempool, pend(sketch)).ok).toBe(true);
  return mempool;
}

function namesOf(mempool: Mempool): string[] {
  return [...iterateByPriority(mempool)].map((pending) => pending.transaction.messageHash);
}

/** Removes the best and gives them, as a block that lands them does. */
function take(mempool: Mempool, countMax: number): PendingTransaction[] {
  const taken = [...iterateByPriority(mempool)].slice(0, countMax);
  removeTransactions(
    mempool,
    taken.map(({ transaction }) => transaction.messageHash),
  );
  return taken;
}

describe("mempool order", () => {
  it("orders the drawn example by fee per compute unit, then by arrival", () => {
    const mempool = mempoolOf([
      { name: "a", fee: 5000n, units: 1000 },
      { name: "b", fee: 9000n, units: 1500 },
      { name: "c", fee: 10_000n, units: 2000 },
    ]);
    expect(namesOf(mempool)).toEqual(["b", "a", "c"]);
  });

  it("tells prices apart that are one double", () => {
    const fee = 2n ** 60n;
    expect(Number(fee)).toBe(Number(fee + 1n));
    const mempool = mempoolOf([
      { name: "lower", fee, units: 7 },
      { name: "higher", fee: fee + 1n, units: 7 },
    ]);
    expect(namesOf(mempool)).toEqual(["higher", "lower"]);
  });

  it("counts a compute limit of 0 as 1", () => {
    const mempool = mempoolOf([
      { name: "zero", fee: 5n, units: 0 },
      { name: "six", fee: 6n, units: 1 },
      { name: "four", fee: 4n, units: 1 },
      { name: "nothing", fee: 0n, units: 1 },
    ]);
    expect(namesOf(mempool)).toEqual(["six", "zero", "four", "nothing"]);
  });

  it("keeps one payer's transactions of one price in the order they came", () => {
    const names = Array.from({ length: 600 }, (_, index) => `${(index * 7919) % 600}`);
    const mempool = mempoolOf(
      names.map((name, index) => ({ name, payer: "p", fee: 5n * BigInt(index + 1), units: index + 1 })),
    );
    expect(namesOf(mempool)).toEqual(names);
  });

  it("asserts that nobody changes it while it is read", () => {
    const mempool = mempoolOf([
      { name: "a", fee: 1n, units: 1 },
      { name: "b", fee: 1n, units: 1 },
    ]);
    expect(() => {
      for (const { transaction } of iterateByPriority(mempool)) removeTransactions(mempool, [transaction.messageHash]);
    }).toThrow("changed");
  });
});

describe("mempool limits", () => {
  it("refuses a second copy of one message, whatever it pays", () => {
    const mempool = mempoolOf([{ name: "a", fee: 1n, units: 1 }]);
    expect(addTransaction(mempool, pend({ name: "a", fee: 9n, units: 1 }))).toMatchObject({
      ok: false,
      code: "mempool-duplicate",
    });
    removeTransactions(mempool, ["a" as Hash]);
    expect(addTransaction(mempool, pend({ name: "a", fee: 9n, units: 1 }))).toMatchObject({ ok: true, type: "added" });
  });

  it("takes a payer's last allowed transaction and refuses one past it, until one leaves", () => {
    const limits = { ...roomy, transactionsPerPayerMax: 2 };
    const mempool = mempoolOf(
      ["a", "b"].map((name) => ({ name, payer: "p", fee: 1n, units: 1 })),
      limits,
    );
    const third = pend({ name: "c", payer: "p", fee: 9n, units: 1 });
    expect(addTransaction(mempool, third)).toEqual({
      ok: false,
      code: "mempool-payer-limit",
      facts: { payer: "p", transactionsOfPayer: 2, transactionsPerPayerMax: 2 },
    });
    expect(addTransaction(mempool, pend({ name: "d", payer: "q", fee: 1n, units: 1 })).ok).toBe(true);
    take(mempool, 1);
    expect(addTransaction(mempool, third).ok).toBe(true);
  });

  it("fills to the last place, then evicts the cheapest and latest for a better one, with the reason", () => {
    const limits = { ...roomy, transactionsMax: 3 };
    const mempool = mempoolOf(
      ["a", "b", "c"].map((name) => ({ name, fee: 10n, units: 2 })),
      limits,
    );
    expect(addTransaction(mempool, pend({ name: "better", fee: 6n, units: 1 }))).toEqual({
      ok: true,
      type: "added",
      evicted: [
        {
          signature: "signature of c",
          messageHash: "c",
          code: "mempool-evicted",
          facts: {
            fee: 10n,
            computeUnitLimit: 2,
            bySignature: "signature of better",
            byFee: 6n,
            byComputeUnitLimit: 1,
          },
        },
      ],
    });
    expect(namesOf(mempool)).toEqual(["better", "a", "b"]);
    expect(hasTransaction(mempool, "c" as Hash)).toBe(false);
  });

  it("refuses one that pays no more than the cheapest when full, and changes nothing", () => {
    const mempool = mempoolOf([{ name: "a", fee: 10n, units: 2 }], { ...roomy, transactionsMax: 1 });
    const before = snapshotMempool(mempool);
    expect(addTransaction(mempool, pend({ name: "same", fee: 5n, units: 1 }))).toEqual({
      ok: false,
      code: "mempool-full",
      facts: {
        fee: 5n,
        computeUnitLimit: 1,
        transactions: 1,
        transactionsMax: 1,
        bytes: 100,
        bytesNeeded: 100,
        bytesMax: 1_000_000,
      },
    });
    expect(snapshotMempool(mempool)).toEqual(before);
  });

  it("fills to the last byte, and evicts as many as one byte more needs, or none", () => {
    const limits = { ...roomy, bytesMax: 300 };
    const sketches = [3n, 2n, 1n].map((fee) => ({ name: `fee ${fee}`, fee, units: 1 }));
    const fitting = mempoolOf(sketches, limits);
    expect(fitting.bytes).toBe(300);
    const added = addTransaction(fitting, pend({ name: "big", fee: 3n, units: 1, bytes: 101 }));
    expect(added.ok && added.evicted.map((dropped) => dropped.messageHash)).toEqual(["fee 1", "fee 2"]);
    expect(fitting.bytes).toBe(201);
    // The third place it needs belongs to one that pays as much: nothing is evicted in vain.
    const refusing = mempoolOf(sketches, limits);
    expect(addTransaction(refusing, pend({ name: "huge", fee: 3n, units: 1, bytes: 201 })).ok).toBe(false);
    expect(namesOf(refusing)).toEqual(["fee 3", "fee 2", "fee 1"]);
  });

  it("takes a transaction of exactly bytesMax and refuses one byte more, even when empty", () => {
    const limits = { ...roomy, bytesMax: 500 };
    expect(addTransaction(createMempool(limits), pend({ name: "a", fee: 1n, units: 1, bytes: 500 })).ok).toBe(true);
    expect(addTransaction(createMempool(limits), pend({ name: "a", fee: 1n, units: 1, bytes: 501 })).ok).toBe(false);
  });
});

describe("leaving the mempool", () => {
  it("keeps a transaction at its last valid height and expires it one above", () => {
    const mempool = mempoolOf([
      { name: "a", fee: 1n, units: 1, lastValidHeight: 150 },
      { name: "b", fee: 2n, units: 1, lastValidHeight: 151 },
    ]);
    expect(expireTransactions(mempool, 150)).toEqual([]);
    expect(expireTransactions(mempool, 151)).toEqual([
      {
        signature: "signature of a",
        messageHash: "a",
        code: "blockhash-expired",
        facts: { height: 151, lastValidHeight: 150, recentBlockhash: "blockhash" },
      },
    ]);
    expect(namesOf(mempool)).toEqual(["b"]);
  });

  it("counts only what it removed", () => {
    const mempool = mempoolOf([{ name: "a", fee: 1n, units: 1 }]);
    expect(removeTransactions(mempool, ["a" as Hash, "a" as Hash, "stranger" as Hash])).toBe(1);
  });
});

// The dumb twin: an unordered array, sorted whenever anyone asks.
type Twin = { pending: PendingTransaction; arrival: number }[];

function bytesOfTwin(twin: Twin): number {
  return twin.reduce((sum, { pending }) => sum + pending.transaction.bytes.length, 0);
}

function hashesOfTwin(twin: Twin): Hash[] {
  return twin.map(({ pending }) => pending.transaction.messageHash);
}

function isTwinOver(twin: Twin, limits: typeof roomy): boolean {
  return twin.length > limits.transactionsMax || bytesOfTwin(twin) > limits.bytesMax;
}

function isTwinAsideOver(aside: Twin, limits: typeof roomy): boolean {
  return aside.length > limits.asideMax || bytesOfTwin(aside) > limits.asideBytesMax;
}

function withoutHash(twin: Twin, messageHash: Hash): Twin {
  return twin.filter(({ pending }) => pending.transaction.messageHash !== messageHash);
}

function sortTwin(twin: Twin): Twin {
  const units = ({ pending }: Twin[number]) => BigInt(pending.computeUnitLimit || 1);
  return twin.toSorted((a, b) => {
    const difference = b.pending.fee * units(a) - a.pending.fee * units(b);
    return difference === 0n ? a.arrival - b.arrival : difference > 0n ? 1 : -1;
  });
}

function addToTwin(twin: Twin, added: Twin[number], limits: typeof roomy): Twin {
  const { transaction } = added.pending;
  if (twin.some(({ pending }) => pending.transaction.messageHash === transaction.messageHash)) return twin;
  const samePayer = twin.filter(({ pending }) => pending.transaction.accountKeys[0] === transaction.accountKeys[0]);
  if (samePayer.length >= limits.transactionsPerPayerMax) return twin;
  const left = sortTwin([...twin, added]);
  while (isTwinOver(left, limits)) if (left.pop() === added) return twin;
  return left;
}

const addStep = fc.record({
  type: fc.constant("add" as const),
  name: fc.nat(60),
  fee: fc.nat(12),
  units: fc.nat(4),
  payer: fc.nat(5),
  bytes: fc.integer({ min: 50, max: 400 }),
  lastValidHeight: fc.nat(20),
});
const otherStep = fc.record({
  type: fc.constantFrom("take", "remove", "expire", "rewind", "set aside", "bring back"),
  amount: fc.nat(12),
});

describe("what landed and is not final", () => {
  const hashes = (...names: string[]) => names as Hash[];
  const three = () =>
    mempoolOf([
      { name: "a", fee: 5000n, units: 1000, payer: "p" },
      { name: "b", fee: 5000n, units: 1000, payer: "p" },
      { name: "c", fee: 9000n, units: 1000, payer: "q", lastValidHeight: 3 },
    ]);

  it("is held aside: not offered, not counted, but known; and comes back where it stood", () => {
    const mempool = three();
    setAside(mempool, hashes("a", "c", "never seen"));
    expect([namesOf(mempool), mempoolSizeOf(mempool), mempool.bytes]).toEqual([["b"], 1, 100]);
    expect(["a", "b", "c", "d"].map((name) => hasTransaction(mempool, name as Hash))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(addTransaction(mempool, pend({ name: "a", fee: 1n, units: 1 }))).toMatchObject({
      code: "mempool-duplicate",
    });
    expect(expireTransactions(mempool, 4)).toEqual([]);
    expect(bringBack(mempool, hashes("a", "never seen"))).toEqual([]);
    expect(namesOf(mempool)).toEqual(["a", "b"]);
    bringBack(mempool, hashes("c", "a"));
    expect(namesOf(mempool)).toEqual(["c", "a", "b"]);
    expect(expireTransactions(mempool, 4)).toMatchObject([{ messageHash: "c" }]);
  });

  it("is forgotten when it is final, and goes with a snapshot", () => {
    const mempool = three();
    setAside(mempool, hashes("a", "b"));
    const restored = restoreMempool(snapshotMempool(mempool));
    expect(removeTransactions(mempool, hashes("a", "c"))).toBe(2);
    expect([mempoolSizeOf(mempool), mempool.aside.size]).toEqual([0, 1]);
    bringBack(restored, hashes("a", "b"));
    expect(namesOf(restored)).toEqual(["c", "a", "b"]);
  });

  it("takes nobody's place when it comes back, and is said to be dropped", () => {
    const mempool = mempoolOf(
      [
        { name: "a", fee: 9000n, units: 1000 },
        { name: "b", fee: 5000n, units: 1000 },
      ],
      { ...roomy, transactionsMax: 2 },
    );
    setAside(mempool, hashes("a"));
    expect(addTransaction(mempool, pend({ name: "c", fee: 5000n, units: 1000 })).ok).toBe(true);
    expect(bringBack(mempool, hashes("a"))).toEqual([
      {
        signature: "signature of a",
        messageHash: "a",
        code: "mempool-full",
        facts: {
          fee: 9000n,
          computeUnitLimit: 1000,
          transactions: 2,
          transactionsMax: 2,
          bytes: 200,
          bytesNeeded: 100,
          bytesMax: 1_000_000,
        },
      },
    ]);
    expect(namesOf(mempool)).toEqual(["b", "c"]);
    expect(hasTransaction(mempool, "a" as Hash)).toBe(false);
  });
});

describe("what is held aside", () => {
  const sketches = ["a", "b", "c"].map((name) => ({ name, fee: 1n, units: 1 }));
  const asideOf = (limits: Partial<typeof roomy>, extraBytes = 0) => {
    const last = { name: "d", fee: 1n, units: 1, bytes: 100 + extraBytes };
    const mempool = mempoolOf([...sketches, last], { ...roomy, ...limits });
    setAside(mempool, ["b", "a"] as Hash[]);
    setAside(mempool, ["d"] as Hash[]);
    return [[...mempool.aside.keys()], mempool.asideBytes];
  };

  it("is kept to the last place, and the oldest forgotten past it", () => {
    expect(asideOf({ asideMax: 3 })).toEqual([["b", "a", "d"], 300]);
    expect(asideOf({ asideMax: 2 })).toEqual([["a", "d"], 200]);
    expect(asideOf({ asideMax: 1 })).toEqual([["d"], 100]);
  });

  it("is kept to the last byte, and as many of the oldest forgotten as one byte more needs", () => {
    expect(asideOf({ asideBytesMax: 300 })).toEqual([["b", "a", "d"], 300]);
    expect(asideOf({ asideBytesMax: 300 }, 1)).toEqual([["a", "d"], 201]);
    expect(asideOf({ asideBytesMax: 300 }, 101)).toEqual([["d"], 201]);
    expect(asideOf({ asideBytesMax: 300 }, 201)).toEqual([[], 0]);
  });
});

describe("mempool against its twin", () => {
  it("holds and orders what an array sorted on every question holds, and a restored snapshot goes on alike", () => {
    const limits = {
      transactionsMax: 12,
      transactionsPerPayerMax: 4,
      bytesMax: 2500,
      asideMax: 5,
      asideBytesMax: 1200,
    };
    const step = fc.oneof({ weight: 6, arbitrary: addStep }, { weight: 1, arbitrary: otherStep });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
        let mempool = createMempool(limits);
        let twin: Twin = [];
        let twinAside: Twin = [];
        for (const [arrival, each] of steps.entries()) {
          if (each.type === "add") {
            const pending = pend({ ...each, name: `${each.name}`, fee: BigInt(each.fee), payer: `${each.payer}` });
            const before = mempoolSizeOf(mempool);
            const added = addTransaction(mempool, pending);
            if (!hashesOfTwin(twinAside).includes(pending.transaction.messageHash))
              twin = addToTwin(twin, { pending, arrival }, limits);
            const change = added.ok ? 1 - added.evicted.length : 0;
            expect(mempoolSizeOf(mempool)).toBe(before + change);
          } else if (each.type === "take") {
            const taken = take(mempool, each.amount % 4);
            expect(taken).toEqual(twin.slice(0, each.amount % 4).map(({ pending }) => pending));
            twin = twin.slice(each.amount % 4);
          } else if (each.type === "remove") {
            const messageHash = `${each.amount}` as Hash;
            removeTransactions(mempool, [messageHash]);
            twin = withoutHash(twin, messageHash);
            twinAside = withoutHash(twinAside, messageHash);
          } else if (each.type === "expire") {
            expireTransactions(mempool, each.amount);
            twin = twin.filter(({ pending }) => pending.lastValidHeight >= each.amount);
          } else if (each.type === "set aside") {
            const landed = twin.slice(0, each.amount % 4);
            setAside(mempool, hashesOfTwin(landed));
            twin = twin.slice(landed.length);
            twinAside.push(...landed);
            while (isTwinAsideOver(twinAside, limits)) twinAside.shift();
          } else if (each.type === "bring back") {
            const back = twinAside.splice(0, each.amount % 4);
            const dropped: Twin = [];
            for (const one of back) {
              const grown = sortTwin([...twin, one]);
              if (isTwinOver(grown, limits)) dropped.push(one);
              else twin = grown;
            }
            const told = bringBack(mempool, hashesOfTwin(back));
            expect(told.map(({ messageHash }) => messageHash)).toEqual(hashesOfTwin(dropped));
          } else {
            // What happens between the snapshot and the rewind leaves no trace.
            const snapshot = snapshotMempool(mempool);
            setAside(mempool, hashesOfTwin(twin.slice(0, 2)));
            bringBack(mempool, hashesOfTwin(twinAside));
            take(mempool, each.amount);
            addTransaction(mempool, pend({ name: "gone", fee: 100n, units: 1 }));
            mempool = restoreMempool(snapshot);
          }
          expect([...iterateByPriority(mempool)]).toEqual(twin.map(({ pending }) => pending));
          expect(mempool.bytes).toBe(bytesOfTwin(twin));
          expect([...mempool.aside.keys()]).toEqual(hashesOfTwin(twinAside));
          expect(mempool.asideBytes).toBe(bytesOfTwin(twinAside));
          expect(mempool.entryByHash.size).toBe(twin.length);
          expect(new Set(mempool.countByPayer.keys())).toEqual(
            new Set(twin.map(({ pending }) => pending.transaction.accountKeys[0])),
          );
        }
      }),
      { seed: 1234, numRuns: 100 },
    );
  });
});
