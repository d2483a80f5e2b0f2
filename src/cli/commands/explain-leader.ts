/**
 * `escapement explain leader <slot>`: everything that anybody needs to draw the leader again.
 *
 *     key        64 hex digits        the ChaCha20 key of the epoch's draws
 *     draw       22 of 40             the rotation's accepted draw, and the draws thrown away before it
 *     interval   20 <= 22 < 30        the cumulative stakes around the leader, in canonical order
 */
import * as v from "valibot";
import { encodeHex } from "../../base/bytes.ts";
import { parseHashInput } from "../../chain/hash-text.ts";
import { hashOf } from "../../chain/ids.ts";
import { computeLeaderSeed, explainDraw, solanaLeaderKey } from "../../chain/leader-schedule.ts";
import type { LeaderPolicy } from "../../chain/params.ts";
import { drawTutorialLeader, tutorialClockAt } from "../../chain/tutorial-leaders.ts";
import type { OutputFormat } from "../arguments.ts";
import { UsageError } from "../failure.ts";
import { formatFields, formatPercent, formatSol, shareOf } from "../format.ts";
import {
  type LeaderInputs,
  type OfflineLeaderOptions,
  readLeaderInputs,
  refuseOfflineFlags,
} from "../leader-inputs.ts";
import { print, printJson } from "../output.ts";
import { count, createRpcClient } from "../rpc-client.ts";

export type ExplainLeaderOptions = OfflineLeaderOptions & { readonly url: string; readonly output: OutputFormat };

/** Amounts are lamports as decimal texts; null where a policy has no such thing. */
const explanationSchema = v.object({
  slot: count,
  epoch: count,
  policy: v.picklist(["poh", "solana", "tutorial"] satisfies LeaderPolicy[]),
  rotation: count,
  seedHash: v.nullable(v.string()),
  key: v.nullable(v.string()),
  draw: v.nullable(v.string()),
  rejected: v.nullable(count),
  cumulativeBefore: v.nullable(v.string()),
  cumulativeAfter: v.nullable(v.string()),
  total: v.string(),
  voteAccount: v.string(),
  identity: v.string(),
  stake: v.string(),
});

export type LeaderExplanation = v.InferOutput<typeof explanationSchema>;

export async function runExplainLeader(slot: number, options: ExplainLeaderOptions): Promise<void> {
  const { stakes, url, output } = options;
  if (stakes === undefined)
    refuseOfflineFlags(options, ["policy", "epoch", "slots", "slotsPerRotation", "firstSlot", "seed"]);
  const explanation =
    stakes === undefined
      ? await createRpcClient(url).call("escapement_explainLeader", [slot], explanationSchema)
      : explainLeader(slot, readLeaderInputs({ ...options, stakes }));
  if (output === "json") printJson(explanation);
  else print(formatExplanation(explanation));
}

const tutorialSeedDefault = "genesis";
const tutorialSlotsMax = 1_000_000;

export function explainLeader(slot: number, inputs: LeaderInputs): LeaderExplanation {
  const { stakes, policy, epoch, slots, slotsPerRotation, firstSlot } = inputs;
  const index = slot - firstSlot;
  if (index < 0 || index >= slots)
    throw new UsageError(
      `slot ${slot} is not in epoch ${epoch}, which has slots ${firstSlot} to ${firstSlot + slots - 1}`,
    );
  if (policy === "tutorial") return explainTutorial(slot, inputs);
  const rotation = Math.floor(index / slotsPerRotation);
  const { key, seedHash } = keyOf(inputs);
  const drawn = explainDraw({ stakes, key, rotation });
  const leader = stakes.find(({ voteAccount }) => voteAccount === drawn.voteAccount)!;
  return {
    slot,
    epoch,
    policy,
    rotation,
    seedHash,
    key: encodeHex(key),
    draw: String(drawn.draw),
    rejected: drawn.rejected,
    cumulativeBefore: String(drawn.cumulativeBefore),
    cumulativeAfter: String(drawn.cumulativeAfter),
    total: String(drawn.total),
    voteAccount: leader.voteAccount,
    identity: leader.identity,
    stake: String(drawn.cumulativeAfter - drawn.cumulativeBefore),
  };
}

function keyOf({ policy, epoch, seed = "" }: LeaderInputs): { key: Uint8Array; seedHash: string | null } {
  if (policy === "solana") return { key: solanaLeaderKey(epoch), seedHash: null };
  const hash = parseHashInput(seed);
  if (hash === null) throw new UsageError("--seed is not a PoH hash; give 64 hex digits, or base58 of 32 bytes");
  return { key: computeLeaderSeed(hash, epoch), seedHash: hashOf(hash) };
}

function explainTutorial(slot: number, inputs: LeaderInputs): LeaderExplanation {
  const { stakes, policy, epoch, slotsPerRotation, firstSlot, seed = tutorialSeedDefault } = inputs;
  if (slotsPerRotation !== 1) throw new UsageError("--policy tutorial draws every slot; give --slots-per-rotation 1");
  if (slot > tutorialSlotsMax)
    throw new UsageError(`the tutorial's clock must run from its beginning; give a slot up to ${tutorialSlotsMax}`);
  const empty = stakes.find(({ stake }) => stake === 0n);
  if (empty !== undefined)
    throw new UsageError(`${empty.voteAccount} has no stake; the tutorial knows only stakes above 0`);
  const { hash } = tutorialClockAt(seed, slot);
  const weights = stakes.map(({ stake }) => stake);
  const leader = stakes[drawTutorialLeader(hash, weights)]!;
  return {
    slot,
    epoch,
    policy,
    rotation: slot - firstSlot,
    seedHash: hash,
    key: null,
    draw: null,
    rejected: null,
    cumulativeBefore: null,
    cumulativeAfter: null,
    total: String(weights.reduce((sum, stake) => sum + stake, 0n)),
    voteAccount: leader.voteAccount,
    identity: leader.identity,
    stake: String(leader.stake),
  };
}

const rules: Readonly<Record<LeaderPolicy, string>> = {
  solana: "key = the epoch as u64, little-endian, then 24 zero bytes",
  poh: 'key = sha256("escapement:leader-seed:v1" || seed hash || epoch as u64, little-endian)',
  tutorial: "random.seed(int(seed hash, 16) % 2**32); random.choices(validators in order of registration, stakes)",
};

function formatExplanation(explanation: LeaderExplanation): string {
  const { policy, seedHash, key, draw, rejected, cumulativeBefore, cumulativeAfter, total, stake } = explanation;
  const sol = `${formatSol(BigInt(stake))} SOL, ${formatPercent(shareOf(BigInt(stake), BigInt(total)), 4)} of all`;
  const fields: [string, string | number][] = [
    ["Slot", explanation.slot],
    ["Epoch", explanation.epoch],
    ["Policy", policy],
    ["Rule", rules[policy]],
    ["Rotation of the epoch", explanation.rotation],
  ];
  if (seedHash !== null)
    fields.push(["Seed hash", policy === "poh" ? `${seedHash} (${encodeHex(hashBytesOf(seedHash))})` : seedHash]);
  if (policy === "tutorial" && seedHash !== null)
    fields.push(["Python's seed", Number.parseInt(seedHash.slice(-8), 16)]);
  if (key !== null) fields.push(["ChaCha20 key", key]);
  if (draw !== null)
    fields.push(["Draw", `${draw} of ${total} lamports, after ${rejected} rejected for this rotation`]);
  if (draw !== null) fields.push(["Interval", `${cumulativeBefore} <= ${draw} < ${cumulativeAfter}`]);
  fields.push(["Vote account", explanation.voteAccount], ["Leader", explanation.identity], ["Stake", sol]);
  return formatFields(fields);
}

/** Of a hash in base58; one that a server gave in hex stays as it is. */
function hashBytesOf(text: string): Uint8Array {
  return parseHashInput(text) ?? new Uint8Array(0);
}
