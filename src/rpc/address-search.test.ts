import { describe, expect, it } from "vitest";
import { createSmallChain } from "../../test/support/small-chain.ts";
import { addressNamed, keypairOf } from "../../test/support/transactions.ts";
import { voteProgramAddress } from "../chain/addresses.ts";
import { addressBytes, hashBytes } from "../chain/ids.ts";
import { findInBlock, findInPackedBlock, namesKey } from "./address-search.ts";
import { packBlock } from "./packed-block.ts";

describe("the search of a packed block", () => {
  const small = createSmallChain();
  small.produce();
  const { faucet } = small;
  const alice = keypairOf("alice").address;
  const transactions = [
    small.transfer(faucet, alice, 5_000_000n),
    small.transfer(faucet, alice, 6_000_000n, 0),
    small.transfer(faucet, addressNamed("bob"), 10n ** 18n),
    small.transfer(faucet, faucet.address, 7n),
  ];
  const { slot } = small.produce({ slot: 3, transactions }).bank;
  const block = small.ledger.blockAt(slot)!;

  it("finds what the block itself says, for every address, of both versions, failed ones too", () => {
    const named = new Set(block.results.flatMap(({ transaction }) => transaction.accountKeys));
    for (const address of [...named, addressNamed("nobody")]) {
      const found = findInPackedBlock(packBlock(block), address);
      expect(found).toEqual(findInBlock(block, address));
    }
    expect(findInBlock(block, voteProgramAddress)).toHaveLength(small.validators.length);
    expect(findInPackedBlock(packBlock(block), alice).map(({ signature }) => signature)).toEqual(
      transactions.slice(0, 2).map(({ signature }) => signature),
    );
    const [failed] = findInPackedBlock(packBlock(block), addressNamed("bob"));
    expect(failed!.error).toEqual({ InstructionError: [0, { Custom: 1 }] });
  });

  it("compares account keys and nothing else of a transaction", () => {
    const [transaction] = transactions as [(typeof transactions)[number]];
    expect(namesKey(transaction.bytes, addressBytes(transaction.accountKeys.at(-1)!))).toBe(true);
    expect(namesKey(transaction.bytes, hashBytes(transaction.recentBlockhash))).toBe(false);
    expect(namesKey(transaction.bytes, transaction.signatures[0]!.slice(0, 32))).toBe(false);
  });
});
