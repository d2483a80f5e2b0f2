import { describe, expect, it } from "vitest";
import { createGenesisBank } from "../chain/bank.ts";
import { createChain } from "../chain/chain.ts";
import { epochOf, lamportsOf, slotOf } from "../chain/ids.ts";
import { createParams } from "../chain/params.ts";
import { portablePohKernel } from "../chain/poh-kernel.ts";
import { createStakeTable, type StakeTable } from "../chain/stake-table.ts";
import { nodeSignatures } from "../host/node-crypto.ts";
import { createLeaderRecord, recordSlot, settleWeights } from "./leader-record.ts";
import { createNetwork } from "./network.ts";

const signatures = nodeSignatures.ed25519;

describe("the record of leaders", () => {
  it("weighs each epoch's rotations by that epoch's stakes", () => {
    const params = createParams("lab", { slotsPerEpoch: 32, leaderPolicy: "solana" });
    if (!params.ok) throw new Error(params.code);
    const validators = [{ stake: 3n }, { stake: 1n }];
    const plan = { seed: "s", creationTime: 1, accounts: 0, accountLamports: 1n, params: params.value, validators };
    const network = createNetwork(plan, signatures);
    if (!network.ok) throw new Error(network.code);
    const chain = createChain(network.value.genesis, { signatures, poh: portablePohKernel });
    const table = (...stakes: bigint[]): StakeTable =>
      createStakeTable(
        network.value.genesis.validators.map(({ voteAccount, identity }, index) => ({
          voteAccount,
          identity,
          stake: lamportsOf(stakes[index]!),
        })),
      );
    const stakeTables = new Map([
      [epochOf(0), table(3n, 1n)],
      [epochOf(1), table(1n, 1n)],
    ]);
    const bank = { ...createGenesisBank(chain), stakeTables };

    const record = createLeaderRecord();
    for (let slot = 1; slot < 64; slot++) recordSlot(record, chain, bank, slotOf(slot), slot % 8 !== 1);
    settleWeights(record);
    // 8 rotations at 3 : 1, then 8 at 1 : 1.
    const [a, b] = network.value.genesis.validators.map(({ voteAccount }) => record.weights.get(voteAccount));
    expect([a, b]).toEqual([10n * 10n ** 18n, 6n * 10n ** 18n]);
    expect(record.rotations.length).toBe(16);
    // 63 slots, of which 1, 9, 17 … 57 have no block.
    const countOf = (counts: ReadonlyMap<unknown, number>) => [...counts.values()].reduce((sum, n) => sum + n, 0);
    expect([countOf(record.slots), countOf(record.blocks)]).toEqual([63, 55]);
  });
});
