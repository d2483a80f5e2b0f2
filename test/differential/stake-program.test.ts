import { getTransactionDecoder } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { equalBytes } from "../../src/base/bytes.ts";
import { createRandom } from "../../src/base/random.ts";
import type { Account } from "../../src/chain/account.ts";
import {
  clockSysvarAddress,
  rentSysvarAddress,
  stakeHistorySysvarAddress,
  stakeProgramAddress,
  sysvarOwnerAddress,
} from "../../src/chain/addresses.ts";
import type { InstructionRequest } from "../../src/chain/create-transaction.ts";
import { type Address, epochOf, slotOf } from "../../src/chain/ids.ts";
import type { InstructionError } from "../../src/chain/programs/instruction-context.ts";
import { addToStakeHistory, createStakeHistory } from "../../src/chain/stake-activation.ts";
import {
  custodian,
  type Draw,
  drawFrom,
  drawStakeAccount,
  drawStakeInstruction,
  people,
  pool,
  spoilInstruction,
  stakes,
  voteAccountsAt,
  votes,
} from "../support/draw-stake-instruction.ts";
import {
  createStakeEnv,
  createStakeWorld,
  type StakeWorld,
  sol,
  stakeFeePayer,
  stakeTransactionOf,
  walletWith,
} from "../support/stake-program.ts";

/**
 * The stake program against Solana's own, whose bytecode LiteSVM carries (version 5.0.0 in LiteSVM 1.5.0): the same
 * random instructions, right and wrong ones, must leave the same bytes and lamports and answer the same errors.
 *
 *     ESCAPEMENT_STAKE_SEEDS=5000 npx vitest run --project system test/differential/stake-program.test.ts
 */
const deliberateDifferences = [
  {
    what: "bytes 180 to 187 of an account that was delegated",
    ours: "zeros, as the newest program writes them",
    theirs: "0.25 as a float, a warm-up rate that nobody reads any more",
    handled: "these bytes are not compared where theirs say 0.25",
  },
  {
    what: "how much of a stake counts while it warms up or cools down",
    ours: "integer arithmetic, as in the newest program (5.1.0, SIMD-0391)",
    theirs: "floats, a few lamports apart",
    handled: "no withdrawal goes to the last lamports of stake that is cooling down",
  },
  {
    what: "minimum delegation",
    ours: "a parameter of the chain",
    theirs: "1 SOL",
    handled: "the parameter is set to 1 SOL",
  },
  {
    what: "compute units",
    ours: "750 for each instruction, as when the program was native",
    theirs: "metered by the step",
    handled: "not compared",
  },
  {
    what: "vote accounts of versions 0.23.5 and 1.14.11, or of another size than 3762 bytes",
    ours: "not read: InvalidAccountData",
    theirs: "1.14.11 is read",
    handled: "none is drawn",
  },
] as const;

const litesvm = await import("litesvm").catch(() => null);
if (litesvm === null) console.warn("LiteSVM has no build for this platform: its differential test is skipped");

const quarter = Uint8Array.of(0, 0, 0, 0, 0, 0, 208, 63);
const reservedFrom = 180;
const reservedUntil = 188;

type LiteSvm = InstanceType<NonNullable<typeof litesvm>["LiteSVM"]>;

/** To make one takes a while, so that all sequences use the same. */
function createLiteSvm(): LiteSvm {
  return new litesvm!.LiteSVM().withSigverify(false).withBlockhashCheck(false).withTransactionHistory(0n);
}

function createTwin(svm: LiteSvm, world: StakeWorld) {
  const { Clock, EpochRewards, StakeHistory, StakeHistoryEntry } = litesvm!;
  const put = (address: Address, account: Account) =>
    svm.setAccount({
      address,
      lamports: account.lamports as never,
      data: account.data,
      programAddress: account.owner,
      executable: false,
      space: BigInt(account.data.length),
    });
  for (const address of [...pool, stakeFeePayer]) put(address, world.accounts.get(address) ?? walletWith(0n));
  return {
    put,
    setTime: () => {
      const { slot, epoch, unixTimestamp, stakeHistory, isEpochRewardsActive } = world.env;
      svm.setClock(new Clock(BigInt(slot), 0n, BigInt(epoch), BigInt(epoch + 1), unixTimestamp));
      const history = new StakeHistory();
      for (const entry of stakeHistory.entries.toReversed()) {
        history.add(entry.epoch, new StakeHistoryEntry(entry.effective, entry.activating, entry.deactivating));
      }
      svm.setStakeHistory(history);
      svm.setEpochRewards(
        new EpochRewards(0n, 1n, "11111111111111111111111111111111", 0n, 0n, 0n, isEpochRewardsActive),
      );
    },
    run: (instruction: InstructionRequest) => {
      const result = svm.sendTransaction(getTransactionDecoder().decode(stakeTransactionOf(instruction).bytes));
      if ("err" in result) return { error: parseError(result.toString()), returned: [] };
      return { error: null, returned: [...result.returnData().data()] };
    },
    get: (address: Address) => svm.getAccount(address),
  };
}

type Twin = ReturnType<typeof createTwin>;

/** Instructions name these accounts, by mistake also as stake accounts; what they hold nobody reads. */
const sysvars = [clockSysvarAddress, rentSysvarAddress, stakeHistorySysvarAddress];

function sysvarWith(theirs: ReturnType<Twin["get"]>): Account {
  return { ...walletWith(theirs.exists ? theirs.lamports : 0n), owner: sysvarOwnerAddress };
}

function parseError(text: string): InstructionError | string {
  const found = /err: InstructionError\(0, (?:Custom\((\d+)\)|(\w+))\)/.exec(text);
  if (found !== null) return found[1] === undefined ? found[2]! : { Custom: Number(found[1]) };
  const rent = /err: InsufficientFundsForRent \{ account_index: (\d+) \}/.exec(text);
  return rent === null ? text : JSON.stringify({ InsufficientFundsForRent: { account_index: Number(rent[1]) } });
}

function expectSame(world: StakeWorld, twin: Twin, addresses: readonly Address[], what: string): void {
  for (const address of addresses) {
    const ours = world.accounts.get(address) ?? null;
    const theirs = twin.get(address);
    if (ours === null || !theirs.exists || theirs.lamports === 0n) {
      if (ours !== null || (theirs.exists && theirs.lamports > 0n)) expect.fail(`${what}: existence of ${address}`);
      continue;
    }
    const data = new Uint8Array(theirs.data);
    const isQuarter = equalBytes(data.subarray(reservedFrom, reservedUntil), quarter);
    if (ours.owner === stakeProgramAddress && isQuarter) data.fill(0, reservedFrom, reservedUntil);
    const balance: bigint = theirs.lamports;
    const isSame = ours.lamports === balance && ours.owner === theirs.programAddress;
    if (isSame && equalBytes(ours.data, data)) continue;
    const { lamports, owner } = ours;
    expect({ lamports, owner, data: [...ours.data] }, `${what}: ${address}`).toEqual({
      lamports: theirs.lamports,
      owner: theirs.programAddress,
      data: [...data],
    });
  }
}

/** The next epoch, with a line for the one that ends. */
function passEpoch(draw: Draw, world: StakeWorld): void {
  const { env } = world;
  const some = () => BigInt(draw(1_000_000_000)) * 977n + 13n;
  const entry = {
    epoch: BigInt(env.epoch),
    effective: draw(5) === 0 ? 0n : some(),
    activating: draw(3) === 0 ? 0n : some() + 123_456_789_012n,
    deactivating: draw(3) === 0 ? 0n : some() + 123_456_789_012n,
  };
  world.env = { ...env, epoch: epochOf(env.epoch + 1), stakeHistory: addToStakeHistory(env.stakeHistory, entry) };
}

function playSequence(svm: LiteSvm, seed: number, steps: number, tally: Map<string, number>): number {
  const draw = drawFrom(createRandom(`sequence ${seed}`, "stake program"));
  const world = createStakeWorld(createStakeEnv({ epoch: epochOf(draw(3) === 0 ? 2 : 20) }));
  const twin = createTwin(svm, world);
  const put = (address: Address, account: Account) => {
    world.accounts.set(address, account);
    twin.put(address, account);
  };
  for (const address of [...people, custodian, votes[3]!]) put(address, walletWith(100n * sol));
  world.env = { ...world.env, stakeHistory: createStakeHistory([]) };
  for (let warm = draw(8); warm > 0; warm--) passEpoch(draw, world);
  for (const [address, account] of voteAccountsAt(draw, world.env.epoch)) put(address, account);
  twin.setTime();
  for (const address of sysvars) world.accounts.set(address, sysvarWith(twin.get(address)));
  let count = 0;
  for (let step = 0; step < steps; step++) {
    if (draw(4) === 0) {
      const isNewEpoch = draw(2) === 0;
      if (isNewEpoch) passEpoch(draw, world);
      const { env } = world;
      const isEpochRewardsActive = draw(25) === 0;
      world.env = { ...env, slot: slotOf(env.slot + 1), unixTimestamp: env.unixTimestamp + 1n, isEpochRewardsActive };
      if (isNewEpoch) for (const [address, account] of voteAccountsAt(draw, world.env.epoch)) put(address, account);
      twin.setTime();
    }
    for (const address of stakes) {
      if (draw(world.accounts.has(address) ? 25 : 2) === 0) put(address, drawStakeAccount(draw, world.env));
    }
    const instruction = spoilInstruction(draw, drawStakeInstruction(draw, world));
    const what = `seed ${seed}, step ${step}, tag ${instruction.data[0]}`;
    const { error, result } = world.run(instruction);
    const theirs = twin.run(instruction);
    const returned = result.returnData === null ? [] : [...result.returnData.data];
    expect({ error, returned }, what).toEqual(theirs);
    const named = instruction.accounts.map(({ address }) => address).filter((address) => pool.includes(address));
    expectSame(world, twin, [...named, stakeFeePayer], what);
    const key = `${instruction.data[0] ?? "none"} ${error === null ? "ok" : JSON.stringify(error)}`;
    tally.set(key, (tally.get(key) ?? 0) + 1);
    count++;
  }
  expectSame(world, twin, pool, `seed ${seed}, at the end`);
  return count;
}

const instructionTags = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17];

describe.skipIf(litesvm === null)("the stake program, beside Solana's own", () => {
  const seeds = Number(process.env.ESCAPEMENT_STAKE_SEEDS ?? 150);
  const first = Number(process.env.ESCAPEMENT_STAKE_FIRST_SEED ?? 1);

  it("leaves the same accounts and answers the same errors, whatever it is asked", () => {
    const tally = new Map<string, number>();
    const svm = createLiteSvm();
    let count = 0;
    for (let seed = first; seed < first + seeds; seed++) count += playSequence(svm, seed, 15, tally);
    if (process.env.ESCAPEMENT_TALLY !== undefined) console.log(count, JSON.stringify([...tally].sort()));
    for (const tag of instructionTags) {
      expect(tally.get(`${tag} ok`) ?? 0, `successes of instruction ${tag}`).toBeGreaterThan(seeds / 100);
    }
    expect(tally.size).toBeGreaterThan(90);
    expect(deliberateDifferences.length).toBe(5);
  }, 600_000);
});
