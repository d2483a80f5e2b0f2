import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Draw,
  drawFrom,
  drawStakeInstruction,
  people,
  spoilInstruction,
  stakes,
  voteAccountsAt,
} from "../../../test/support/draw-stake-instruction.ts";
import {
  createStakeEnv,
  createStakeWorld,
  type StakeWorld,
  sol,
  stakeAccountWith,
  stakeFeePayer,
  stakeRent,
  walletWith,
} from "../../../test/support/stake-program.ts";
import { createRandom } from "../../base/random.ts";
import { stakeProgramAddress } from "../addresses.ts";
import { epochOf } from "../ids.ts";
import { rentExemptMinimum } from "../rent.ts";
import { decodeStakeState } from "../stake-account.ts";
import { addToStakeHistory } from "../stake-activation.ts";
import { stakeStatusAt } from "../stake-status.ts";

const funds = 1_000n * sol;

/** Stake accounts begin as they do on a chain: blank, with lamports from somebody's wallet. */
function fundBlanks(draw: Draw, world: StakeWorld): void {
  for (const address of stakes) {
    const [from] = people;
    const wallet = world.accounts.get(from!)!;
    const lamports = stakeRent + BigInt(draw(6)) * sol + BigInt(draw(3));
    if (world.accounts.has(address) || draw(3) > 0 || wallet.lamports < lamports + sol) continue;
    world.accounts.set(from!, walletWith(wallet.lamports - lamports));
    world.accounts.set(address, stakeAccountWith({ type: "uninitialized" }, lamports));
  }
}

function lamportsOf(world: StakeWorld): bigint {
  let sum = 0n;
  for (const { lamports } of world.accounts.values()) sum += lamports;
  return sum;
}

/** What counts now or will, of all that is delegated, with the history of the whole cluster being just that. */
function totalsOf(world: StakeWorld) {
  const { params, epoch, stakeHistory } = world.env;
  const totals = { effective: 0n, activating: 0n, deactivating: 0n };
  for (const address of stakes) {
    const account = world.accounts.get(address);
    const state = account === undefined ? null : decodeStakeState(account.data);
    if (account === undefined || state?.type !== "delegated" || account.owner !== stakeProgramAddress) continue;
    const status = stakeStatusAt(params, state.delegation, epoch, stakeHistory);
    totals.effective += status.effective;
    totals.activating += status.activating;
    totals.deactivating += status.deactivating;
    const counting = status.effective + status.activating;
    const room = account.lamports - rentExemptMinimum(account.data.length, params);
    expect(counting <= room, `${address} has ${counting} staked and room for ${room}`).toBe(true);
  }
  return totals;
}

describe("the stake program, whatever it is asked", () => {
  it("keeps every lamport, and never lets more count than an account holds above its rent", () => {
    let successes = 0;
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const draw = drawFrom(createRandom(String(seed), "stake soundness"));
        const world = createStakeWorld(createStakeEnv({ epoch: epochOf(20) }), [people[0]!, walletWith(funds)]);
        for (const [address, account] of voteAccountsAt(draw, 20)) world.accounts.set(address, account);
        for (let step = 0; step < 60; step++) {
          fundBlanks(draw, world);
          if (draw(6) === 0) {
            const { epoch, stakeHistory } = world.env;
            const entry = { epoch: BigInt(epoch), ...totalsOf(world) };
            world.env = {
              ...world.env,
              epoch: epochOf(epoch + 1),
              stakeHistory: addToStakeHistory(stakeHistory, entry),
            };
          }
          const before = lamportsOf(world);
          const counted = totalsOf(world);
          const { error, result } = world.run(spoilInstruction(draw, drawStakeInstruction(draw, world)));
          expect(lamportsOf(world)).toBe(before - result.fee.base - result.fee.priority);
          // Nothing begins to count without an epoch's boundary; only rescinding takes back what was about to go.
          expect(totalsOf(world).effective <= counted.effective).toBe(true);
          if (error === null) successes++;
        }
        expect(world.accounts.get(stakeFeePayer)!.lamports > 0n).toBe(true);
      }),
      { seed: 1234, numRuns: 15 },
    );
    expect(successes).toBeGreaterThan(120);
  });
});
