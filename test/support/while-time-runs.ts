/**
 * Lets slots pass for as long as somebody waits for them: a client that confirms a transaction at a devnet whose clock is
 * advanced by hand.
 */

/** Turns of the event loop in a slot: enough for a client to take a step or two in it. */
const turnsPerSlot = 8;

export async function whileTimeRuns<T>(waiting: Promise<T>, runSlot: () => Promise<unknown>): Promise<T> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  waiting.then(settle, settle);
  while (!isSettled) {
    await runSlot();
    for (let turn = 0; turn < turnsPerSlot && !isSettled; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  return waiting;
}
