/**
 * Waiting for a block to do something: not for ever, and not where no block comes.
 *
 *     for (;;) { look; done? ──> return;   switch (await wait.next()) again ──> look once more | paused, late ──> say so }
 *
 * A devnet's clock that is paused is told by the devnet itself; one that warps is not running either, but its slots go on.
 */
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import { CommandFailure } from "./failure.ts";
import { count, type RpcClient } from "./rpc-client.ts";

const clockSchema = v.object({ slot: count, epoch: count, running: v.boolean() });

export type DevnetClock = v.InferOutput<typeof clockSchema>;

/** Null where what answers is no such devnet. */
export async function readClock(client: RpcClient): Promise<DevnetClock | null> {
  try {
    return await client.call("escapement_getClock", [], clockSchema);
  } catch (error) {
    if (error instanceof CommandFailure) return null;
    throw error;
  }
}

export type WaitOutcome = "again" | "paused" | "late";

export type Wait = {
  /** After a moment: whether to look again, or why there is no use in it. */
  next(): Promise<WaitOutcome>;
};

export type WaitOptions = {
  readonly pollMs: number;
  /** How long in all. */
  readonly waitMsMax: number;
  /** A clock that is paused and whose slot is the same for so long stands still. */
  readonly stillMs?: number;
};

/** For the first blocks of an epoch to pay the rewards of the last one. */
export const paymentWait: WaitOptions = { pollMs: 100, waitMsMax: 10_000 };

export function createWait(client: RpcClient, { pollMs, waitMsMax, stillMs = 2000 }: WaitOptions): Wait {
  const giveUpAt = performance.now() + waitMsMax;
  let slot: number | null = null;
  let isPaused = false;
  let since = performance.now();
  let lookAt = since + stillMs / 4;

  /** Asked now and then only: most waits are over before. */
  async function standsStill(): Promise<boolean> {
    const now = performance.now();
    if (now < lookAt) return false;
    lookAt = now + stillMs / 4;
    const clock = await readClock(client);
    if (clock === null) {
      lookAt = Number.POSITIVE_INFINITY;
      return false;
    }
    // The first look tells where the clock stands, and it has stood there since we began, as far as we know.
    if (slot !== null && clock.slot !== slot) since = now;
    slot = clock.slot;
    isPaused = !clock.running && now - since >= stillMs;
    return isPaused;
  }

  return {
    async next() {
      if (isPaused) return "paused";
      if (performance.now() >= giveUpAt) return "late";
      await sleep(pollMs);
      return (await standsStill()) ? "paused" : "again";
    },
  };
}

export const pausedAdvice =
  "the devnet's clock is paused: `escapement ctl resume`, or `escapement ctl warp --slots 2` for just some blocks";
