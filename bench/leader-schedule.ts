/**
 * The leaders of one epoch at mainnet's size: 3,373 vote accounts, 432,000 slots, so 108,000 draws; from base58 texts to
 * base58 texts. Beside it a plain version with bigints, and what getLeaderSchedule costs over such a chain, from the text
 * of the request to the text of the answer. Where outside vectors are there, the real stakes of testnet's epoch 980 too.
 *
 *     npm run bench -- leader-schedule
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { encodeBase58 } from "../src/base/base58.ts";
import { createRandom } from "../src/base/random.ts";
import { computeLeaderSchedule } from "../src/chain/compute-leader-schedule.ts";
import { createDevnet } from "../src/host/devnet.ts";
import { computePlainSchedule, type PlainStake } from "./support/plain-leader-schedule.ts";
import { appendResult } from "./support/results.ts";
import { formatColumns, judge, roundFigure } from "./support/targets.ts";
import { medianOf, timeRounds } from "./support/timing.ts";

const voteAccounts = 3373;
const slotsPerEpoch = 432_000;
const slotsPerRotation = 4;
const warmRounds = 31;
const coldProcesses = 7;
const goalMs = 15;

/** Lopsided as real ones are: a few large, many small. */
function drawStakes(count: number): PlainStake[] {
  const random = createRandom("leader schedule", "stakes");
  return Array.from({ length: count }, (_, index) => ({
    voteAccount: encodeBase58(random.bytes(32)),
    identity: encodeBase58(random.bytes(32)),
    stake: 12_000_000_000_000_000n / BigInt(index + 1) + random.belowBig(1_000_000_000_000n),
  }));
}

/** Testnet's, from the file beside the repository that the tests read too; null where it is not. */
function readRealStakes(): PlainStake[] | null {
  const path = `${process.env.ESCAPEMENT_VECTORS ?? "../shared/vectors"}/leader/testnet-epoch-980.json`;
  if (!existsSync(path)) return null;
  const { stakes } = JSON.parse(readFileSync(path, "utf8")) as { stakes: [string, string, string][] };
  return stakes.map(([voteAccount, identity, stake]) => ({ voteAccount, identity, stake: BigInt(stake) }));
}

/** As text, so that a process may begin with stakes that it did not draw itself. */
const formatStakes = (stakes: readonly PlainStake[]): string =>
  JSON.stringify(stakes, (_, value) => (typeof value === "bigint" ? `${value}` : value));

const parseStakes = (text: string): PlainStake[] =>
  (JSON.parse(text) as { voteAccount: string; identity: string; stake: string }[]).map(
    ({ voteAccount, identity, stake }) => ({ voteAccount, identity, stake: BigInt(stake) }),
  );

const ways = {
  escapement: (stakes: readonly PlainStake[], epoch: number) =>
    computeLeaderSchedule({ policy: "solana", epoch, stakes, slotsPerEpoch, slotsPerRotation }).rotations,
  plain: (stakes: readonly PlainStake[], epoch: number) =>
    computePlainSchedule(stakes, epoch, slotsPerEpoch / slotsPerRotation) as string[],
};
type Way = keyof typeof ways;

function measureCold(way: Way, stakes: readonly PlainStake[]): number {
  const input = formatStakes(stakes);
  const runs = Array.from({ length: coldProcesses }, () => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), "--cold", way], {
      encoding: "utf8",
      input,
    });
    if (status !== 0) throw new Error(stderr);
    return Number(stdout);
  });
  return medianOf(runs);
}

/** Both ways in turns, so that the machine's moods meet both. */
function measureWarm(stakes: readonly PlainStake[]): Record<Way, number> {
  const escapement: number[] = [];
  const plain: number[] = [];
  for (let epoch = 0; epoch < warmRounds; epoch++) {
    escapement.push(...timeRounds(1, () => ways.escapement(stakes, epoch)));
    plain.push(...timeRounds(1, () => ways.plain(stakes, epoch)));
  }
  return { escapement: medianOf(escapement), plain: medianOf(plain) };
}

function assertSame(stakes: readonly PlainStake[]): void {
  const [ours, plain] = [ways.escapement(stakes, 980), ways.plain(stakes, 980)];
  if (ours.join() !== plain.join()) throw new Error("the plain version gives other leaders");
}

type RpcCost = { readonly firstMs: number; readonly medianMs: number; readonly answerMb: number };

/** Of a chain at its first slot: all leaders by identity, as JSON. */
function measureRpc(): RpcCost {
  const devnet = createDevnet({
    validators: Array.from({ length: voteAccounts }, (_, index) => ({
      stake: 12_000_000_000_000_000n / BigInt(index + 1),
    })),
    accounts: 0,
    params: { slotsPerEpoch, slotsPerRotation },
  });
  const request = '{"jsonrpc":"2.0","id":1,"method":"getLeaderSchedule","params":[0,{"commitment":"processed"}]}';
  let answer = "";
  const [first = 0, ...later] = timeRounds(15, () => {
    answer = devnet.rpc.callText(request) ?? "";
  });
  const { result } = JSON.parse(answer) as { result: Record<string, number[]> };
  const slots = Object.values(result).reduce((sum, list) => sum + list.length, 0);
  if (slots !== slotsPerEpoch) throw new Error(`getLeaderSchedule named ${slots} slots`);
  return {
    firstMs: roundFigure(first),
    medianMs: roundFigure(medianOf(later)),
    answerMb: roundFigure(answer.length / 1e6),
  };
}

const [flag, wayName] = process.argv.slice(2);
if (flag === "--cold") {
  const stakes = parseStakes(readFileSync(0, "utf8"));
  const way = ways[wayName as Way];
  process.stdout.write(String(timeRounds(1, () => way(stakes, 800))[0]));
} else {
  const stakes = drawStakes(voteAccounts);
  assertSame(stakes);
  const warm = measureWarm(stakes);
  const cold = { escapement: measureCold("escapement", stakes), plain: measureCold("plain", stakes) };
  const real = readRealStakes();
  const warmReal = real === null ? null : measureWarm(real);
  const rpc = measureRpc();
  const rows = [
    ["", "this", "plain bigints"],
    ["3,373 vote accounts, warm", `${roundFigure(warm.escapement)} ms`, `${roundFigure(warm.plain)} ms`],
    ["first call of a process", `${roundFigure(cold.escapement)} ms`, `${roundFigure(cold.plain)} ms`],
    ...(warmReal === null || real === null
      ? []
      : [
          [
            `testnet's ${real.length}, warm`,
            `${roundFigure(warmReal.escapement)} ms`,
            `${roundFigure(warmReal.plain)} ms`,
          ],
        ]),
    ["getLeaderSchedule, first", `${rpc.firstMs} ms`, ""],
    [`  then (${rpc.answerMb} MB of answer)`, `${rpc.medianMs} ms`, ""],
  ];
  process.stdout.write(`${formatColumns(rows)}\n`);
  appendResult("leader-schedule", {
    voteAccounts,
    slotsPerEpoch,
    warm,
    cold,
    warmReal,
    rpc,
    targets: [
      judge("leader schedule of mainnet's size", "ms", { atMost: goalMs }, warm.escapement),
      judge("  the same, first call of a process", "ms", { atMost: goalMs }, cold.escapement),
    ],
  });
}
