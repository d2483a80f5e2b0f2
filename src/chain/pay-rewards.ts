/** Pays one partition of the last epoch's rewards to its stake accounts, a block at a time. */
import type { OpeningBank } from "./bank.ts";

export function payRewards(_opening: OpeningBank): void {}
