/**
 * Leaves half of all payers' transactions, and half of the others' votes, out of its blocks: it never lets its core hear
 * of them. Whom, hangs on the first bit of an address, so it is the same ones always.
 *
 *     hears   vote of 6Kq…   transfer paid by 9xT…        does not hear   vote of 3fa…
 */
import { type Address, addressBytes } from "../../chain/ids.ts";
import type { Strategy } from "./strategy.ts";

export function isCensored(address: Address): boolean {
  return (addressBytes(address)[0]! & 1) === 1;
}

export const censor: Strategy = {
  createMemory: () => null,
  hear(_context, _memory, input) {
    if (input.type === "vote") return isCensored(input.vote.voteAccount) ? null : input;
    if (input.type !== "transactions") return input;
    const transactions = input.transactions.filter(({ accountKeys }) => !isCensored(accountKeys[0]!));
    return transactions.length === 0 ? null : { type: "transactions", transactions };
  },
  act: (_context, _memory, _input, effects) => effects,
};
