import { describe, expect, it } from "vitest";
import { createTestChain, produceAt, transfer } from "../../test/support/chain-builder.ts";
import { timeOf } from "./chain.ts";
import { slotOf } from "./ids.ts";

describe("time", () => {
  it("goes with slots, in whole seconds, rounded down", () => {
    const { chain } = createTestChain({ firstSlot: 1000, params: { slotDurationMs: 400 } });
    const times = [1000, 1002, 1003, 1005, 1007, 1008].map((slot) => timeOf(chain, slotOf(slot)) - 1_700_000_000);
    expect(times).toEqual([0, 0, 1, 2, 2, 3]);
  });
});

describe("one seed, one chain", () => {
  /** Five blocks with a skipped slot, a transfer in each and one that fails. */
  function grow() {
    const built = createTestChain({ seed: "pinned", params: { ticksPerSlot: 2, hashesPerTick: 8 } });
    const [alice, bob] = built.network.accounts;
    let bank = built.genesisBank;
    for (const slot of [1, 2, 4, 5, 6]) {
      const lamports = slot === 5 ? 10n ** 18n : BigInt(slot);
      bank = produceAt(built, bank, slot, [transfer(alice!, bob!.address, lamports, bank)]).bank;
    }
    const { genesisHash } = built.chain;
    const { blockId, blockhash, stateHash } = bank;
    return { genesisHash, genesisState: built.genesisBank.stateHash, blockId, blockhash, stateHash };
  }

  it("gives the same hashes each time", () => {
    expect(grow()).toEqual(grow());
  });

  // A change of these bytes makes other chains of all that exist. Whoever means to change the protocol writes the new
  // hashes here; whoever does not has found a mistake.
  it("gives the very hashes it always gave", () => {
    expect(grow()).toEqual({
      genesisHash: "FMhvRvDYKeVuLSSqXK2dw3btnKQMjoZakBKsjXhmN2Bw",
      genesisState: "HBXKPU7wzP2zqbk6n1cQpJkx3q1pNFWKZbSCnNa4XKc6",
      blockId: "9Rxi4PCqejBJPvQEKoXmm1T4W7yJDQtJ3vKoey2QNuzu",
      blockhash: "8cgdk2imNK8faLxpZVtHbSKVwvGDJv3DKnb9jEN1R7d8",
      stateHash: "7GqcMrbW95ymC4Tt7BfvyXvddy9ff4owyCrVXDm7sY8n",
    });
  });
});
