/** docs/tutorial.md says what is so: its commands are run, its figures computed again and looked for in its text. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { createRandom } from "../src/base/random.ts";
import { computeLeaderSchedule } from "../src/chain/compute-leader-schedule.ts";
import { checkTicks } from "../src/chain/entry.ts";
import { addressOf, type Lamports } from "../src/chain/ids.ts";
import { computeLeaderSeed, drawLeaders, orderStakes } from "../src/chain/leader-schedule.ts";
import { computeTutorialLeaders } from "../src/chain/tutorial-leaders.ts";
import { chiSquareTest } from "../src/sim/statistics.ts";
import { growChain, networkOf } from "./support/attack-chain.ts";
import {
  docCommands,
  fencedBlocks,
  findBrokenPromise,
  readDoc,
  runDocCommand,
  slotsOf,
} from "./support/doc-commands.ts";

const doc = readDoc("docs/tutorial.md");
const words = doc.replace(/\s+/g, " ");
const says = (text: string) => expect(words).toContain(text);
const percent = (share: number, digits = 1) => `${(100 * share).toFixed(digits)} %`;
const row = (...cells: (string | number)[]) => `| ${cells.join(" | ")} |`;

const folder = mkdtempSync(join(tmpdir(), "escapement-doc-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "stakes.json"), fencedBlocks(doc, "json")[0] ?? "");

const seed = "aeebad4a796fcc2e15dc4c6061b45ed9b373f26adfc798ca7d2d8cc58182718e";
const entryOf = (byte: number, stake: bigint) => {
  const address = addressOf(new Uint8Array(32).fill(byte));
  return { voteAccount: address, identity: address, stake: stake as Lamports };
};

describe("the commands of docs/tutorial.md print what it says", () => {
  const short = docCommands(doc).filter((command) => slotsOf(command) < 1000);

  it.each(short)("$command", (command) => {
    const { stdout } = runDocCommand(command, folder, fencedBlocks(doc, "js")[0] ?? "");
    expect(findBrokenPromise(command.lines, stdout)).toBeNull();
  });

  it("which is every command but the simulations of 1000 slots and more", () => {
    expect([short.length, docCommands(doc).length]).toEqual([5, 8]);
  });

  it("and a promise that is not kept is noticed", () => {
    const output = "one\n\ntwo\nthree\nfour\n";
    expect(findBrokenPromise(["one", "…", "three", "four"], output)).toBeNull();
    expect(findBrokenPromise(["…", "two", "…"], output)).toBeNull();
    expect(findBrokenPromise(["one", "three", "…"], output)).toBe("three");
    expect(findBrokenPromise(["…", "three", "…", "two", "…"], output)).toBe("two");
    expect(findBrokenPromise(["one", "two", "three"], output)).toBe("four");
  });
});

describe("the chapter's runs", () => {
  const leadersOf = (stakes: number[], slots: number) => computeTutorialLeaders({ seed: "genesis", stakes, slots });
  const countsOf = (leaders: number[]) => [0, 1, 2].map((who) => leaders.filter((leader) => leader === who).length);

  it("20 slots: the leaders, by letter and by count", () => {
    const leaders = leadersOf([1000, 500, 100], 20);
    const [alice, bob, carol] = countsOf(leaders);
    says(`Alice ${alice}, Bob ${bob}, Carol ${carol}`);
    says(`in the order ${leaders.map((leader) => "ABC"[leader]).join("")}:`);
  });

  it("1000 slots: the constant counts", () => {
    const counts = countsOf(leadersOf([600, 300, 100], 1000));
    says(`the answer is a constant: ${counts.join(", ")}, every time`);
    const { statistic, pValue } = chiSquareTest(counts, [0.6, 0.3, 0.1]);
    says(`chi-square ${statistic.toFixed(2)}, 2 degrees of freedom, p = ${pValue?.toPrecision(2)}`);
  });

  it("slot numbers: the library's epoch 1 of 32 slots begins with slot 33, a chain's with slot 32, and a slot has one leader", () => {
    const stakes = [600n, 300n, 100n].map((stake, i) => entryOf(i + 1, stake));
    const drawn = leadersOf([600, 300, 100], 64);
    for (const epoch of [0, 1]) {
      const input = { policy: "tutorial", epoch, stakes, slotsPerEpoch: 32, slotsPerRotation: 1 } as const;
      const expected = drawn.slice(32 * epoch, 32 * epoch + 32).map((leader) => stakes[leader]!.voteAccount);
      expect(computeLeaderSchedule(input).rotations).toEqual(expected);
    }
    says("epoch 1 of 32 slots begins with slot 33");
    const network = networkOf({ leaderPolicy: "tutorial" });
    const slots = Array.from({ length: 40 }, (_, i) => i + 1);
    const { banks, blocks } = growChain(network, slots);
    expect([banks[31]!.epoch, banks[32]!.slot, banks[32]!.epoch]).toEqual([0, 32, 1]);
    expect(blocks.map(({ leader }) => leader)).toEqual(
      drawn.slice(0, 40).map((leader) => network.validators[leader]!.identity.address),
    );
    says("its epoch 1 begins with slot 32");
  });

  it("a perfect lottery fails the test of 10 % at the exact rate given", () => {
    const draws = 1000;
    const logFactorial = [0];
    for (let n = 1; n <= draws; n++) logFactorial.push(logFactorial[n - 1]! + Math.log(n));
    let passes = 0;
    for (let a = 541; a < 660; a++) {
      for (let b = 271; b < 330; b++) {
        const c = draws - a - b;
        if (c <= 90 || c >= 110) continue;
        const ways = logFactorial[draws]! - logFactorial[a]! - logFactorial[b]! - logFactorial[c]!;
        passes += Math.exp(ways + a * Math.log(0.6) + b * Math.log(0.3) + c * Math.log(0.1));
      }
    }
    says(`distribution, is ${percent(1 - passes, 2)}.`);
    says(`with a standard deviation of ${Math.sqrt(draws * 0.1 * 0.9).toFixed(1)}`);
    // Of the slots, by which the chapter judges: those of the runs shown.
    const [few, many] = [1 - 72 / 100, 1 - 1127 / 1200].map((lack) => Math.round(100 * lack));
    says(
      `the smallest validator is ${few} % below its share. The second happens to pass, the middle one being ${many} % below`,
    );
  });
});

describe("the three questions", () => {
  it("splitting stake wins by head and nothing by stake", () => {
    for (const count of [1, 10]) {
      const own = Array.from({ length: count }, (_, i) => entryOf(3 + i, 100n / BigInt(count)));
      const stakes = [entryOf(1, 1000n), entryOf(2, 500n), ...own];
      const input = { policy: "poh", epoch: 2, stakes, slotsPerEpoch: 40_000, slotsPerRotation: 4, seed } as const;
      const mine = new Set(own.map(({ voteAccount }) => voteAccount));
      const won = computeLeaderSchedule(input).rotations.filter((leader) => mine.has(leader)).length;
      const name = count === 1 ? "1 validator of 100" : "10 validators of 10";
      says(row(name, percent(count / (count + 2)), "6.25 %", won));
    }
  });

  it("droughts of a holder of one sixteenth", () => {
    const none = (rotations: number) => (15 / 16) ** rotations;
    says(`| 6 | ${percent(none(6))} |`);
    says(`| 20 | ${percent(none(20))} |`);
    says(`| 64 | ${percent(none(64), 2)} |`);
    says(`| 108 | ${percent(none(108), 3)} |`);
    says(`| 256 | ${percent(none(256), 7)} |`);
    expect([none(107) > 0.001, none(108) < 0.001]).toEqual([true, true]);
  });
});

describe("who holds the pen", () => {
  const share = 0.1;
  const rotations = 64;
  const lastOfFirstHalf = rotations / 2 - 1;
  const tries = [1, 2, 16, 256];
  const nameOf = (count: number) => (count === 1 ? "1 (honest)" : `${count}`);

  function binomial(trials: number): number[] {
    const weights = [(1 - share) ** trials];
    for (let n = 1; n <= trials; n++) weights.push((weights[n - 1]! * (trials - n + 1) * share) / (n * (1 - share)));
    return weights;
  }

  /** The mean of the greatest of so many binomial counts. */
  function bestOf(count: number, trials: number): number {
    let atMost = 0;
    let mean = 0;
    for (const weight of binomial(trials)) {
      atMost += weight;
      mean += Math.max(0, 1 - atMost ** count);
    }
    return mean;
  }

  /** A chain of two states: he made the seed, or another did. */
  function longRun(count: number) {
    const loses = (1 - share) ** count;
    const held = share / (share + loses);
    // Of the candidates that keep the pen the best, of all when none does.
    let won = loses * bestOf(count, rotations - 1);
    for (const [keeping, weight] of binomial(count).entries()) {
      if (keeping > 0) won += weight * (1 + bestOf(keeping, rotations - 1));
    }
    return { held, won: ((1 - held) * rotations * share + held * won) / rotations };
  }

  const stakes = orderStakes(Array.from({ length: 10 }, (_, i) => entryOf(i + 1, 100n)));
  const own = 3;
  const random = createRandom("escapement", "grinding");
  const drawEpoch = () => drawLeaders(stakes, computeLeaderSeed(random.bytes(32), 2), rotations);
  const wins = (leaders: Uint32Array) => leaders.reduce((won, leader) => won + (leader === own ? 1 : 0), 0);

  it("the draws are the library's", () => {
    const policy = { policy: "poh", epoch: 2, stakes, slotsPerEpoch: 256, slotsPerRotation: 4, seed } as const;
    const drawn = drawLeaders(stakes, computeLeaderSeed(Buffer.from(seed, "hex"), 2), rotations);
    expect(computeLeaderSchedule(policy).rotations).toEqual(Array.from(drawn, (leader) => stakes[leader]!.voteAccount));
  });

  it("the best of k candidates, for one epoch, and for ever", () => {
    const epochs = [2000, 2000, 500, 100];
    for (const [i, count] of tries.entries()) {
      let won = 0;
      for (let epoch = 0; epoch < epochs[i]!; epoch++) {
        won += Math.max(...Array.from({ length: count }, () => wins(drawEpoch())));
      }
      const drawn = percent(won / (epochs[i]! * rotations));
      says(row(nameOf(count), `${percent(bestOf(count, rotations) / rotations)} of rotations`, drawn));
    }
    for (const count of tries) {
      const length = count === 256 ? 100 : 1000;
      let holds = false;
      let won = 0;
      for (let epoch = 0; epoch < length; epoch++) {
        const candidates: { keeps: boolean; won: number }[] = Array.from({ length: holds ? count : 1 }, () => {
          const leaders = drawEpoch();
          return { keeps: leaders[lastOfFirstHalf] === own, won: wins(leaders) };
        });
        const keeping = candidates.filter(({ keeps }) => keeps);
        holds = keeping.length > 0;
        won += Math.max(...(holds ? keeping : candidates).map((candidate) => candidate.won));
      }
      const exact = longRun(count);
      says(row(nameOf(count), percent(exact.held), percent(exact.won), percent(won / (length * rotations))));
    }
  });

  it("a transaction may stand just before a block's last tick: only two hashes follow the choice", () => {
    const entries = [
      { numHashes: 63, isTick: false },
      { numHashes: 1, isTick: true },
    ];
    expect(checkTicks({ slot: 1, parentSlot: 0, ticksPerSlot: 1, hashesPerTick: 64, entries })).toBeNull();
  });

  it("19 % of 1000 rotations for a tenth of the stake is suspicious, 10.2 % is not", () => {
    const tenths = Array.from({ length: 10 }, () => 0.1);
    const judge = (mine: number) => chiSquareTest([mine, ...tenths.slice(1).map(() => (1000 - mine) / 9)], tenths);
    // The nearest counts that the others can share evenly.
    expect(judge(190).pValue).toBeLessThan(0.001);
    expect(judge(100).pValue).toBeGreaterThan(0.001);
    expect(judge(109).pValue).toBeGreaterThan(0.001);
  });
});

it("every function and type that the map names exists", () => {
  const root = fileURLToPath(new URL("../src", import.meta.url));
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const sources = files.map((name) => readDoc(`src/${name}`)).join("\n");
  const map = /\| in the chapter \| here \|\n(.*?)\n\n/s.exec(doc)?.[1] ?? "";
  const names = map
    .split("\n")
    .flatMap((line) => [
      ...(line.split(" | ")[1] ?? "").matchAll(/`(?:Cluster\.)?([A-Za-z]*[a-z][A-Z][A-Za-z]*|[A-Z]\w+)`/g),
    ])
    .map(([, name = ""]) => name);
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(sources))).toEqual([]);
});

describe("the weaknesses", () => {
  it("each id named has a test named after it, and each of the chapter's is named", () => {
    const attacks = new URL("./attacks/", import.meta.url);
    const sources = readdirSync(fileURLToPath(attacks)).map((name) => readDoc(`test/attacks/${name}`));
    const tested = new Set(
      sources.flatMap((source) => [...source.matchAll(/["`]([A-D]\d+)(?=[:"])/g)].map(([, id]) => id)),
    );
    const named = new Set(
      doc
        .split("\n")
        .flatMap((line) => (/\| [A-D]\d+( [A-D]\d+)* \|$/.test(line) ? (line.match(/\b[A-D]\d+\b/g) ?? []) : [])),
    );
    const numbered = (letter: string, last: number) => Array.from({ length: last }, (_, i) => `${letter}${i + 1}`);
    const all = [...numbered("A", 15), ...numbered("B", 16), ...numbered("C", 24), ...numbered("D", 11)];
    expect([...named].sort()).toEqual([...all].sort());
    expect(all.filter((id) => !tested.has(id))).toEqual([]);
    const limits = sources.flatMap((source) =>
      [...source.matchAll(/["`]([A-D]\d+): a known limit/g)].map(([, id]) => id),
    );
    expect(limits).toEqual(["A7"]);
    says("The known limit is *A7*");
  });
});
