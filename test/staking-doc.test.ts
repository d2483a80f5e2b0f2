/** docs/staking.md says what is so: its example is run, and every number of it computed again and looked for in its text. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { stakeProgramAddress } from "../src/chain/addresses.ts";
import { isPaying } from "../src/chain/epoch-rewards.ts";
import type { Address } from "../src/chain/ids.ts";
import { createParams, profiles } from "../src/chain/params.ts";
import { rentExemptMinimum } from "../src/chain/rent.ts";
import { computePenalty } from "../src/chain/slashing/penalty.ts";
import { slashingRecordBytes } from "../src/chain/slashing/record.ts";
import { computeAllowance } from "../src/chain/stake-activation.ts";
import { createDevnet } from "../src/host/devnet.ts";
import { parseGenesisFile } from "../src/sim/genesis-file.ts";
import { type Cli, createCli } from "./support/cli-process.ts";
import { docCommands, fencedBlocks, findBrokenPromise, readDoc } from "./support/doc-commands.ts";
import { lastEpoch, runTimeline, type Timeline } from "./support/staking-timeline.ts";
import { whileTimeRuns } from "./support/while-time-runs.ts";

const doc = readDoc("docs/staking.md");
const words = doc.replace(/\s+/g, " ");
const says = (text: string) => expect([text, words.includes(text)]).toEqual([text, true]);
const texts = fencedBlocks(doc, "text");
const row = (...cells: (string | number)[]) => `| ${cells.join(" | ")} |`;

/** 1500301334131n -> "1500.301334131", 900000000000n -> "900" */
function sol(lamports: bigint): string {
  const rest = String(lamports % 1_000_000_000n)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${lamports / 1_000_000_000n}${rest === "" ? "" : `.${rest}`}`;
}

let run: Timeline;
let without: Timeline;

beforeAll(async () => {
  run = await runTimeline({ withStake: true });
  without = await runTimeline({ withStake: false });
});

const at = (epoch: number) => run.epochs[epoch - 1]!;
const epochs = Array.from({ length: lastEpoch }, (_, i) => i + 1);
const done: Record<number, string> = { 1: "delegate", 5: "deactivate", 7: "withdraw" };
/** The validator's slots of an epoch. */
const slotsLed = ({ leaders, identity }: Timeline, epoch: number) =>
  leaders.get(epoch)!.filter((leader) => leader === identity).length;

const label = 20;
const column = 10;
const line = (title: string, cells: readonly (string | number | bigint)[]) =>
  `${title.padEnd(label)}${cells.map((cell) => String(cell).padEnd(column)).join("")}`.trimEnd();

/** Steps: a level for each epoch, drawn from above. */
function steps(values: readonly bigint[]): string[] {
  const levels = [...new Set(values)].sort((a, b) => (a > b ? -1 : 1));
  return levels.map((level) => {
    let drawn = `${`${level} SOL`.padStart(label - 1)} `;
    for (const [i, value] of values.entries()) {
      const before = values[i - 1] ?? value;
      const isRising = value > before;
      const [high, low] = isRising ? [value, before] : [before, value];
      let corner = " ";
      if (before === value) corner = level === value ? "─" : " ";
      else if (level === high) corner = isRising ? "┌" : "┐";
      else if (level === low) corner = isRising ? "┘" : "└";
      else if (level < high && level > low) corner = "│";
      drawn += corner + (level === value ? "─" : " ").repeat(column - 1);
    }
    return drawn.trimEnd();
  });
}

function drawing(): string {
  const whole = epochs.map((epoch) => at(epoch).frozen / 1_000_000_000n);
  return [
    ...steps(whole),
    line("epoch", epochs),
    line(
      "",
      epochs.map((epoch) => done[epoch] ?? ""),
    ),
    "",
    line("counts, SOL", whole),
    line(
      "frozen, for leaders",
      epochs.slice(1).map(() => "└───────┐ "),
    ),
    line("leads, SOL", [0n, ...whole.slice(0, -1)]),
    line(
      "its slots, of 32",
      epochs.map((epoch) => slotsLed(run, epoch)),
    ),
    line(
      "without it",
      epochs.map((epoch) => slotsLed(without, epoch)),
    ),
    "",
  ].join("\n");
}

/** Of `account` on its way, what one more epoch lets through, with the history's entry of the epoch before. */
function allowed(account: bigint, epoch: number, direction: "activating" | "deactivating") {
  const { effective, [direction]: portion } = run.history.get(epoch - 1)!;
  const most = (account * effective * 900n) / (portion * 10_000n);
  const input = { account, clusterPortion: portion, clusterEffective: effective, rateBps: 900n };
  const text = `${sol(account)} × (${sol(effective)} × 9 %) / ${sol(portion)} = ${sol(most)}`;
  return { most, moved: computeAllowance(input), text };
}

function activation(): string {
  const first = allowed(at(1).activating, 2, "activating");
  const second = allowed(at(2).activating, 3, "activating");
  const third = allowed(at(5).deactivating, 6, "deactivating");
  const fourth = allowed(at(6).deactivating, 7, "deactivating");
  expect([at(2).frozen, at(3).frozen]).toEqual([first.moved, at(2).effective + second.moved]);
  expect([at(6).frozen, at(7).frozen]).toEqual([at(5).effective - third.moved, at(6).effective - fourth.moved]);
  return [
    `2 warms up    ${first.text}`,
    `              0 + ${sol(first.moved)} = ${sol(at(2).frozen)} effective`,
    `3 warms up    ${second.text}, more than the ${sol(second.moved)} left`,
    `              ${sol(at(2).effective)} + ${sol(second.moved)} = ${sol(at(3).frozen)} effective`,
    `6 cools down  ${third.text}`,
    `              ${sol(at(5).effective)} - ${sol(third.moved)} = ${sol(at(6).frozen)} effective`,
    `7 cools down  ${fourth.text}, more than the ${sol(fourth.moved)} left`,
    `              ${sol(at(6).effective)} - ${sol(fourth.moved)} = ${sol(at(7).frozen)} effective`,
    "",
  ].join("\n");
}

function reward(): string {
  const { validatorRate, capitalization, slotsInEpoch, slotsPerYear, pot, totalPoints, earned, ...rest } =
    run.explained.get(2)!;
  const [{ effectiveStake, credits }] = earned;
  const { effective } = run.history.get(2)!;
  const points = BigInt(effectiveStake) * BigInt(credits);
  const share = (points * BigInt(pot)) / BigInt(totalPoints);
  const [commission, staker] = [(share * 1000n) / 10_000n, (share * 9000n) / 10_000n];
  expect(Math.trunc(validatorRate * Number(capitalization) * (Number(slotsInEpoch) / slotsPerYear))).toBe(Number(pot));
  expect([String(points), String(share)]).toEqual([rest.points, rest.share]);
  expect([String(commission), String(staker)]).toEqual([rest.voter, rest.staker]);
  expect([run.rewards.get(2).amount, BigInt(totalPoints)]).toEqual([staker, effective * BigInt(credits)]);
  return [
    `pot         ${validatorRate} × ${capitalization} × (${slotsInEpoch} / ${slotsPerYear}) = ${pot}`,
    `points      ${effectiveStake} × ${credits} credits = ${points}`,
    `everybody's ${effective} × ${credits} = ${totalPoints}`,
    `share       ${points} × ${pot} / ${totalPoints} = ${share}`,
    `validator   ${share} × 10 % = ${commission}`,
    `staker      ${share} × 90 % = ${staker}`,
    "",
  ].join("\n");
}

describe("the life of one stake", () => {
  it("is drawn as it runs", () => expect(texts[0]).toBe(drawing()));

  it("has the table's numbers, epoch by epoch", () => {
    for (const epoch of epochs) {
      const { effective, activating, deactivating, frozen, ownFrozen, inTable, tableTotal, balance } = at(epoch);
      const paid = run.rewards.get(epoch - 1)?.amount ?? 0n;
      const amounts = [frozen, effective, activating, deactivating, balance, paid, inTable, tableTotal].map(sol);
      says(row(epoch, ...amounts));
      // The stakes of an epoch are those that counted as the one before began: the validator's own, and this one.
      if (epoch < lastEpoch) expect(at(epoch + 1).inTable).toBe(frozen + ownFrozen);
    }
  });

  it("warms up and cools down by the lines given", () => expect(texts[1]).toBe(activation()));

  it("earns by the lines given", () => expect(texts[2]).toBe(reward()));

  it("does all else that the text says of it", () => {
    const { rentReserve, refusals, withdrawn } = run;
    says(`rent reserve of ${sol(rentReserve)} SOL`);
    says(`All of it: ${sol(withdrawn)} SOL, of them ${sol(withdrawn - rentReserve - 1_500_000_000_000n)} earned.`);
    expect(refusals.map((refusal) => refusal.replace(/ \(.*/, ""))).toEqual(
      Array(2).fill("Insufficient funds for instruction"),
    );
    const isSame = (epoch: number) => without.leaders.get(epoch)!.every((who, i) => who === run.leaders.get(epoch)![i]);
    expect(epochs.filter((epoch) => !isSame(epoch))).toEqual([3, 4, 5, 6]);
    expect(run.explained.get(1)).toMatchObject({ staker: "0" });
    expect(run.rewards.get(2)).toMatchObject({ effectiveSlot: 97n, epoch: 2n });
    says("in slot 97, the second block of epoch 3");
    says(`had ${sol(run.history.get(1)!.effective)} SOL effective in epoch 1; 9 % of that may join in epoch 2, so`);
    says(`so ${sol(at(2).effective)} of the 1500 SOL count. In epoch 3 the other ${sol(at(2).activating)} do.`);
    says(`hence ${sol(at(6).effective)} here and ${sol(at(6).frozen)} above`);
  });
});

describe("the recipe, typed", () => {
  const folder = mkdtempSync(join(tmpdir(), "escapement-recipe-"));
  const cli = createCli(folder);
  const [start = "", life = ""] = fencedBlocks(doc, "console").map((block) => block.replace(/ \\\n +/g, " "));
  let dev: Awaited<ReturnType<Cli["startDev"]>> | null = null;

  afterAll(() => {
    dev?.child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  /** Types a command. One that ends in `&` is given slots until it is done, as a person gives it some. */
  async function type(command: string): Promise<string> {
    const [, , ...words] = command.split(" ");
    const rpcUrl: string = dev?.ready.rpcUrl;
    const isBehind = words.at(-1) === "&";
    const args = isBehind ? words.slice(0, -1) : words;
    const running = cli.run(...args, ...(args[0] === "keygen" ? [] : ["--url", rpcUrl]));
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "escapement_advanceSlots", params: [1] });
    const runSlot = async () => {
      await sleep(100);
      await fetch(rpcUrl, { method: "POST", headers, body });
    };
    const { code, stdout, stderr } = await (isBehind ? whileTimeRuns(running, runSlot) : running);
    expect([command, code], stderr).toEqual([command, 0]);
    return stdout;
  }

  it("gives the numbers of the table", async () => {
    dev = await cli.startDev(...start.trim().split(" ").slice(4));
    let promises = 0;
    for (const { command, lines } of docCommands(`\`\`\`console\n${life}\`\`\``)) {
      const printed = await type(command);
      if (lines.length === 0) continue;
      promises += 1;
      expect([command, findBrokenPromise(lines, printed)]).toEqual([command, null]);
    }
    expect(promises).toBe(4);
    const explained = await cli.json("explain", "reward", "t.json", "--epoch", "2", "--url", dev.ready.rpcUrl);
    const { pot, points, staker, capitalization } = run.explained.get(2);
    expect([explained.pot, explained.points, explained.staker].map(String)).toEqual([pot, points, staker].map(String));
    const capitalizationDiff = BigInt(capitalization) - BigInt(explained.capitalization);
    says(`The one number that differs is the capitalization in \`explain reward\`, by ${capitalizationDiff} lamports`);
  }, 60_000);

  it("promises what the table has", () => {
    const promised = (label: string) =>
      [...life.matchAll(new RegExp(`^${label}: +(\\S+) SOL$`, "gm"))].map(([, n]) => n);
    expect(promised("Balance")).toEqual([2, 3, 6, 7].map((epoch) => sol(at(epoch).balance)));
    expect(promised("Active Stake")).toEqual([2, 3, 6].map((epoch) => sol(at(epoch).effective)));
    expect(promised("Activating Stake")).toEqual([sol(at(2).activating)]);
    expect(life).toContain(`create t.json ${sol(run.rentReserve + 1_500_000_000_000n)} `);
  });
});

describe("after a warp", () => {
  it("an epoch's rewards are paid two slots on, and finalized 34", async () => {
    const devnet = createDevnet({ params: { slotsPerEpoch: 64, ticksPerSlot: 1, hashesPerTick: 2 } });
    const ask = (method: string, ...params: unknown[]) =>
      JSON.parse(devnet.rpc.answer({ jsonrpc: "2.0", id: 1, method, params }) ?? "{}");
    const sizes = { filters: [{ dataSize: 200 }], encoding: "base64" };
    const [{ pubkey }] = ask("getProgramAccounts", stakeProgramAddress, sizes).result;
    const paid = (commitment: string) => {
      const { error, result } = ask("getInflationReward", [pubkey], { epoch: 1, commitment });
      return error?.code ?? result[0].effectiveSlot;
    };
    const isActive = () => {
      const { rewardsProgress } = devnet.view.bank("processed");
      return rewardsProgress !== null && isPaying(rewardsProgress);
    };
    await devnet.advanceEpochs(2);
    expect([isActive(), paid("confirmed")]).toEqual([true, -32017]);
    await devnet.advanceSlots(2);
    expect([isActive(), paid("confirmed")]).toEqual([false, 129]);
    await devnet.advanceSlots(30);
    expect(paid("finalized")).toBe(-32017);
    await devnet.advanceSlots(2);
    expect(paid("finalized")).toBe(129);
    await devnet.close();
  });

  it("a wait is as long as said", async () => {
    const devnet = createDevnet({ params: { ticksPerSlot: 1, hashesPerTick: 2 } });
    await expect(devnet.advanceUntil(() => false, { slotsMax: 5 })).rejects.toThrow("within 5 slots");
    await devnet.close();
  });

  it("a blockhash lives as long as said", () => {
    says(`\`--blockhash-ttl\` (${profiles.lab.blockhashTtl} blocks by default, 100000 at most)`);
    expect([100_000, 100_001].map((blockhashTtl) => createParams("lab", { blockhashTtl }).ok)).toEqual([true, false]);
  });
});

describe("slashing", () => {
  const { slashDuplicateBlockBps, slashLockoutBps, slashCorrelationMultiplier, slashReporterBps } = profiles.lab;
  const penaltyOf = (baseBps: number, percentConvicted: bigint, delegated = 0n) =>
    computePenalty({
      baseBps,
      correlationMultiplier: slashCorrelationMultiplier,
      reporterBps: slashReporterBps,
      convictedStake: percentConvicted * 10_000_000_000n,
      totalStake: 1_000_000_000_000n,
      delegations: [{ stakeAccount: "" as Address, effective: delegated, delegated, available: delegated }],
    });
  const percent = (bps: number) => `${bps / 100} %`;

  it("costs what the table says", () => {
    for (const [who, convicted] of [
      ["1 %, alone", 1n],
      ["10 %, alone", 10n],
      ["10 %, and another 10 %", 20n],
      ["34 %, alone", 34n],
    ] as const) {
      const [lockout, duplicate] = [slashLockoutBps, slashDuplicateBlockBps].map((base) => penaltyOf(base, convicted));
      says(row(who, percent(lockout!.correlationBps), percent(lockout!.shareBps), percent(duplicate!.shareBps)));
    }
    const { taken, reporterReward, burned } = penaltyOf(slashDuplicateBlockBps, 1n, 1_000_000_000_000n);
    says(`1000 SOL lose ${sol(taken)}: ${sol(reporterReward)} to the reporter, ${sol(burned)} burned`);
    says(`${sol(rentExemptMinimum(slashingRecordBytes, profiles.lab))} SOL, the rent of the record`);
  });

  it("has the parameters named, and is off on Solana's", () => {
    const { slashJailEpochs, slashCorrelationEpochs, slashEvidenceEpochs } = profiles.lab;
    expect([slashJailEpochs, slashCorrelationEpochs, slashEvidenceEpochs]).toEqual([4, 8, 1]);
    expect([profiles.lab.slashing, profiles.tutorial.slashing, profiles.solana.slashing]).toEqual([true, true, false]);
  });

  it("and staking with it, by the numbers given", () => {
    const { stakeMinimumDelegation, stakeRewardsPerBlock, delinquentSlotDistance, stakeReducedRateEpoch } =
      profiles.lab;
    says(`\`stakeMinimumDelegation\` lamports (${sol(stakeMinimumDelegation)} SOL)`);
    says(`\`stakeRewardsPerBlock\` (${stakeRewardsPerBlock}) to a block`);
    says(`\`delinquentSlotDistance\` (${delinquentSlotDistance}) slots back`);
    const { inflationInitialBps, inflationTaperBps, inflationTerminalBps } = profiles.lab;
    says(`${percent(inflationInitialBps)} a year at first, falling by ${percent(inflationTaperBps)} of itself`);
    says(`each year to ${percent(inflationTerminalBps)} (`);
    expect(stakeReducedRateEpoch).toBe(0);
  });

  it("every parameter that the text names exists", () => {
    const named = [...doc.matchAll(/`((?:slash|stake|inflation|delinquent|leader)[A-Z]\w+)`/g)].map(
      ([, name = ""]) => name,
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !Object.hasOwn(profiles.lab, name))).toEqual([]);
  });
});

describe("the genesis file", () => {
  const text = fencedBlocks(doc, "yaml")[0] ?? "";

  it("is one, and has every status and every state", () => {
    const plan = parseGenesisFile(text);
    if (!plan.ok) throw new Error(JSON.stringify(plan));
    const statuses = plan.value.validators.map(({ status = "active" }) => status);
    expect(new Set(statuses)).toEqual(new Set(["active", "delinquent", "jailed", "tombstoned"]));
    const states = (plan.value.stakes ?? []).map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(["initialized", "activating", "active", "deactivating", "inactive"]));
    expect(plan.value.stakes?.some(({ lockup }) => lockup !== undefined)).toBe(true);
  });

  it("starts in those states", async () => {
    const devnet = createDevnet({ genesis: parseYaml(text), params: { ticksPerSlot: 1, hashesPerTick: 2 } });
    const ask = (method: string, ...params: unknown[]) =>
      JSON.parse(devnet.rpc.answer({ jsonrpc: "2.0", id: 1, method, params }) ?? "{}").result;
    const processed = { commitment: "processed" };
    const sizes = { filters: [{ dataSize: 200 }], dataSlice: { offset: 0, length: 0 }, encoding: "base64" };
    const accounts = ask("getProgramAccounts", stakeProgramAddress, { ...processed, ...sizes }) as { pubkey: string }[];
    const states = accounts.map(({ pubkey }) => ask("escapement_getStakeActivation", pubkey, 0, processed).state);
    // The validators' own five are active; who never delegated is told as inactive.
    const active = ["active", "active", "active", "active", "active", "active"];
    expect(states.sort()).toEqual(["activating", ...active, "deactivating", "inactive", "inactive"]);
    await devnet.advanceEpochs(2);
    const bank = devnet.view.bank("processed");
    const counted = bank.stakeTables.get(bank.epoch)!.byVoteAccount;
    const isCounted = devnet.validators.map(({ voteAccount }) => counted.has(voteAccount));
    expect(isCounted).toEqual([true, true, true, false, false]);
    await devnet.close();
  });
});

it("the genesis file of fast epochs counts a delegation whole in the next one", async () => {
  const devnet = createDevnet({ genesis: parseYaml(fencedBlocks(doc, "yaml")[1] ?? "") });
  const [, south] = devnet.validators;
  await devnet.advanceEpochs(2);
  const bank = devnet.view.bank("processed");
  // Frozen as epoch 1 began.
  expect(bank.stakeTables.get(bank.epoch)?.byVoteAccount.get(south!.voteAccount)?.stake).toBe(4000n * 1_000_000_000n);
  await devnet.close();
});

it("a chain whose only stake that counts is at a vote account that nobody runs stands", async () => {
  const devnet = createDevnet({
    genesis: {
      params: { slotsPerEpoch: 32, ticksPerSlot: 1, hashesPerTick: 2 },
      validators: [
        { name: "caught", stake: 4000, status: "jailed", jailedUntilEpoch: 1 },
        { name: "asleep", stake: 500, status: "delinquent" },
      ],
    },
  });
  await devnet.advanceEpochs(4);
  expect([devnet.slot, devnet.view.bank("processed").slot]).toEqual([128, 0]);
  await devnet.close();
});

describe.each(["README.md", "docs/staking.md"])("the programs of %s that start a devnet", (name) => {
  const programs = fencedBlocks(readDoc(name), "ts").filter((program) => program.includes('from "escapement"'));

  it("run", () => {
    expect(programs.length).toBeGreaterThan(0);
    const root = new URL("..", import.meta.url);
    for (const program of programs) {
      // As it stands there, but for fewer slots.
      const script = program
        .replace("advanceSlots(1000)", "advanceSlots(100)")
        .replaceAll('"escapement"', `"${root.href}dist/index.js"`);
      const args = ["--input-type=module", "-e", script];
      const given = { cwd: fileURLToPath(root), encoding: "utf8" } as const;
      const { status, stdout, stderr } = spawnSync(process.execPath, args, given);
      expect([status, stderr]).toEqual([0, ""]);
      // What a program says that it prints, as in `console.log(x); // { y: 1n }`.
      for (const [, said = ""] of program.matchAll(/^console\.log\(.*\); \/\/ (\{.*\})$/gm))
        expect(stdout.replace(/\s+/g, " ")).toContain(said);
    }
  });
});

it("the commands that the documents name exist", async () => {
  const { createProgram } = await import("../src/cli/program.ts");
  const documents = ["README.md", "docs/staking.md", "docs/tutorial.md", "docs/simulator.md"].map(readDoc).join("\n");
  const named = [...documents.matchAll(/(?:`|npx )(?:escapement )((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)*)/g)].map(
    ([, path = ""]) => path,
  );
  expect(named.length).toBeGreaterThan(10);
  const unknown = named.filter((path) => {
    let command = createProgram();
    for (const [i, word] of path.split(" ").entries()) {
      const next = command.commands.find((each) => each.name() === word);
      // What follows a command without commands of its own are arguments.
      if (next === undefined) return i === 0 || command.commands.length > 0;
      command = next;
    }
    return false;
  });
  expect(unknown).toEqual([]);
});
