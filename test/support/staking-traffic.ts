/**
 * Random staking traffic, most of it well meant: whoever owns something does something sensible with it, and now and then
 * something that cannot be. The state it is made for is a slot old when it lands, so that much of it comes too late.
 *
 *     drawIntents(traffic, world)   ──>   [{ kind: "split", isHopeless: false, transaction }, …]
 *
 * `isHopeless`: refused in whatever state it lands (a stranger signs, 2^64 − 1 lamports); the campaign asserts it.
 */
import type { InstructionRequest } from "../../src/chain/create-transaction.ts";
import { createTransaction } from "../../src/chain/create-transaction.ts";
import type { Address } from "../../src/chain/ids.ts";
import type { Transaction, Verified } from "../../src/chain/transaction.ts";
import { createTransferInstruction } from "../../src/chain/transfer-instruction.ts";
import { amountBelow, type Draft, drawAmount, never, pickFrom, sol, type Traffic, u64Max } from "./staking-drafts.ts";
import {
  draftAuthorize,
  draftCreate,
  draftDeactivate,
  draftDelegate,
  draftDelinquent,
  draftLockup,
  draftMerge,
  draftMinimum,
  draftMove,
  draftSplit,
  draftWithdraw,
} from "./staking-stake-drafts.ts";
import { draftCommission, draftVoteAccount, draftVoteUpdate, draftVoteWithdraw } from "./staking-vote-drafts.ts";
import { isDelegated, type World } from "./staking-world.ts";

export type Intent = {
  readonly kind: string;
  readonly isHopeless: boolean;
  readonly transaction: Verified<Transaction>;
};

type Kind = { readonly weight: number; readonly draft: (traffic: Traffic, world: World) => Draft | null };

function draftTransfer(traffic: Traffic, world: World): Draft | null {
  const { random, people } = traffic;
  const from = random.pick(people).address;
  const balance = world.accounts.get(from)?.lamports ?? 0n;
  const stake = random.below(8) === 0 ? pickFrom(traffic, world.stakes) : null;
  const to = stake?.address ?? random.pick([...people, traffic.faucet]).address;
  const { amount, isHuge } = drawAmount(traffic, balance);
  const isTooMuch = isHuge || (amount > balance && random.below(2) === 0);
  const lamports = isTooMuch || amount <= balance / 20n ? amount : amount / 20n;
  return { instructions: [createTransferInstruction(from, to, lamports)], payer: from, isHopeless: isHuge };
}

/** Two instructions, of which the second cannot be: the first must leave no trace. */
function draftHalf(traffic: Traffic, world: World): Draft | null {
  const first = kinds[traffic.random.pick(["withdraw", "deactivate", "delegate", "authorize"])]!.draft(traffic, world);
  if (first === null) return null;
  const from = traffic.random.pick(traffic.people).address;
  const second = createTransferInstruction(from, traffic.faucet.address, u64Max);
  return { instructions: [...first.instructions, second], isHopeless: true };
}

const kinds: Readonly<Record<string, Kind>> = {
  create: { weight: 16, draft: draftCreate },
  delegate: { weight: 16, draft: draftDelegate },
  split: { weight: 8, draft: draftSplit },
  merge: { weight: 12, draft: draftMerge },
  move: { weight: 10, draft: draftMove },
  deactivate: { weight: 10, draft: draftDeactivate },
  withdraw: { weight: 16, draft: draftWithdraw },
  authorize: { weight: 6, draft: draftAuthorize },
  "set-lockup": { weight: 5, draft: draftLockup },
  "deactivate-delinquent": { weight: 4, draft: draftDelinquent },
  "create-vote-account": { weight: 1, draft: draftVoteAccount },
  commission: { weight: 5, draft: draftCommission },
  "vote-update": { weight: 4, draft: draftVoteUpdate },
  "vote-withdraw": { weight: 4, draft: draftVoteWithdraw },
  transfer: { weight: 8, draft: draftTransfer },
  "half-refused": { weight: 4, draft: draftHalf },
  "get-minimum-delegation": { weight: 1, draft: draftMinimum },
};

const weights = Object.entries(kinds).flatMap(([name, { weight }]) => Array.from({ length: weight }, () => name));

export function sign(
  traffic: Traffic,
  world: World,
  instructions: readonly InstructionRequest[],
  payer: Address,
): Verified<Transaction> {
  const needed = new Set(
    instructions.flatMap(({ accounts }) => accounts.filter((a) => a.isSigner).map((a) => a.address)),
  );
  const keyOf = (address: Address) => {
    const pair = traffic.keys.get(address);
    if (pair === undefined) throw new Error(`nobody has the key of ${address}`);
    return pair;
  };
  return createTransaction({
    scheme: traffic.scheme,
    feePayer: keyOf(payer),
    signers: [...needed].map(keyOf),
    instructions,
    recentBlockhash: world.bank.blockhash,
  });
}

/**
 * Four epochs of calm, four of flight, four of return: in the latter more stake moves than the cluster lets pass in an epoch,
 * so that it warms up and cools down by parts, and some turn round halfway. A quarter at most flees: what all want to leave
 * at once takes hundreds of epochs to cool, and nobody is left to lead.
 */
function drawMood({ random }: Traffic, { bank, stakes }: World): readonly string[] {
  const mood = Math.floor(bank.epoch / 4) % 3;
  const count = random.below(4);
  if (mood === 0) return [];
  let [fleeing, all] = [0n, 1n];
  for (const { delegation } of stakes.filter(isDelegated).map(({ state }) => state)) {
    const isLeaving = delegation.deactivationEpoch !== never && delegation.deactivationEpoch + 8n > BigInt(bank.epoch);
    if (isLeaving) fleeing += delegation.stake;
    if (isLeaving || delegation.deactivationEpoch === never) all += delegation.stake;
  }
  const kinds = mood === 1 && 4n * fleeing < all ? ["deactivate"] : ["delegate", "delegate", "create"];
  return Array.from({ length: count }, () => random.pick(kinds));
}

/** What somebody wants in this slot: none to five things, and commissions more often just before an epoch ends. */
export function drawIntents(traffic: Traffic, world: World): Intent[] {
  const { random } = traffic;
  const intents: Intent[] = [];
  const isEnding = world.bank.slot % 32 >= 30;
  const names = Array.from({ length: random.below(6) }, () => random.pick(weights));
  if (isEnding && random.below(3) === 0) names.push("commission");
  names.push(...drawMood(traffic, world));
  for (const kind of names) {
    const draft = kinds[kind]!.draft(traffic, world);
    if (draft === null) continue;
    const payer = draft.payer ?? random.pick(traffic.people).address;
    const transaction = sign(traffic, world, draft.instructions, payer);
    intents.push({ kind, isHopeless: draft.isHopeless ?? false, transaction });
  }
  const poor = traffic.people.find(({ address }) => (world.accounts.get(address)?.lamports ?? 0n) < 2000n * sol);
  if (poor !== undefined && random.below(4) === 0) {
    const give = createTransferInstruction(traffic.faucet.address, poor.address, amountBelow(traffic, 8000n * sol));
    intents.push({
      kind: "faucet",
      isHopeless: false,
      transaction: sign(traffic, world, [give], traffic.faucet.address),
    });
  }
  return intents;
}
