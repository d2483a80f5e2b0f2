import {
  getSysvarClockDecoder,
  getSysvarEpochRewardsDecoder,
  getSysvarEpochScheduleDecoder,
  getSysvarRentDecoder,
  getSysvarSlotHistoryDecoder,
  getSysvarStakeHistoryDecoder,
} from "@solana/sysvars";
import * as web3 from "@solana/web3.js";
import { describe, expect, it } from "vitest";
import { createTestChain, extend, produceAt, range, transfer } from "../../test/support/chain-builder.ts";
import { decodeRecentBlockhashes, decodeSlotHashes } from "../../test/support/sysvar-decoders.ts";
import { addressNamed } from "../../test/support/transactions.ts";
import { equalBytes } from "../base/bytes.ts";
import { sha256 } from "../base/sha256.ts";
import { createAccountProof, verifyAccountProof } from "./accounts-proof.ts";
import { accountAt, accountsEntries, accountsHash } from "./accounts-tree.ts";
import {
  clockSysvarAddress,
  epochRewardsSysvarAddress,
  epochScheduleSysvarAddress,
  featureProgramAddress,
  recentBlockhashesSysvarAddress,
  reducedWarmupFeatureAddress,
  rentSysvarAddress,
  slotHashesSysvarAddress,
  slotHistorySysvarAddress,
  stakeHistorySysvarAddress,
  sysvarOwnerAddress,
} from "./addresses.ts";
import { type Bank, freezeBank, openBank, sealBank } from "./bank.ts";
import { deposit } from "./deposit.ts";
import { genesisSysvarLamports, sysvarSizes } from "./genesis-sysvars.ts";
import { type Address, hashOf, slotOf } from "./ids.ts";
import { rentExemptMinimum } from "./rent.ts";
import { encodeStakeHistory } from "./sysvar-layouts.ts";

const dataAt = (bank: Bank, address: Address) => accountAt(bank.accounts, address)!.data;
const clockOf = (bank: Bank) => getSysvarClockDecoder().decode(dataAt(bank, clockSysvarAddress));
const slotHashesOf = (bank: Bank) => decodeSlotHashes(dataAt(bank, slotHashesSysvarAddress));
const blockhashesOf = (bank: Bank) =>
  decodeRecentBlockhashes(dataAt(bank, recentBlockhashesSysvarAddress)).map(({ blockhash }) => blockhash);
const slotHistoryOf = (bank: Bank) => getSysvarSlotHistoryDecoder().decode(dataAt(bank, slotHistorySysvarAddress));
const sumOf = (bank: Bank) => [...accountsEntries(bank.accounts)].reduce((sum, [, { lamports }]) => sum + lamports, 0n);

const built = createTestChain({ params: { slotDurationMs: 1000 } });
const { chain, genesisBank } = built;
const [alice] = built.network.accounts;
/** After genesis, slots 1 and 2, a gap, two epochs' boundaries (32, 64) with one skipped. */
const slots = [0, 1, 2, 5, 31, 32, 33, 63, 66];
const banks = [genesisBank];
for (const slot of slots.slice(1)) banks.push(produceAt(built, banks.at(-1)!, slot).bank);

describe("genesis", () => {
  it("holds every sysvar at its address, rent-exempt, of its size for ever, without listing one", () => {
    const listed = new Set(chain.genesis.accounts.map(([address]) => address));
    for (const bank of banks) {
      for (const [address, bytes] of sysvarSizes) {
        const account = accountAt(bank.accounts, address)!;
        expect(account).toMatchObject({ owner: sysvarOwnerAddress, executable: false });
        expect(account.data.length).toBe(bytes);
        expect(account.lamports).toBe(rentExemptMinimum(bytes, chain.params));
        expect(listed.has(address)).toBe(false);
      }
    }
    expect([...sysvarSizes.values()].sort((a, b) => a - b)).toEqual([17, 33, 40, 81, 6008, 16_392, 20_488, 131_097]);
    const known = Object.entries(web3).filter(([name]) => /^SYSVAR_(?!INSTR|REWARDS)/.test(name));
    const named = new Set(known.map(([, key]) => String(key) as Address));
    // web3.js has no name for EpochRewards.
    expect(new Set([...named, epochRewardsSysvarAddress])).toEqual(new Set(sysvarSizes.keys()));
  });

  it("counts their lamports in the supply, which is the sum of all accounts then and later", () => {
    const listed = chain.genesis.accounts.reduce((sum, [, { lamports }]) => sum + lamports, 0n);
    const implied = genesisSysvarLamports(chain.params);
    expect(implied).toBe(6960n * BigInt(17 + 33 + 40 + 81 + 6008 + 16_392 + 20_488 + 131_097 + 9 + 9 * 128));
    expect(genesisBank.supply.total).toBe(listed + implied);
    for (const bank of banks) expect(sumOf(bank)).toBe(bank.supply.total);
  });

  it("says how its epochs and its rent go", () => {
    expect(getSysvarEpochScheduleDecoder().decode(dataAt(banks.at(-1)!, epochScheduleSysvarAddress))).toMatchObject({
      slotsPerEpoch: 32n,
      warmup: false,
    });
    expect(getSysvarRentDecoder().decode(dataAt(banks.at(-1)!, rentSysvarAddress)).lamportsPerByteYear).toBe(3480n);
  });

  it("gives each a lamport where space is free, as an account without any is none", () => {
    const free = createTestChain({ params: { rentLamportsPerByte: 0n } });
    const bank = extend(free, free.genesisBank, [1, 2]);
    for (const address of sysvarSizes.keys()) expect(accountAt(bank.accounts, address)?.lamports).toBe(1n);
    expect(genesisSysvarLamports(free.chain.params)).toBe(9n);
    expect(sumOf(bank)).toBe(bank.supply.total);
  });

  it("tells clients by a feature account from which slot on the reduced rate counts, and has none for never", () => {
    const featureOf = (stakeReducedRateEpoch: number, epochWarmup = false) => {
      const params = { stakeReducedRateEpoch, epochWarmup, slotsPerEpoch: 128 };
      return accountAt(createTestChain({ params }).genesisBank.accounts, reducedWarmupFeatureAddress);
    };
    const slotIn = (data: Uint8Array) => [data.length, data[0], new DataView(data.buffer).getBigUint64(1, true)];
    expect(featureOf(0)?.owner).toBe(featureProgramAddress);
    expect(slotIn(featureOf(0)!.data)).toEqual([9, 1, 0n]);
    expect(slotIn(featureOf(3)!.data)).toEqual([9, 1, 384n]);
    expect(slotIn(featureOf(3, true)!.data)).toEqual([9, 1, 224n]);
    const last = Math.floor(Number.MAX_SAFE_INTEGER / 128);
    expect(slotIn(featureOf(last)!.data)).toEqual([9, 1, BigInt(last * 128)]);
    for (const epoch of [last + 1, Number.MAX_SAFE_INTEGER]) expect(featureOf(epoch)).toBeNull();
  });
});

describe("the clock", () => {
  it("tells a block's slot, epoch and time, and when the first block of its epoch was", () => {
    const start = 1_700_000_000;
    const epochs = slots.map((slot) => Math.floor(slot / 32));
    const firsts = [0, 32, 66];
    expect(banks.map(clockOf)).toEqual(
      slots.map((slot, i) => ({
        slot: BigInt(slot),
        epoch: BigInt(epochs[i]!),
        leaderScheduleEpoch: BigInt(epochs[i]! + 1),
        epochStartTimestamp: BigInt(start + firsts[epochs[i]!]!),
        unixTimestamp: BigInt(start + slot),
      })),
    );
  });

  it("begins where genesis begins", () => {
    const later = createTestChain({ firstSlot: 100 }).genesisBank;
    expect(clockOf(later)).toMatchObject({ slot: 100n, epoch: 3n, epochStartTimestamp: 1_700_000_000n });
    expect(slotHistoryOf(later).nextSlot).toBe(101n);
  });
});

describe("slot hashes", () => {
  it("are the ancestors' block ids, newest first, without the block's own", () => {
    for (const [i, bank] of banks.entries()) {
      const ancestors = banks.slice(0, i).reverse();
      expect(slotHashesOf(bank)).toEqual(ancestors.map(({ slot, blockId }) => ({ slot: BigInt(slot), hash: blockId })));
    }
  });
});

describe("recent blockhashes", () => {
  it("are the block's own and its ancestors', newest first", () => {
    for (const [i, bank] of banks.entries()) {
      const all = banks.slice(0, i + 1).reverse();
      expect(blockhashesOf(bank)).toEqual(all.map(({ blockhash }) => blockhash));
    }
  });
});

describe("slot history", () => {
  it("has the block's own slot and its ancestors', not those skipped", () => {
    for (const [i, bank] of banks.entries()) {
      const { bits, nextSlot } = slotHistoryOf(bank);
      expect(nextSlot).toBe(BigInt(slots[i]! + 1));
      const present = range(0, 127).filter((slot) => (bits[slot >> 6]! >> BigInt(slot & 63)) & 1n);
      expect(present).toEqual(slots.slice(0, i + 1));
      expect(bits.slice(2).every((word) => word === 0n)).toBe(true);
    }
  });
});

it("the lists keep 512 ancestors and 150 blockhashes in a long chain, and follow their own fork", () => {
  const leader = addressNamed("leader");
  const step = (bank: Bank, slot: number, tag = 0) => {
    const hash = hashOf(sha256(Uint8Array.of(slot >> 8, slot, tag)));
    return sealBank(chain, bank, freezeBank(openBank(chain, bank, slotOf(slot), leader), hash), hash);
  };
  let bank = genesisBank;
  for (const slot of range(1, 31)) bank = step(bank, slot);
  const fork = bank;
  const longer = range(32, 40).reduce((tip, slot) => step(tip, slot, 1), fork);
  const sizes: number[][] = [];
  for (const slot of range(32, 514)) {
    bank = step(bank, slot);
    if ([148, 149, 150, 511, 512, 513].includes(slot)) {
      sizes.push([slot, slotHashesOf(bank).length, blockhashesOf(bank).length]);
    }
  }
  // Genesis, slot 0, is an ancestor as well.
  expect(sizes).toEqual([
    [148, 148, 149],
    [149, 149, 150],
    [150, 150, 150],
    [511, 511, 150],
    [512, 512, 150],
    [513, 512, 150],
  ]);
  expect(slotHashesOf(bank).map(({ slot }) => Number(slot))).toEqual(range(2, 513).reverse());
  expect(blockhashesOf(bank)).toEqual(
    bank.recentBlocks
      .slice(-150)
      .map(({ blockhash }) => blockhash)
      .reverse(),
  );
  const ids = longer.recentBlocks.map(({ blockId }) => blockId).reverse();
  expect(slotHashesOf(longer).map(({ hash }) => hash)).toEqual(ids.slice(1));
});

describe("what changes with an epoch", () => {
  it("is written when it changed: the stake history as the bank has it, the rewards as far as they are paid", () => {
    for (const bank of banks) {
      expect(equalBytes(dataAt(bank, stakeHistorySysvarAddress), encodeStakeHistory(bank.stakeHistory))).toBe(true);
      const rewards = getSysvarEpochRewardsDecoder().decode(dataAt(bank, epochRewardsSysvarAddress));
      const { rewardsProgress } = bank;
      if (rewardsProgress === null) expect(rewards).toMatchObject({ numPartitions: 0n, active: false });
      else expect(rewards.totalRewards).toBe(rewardsProgress.rewards.pot);
    }
    // Epoch 0 ended with slot 31: whatever it had of stake is on record from slot 32 on.
    const histories = banks.map((bank) =>
      getSysvarStakeHistoryDecoder()
        .decode(dataAt(bank, stakeHistorySysvarAddress))
        .map(({ epoch }) => epoch),
    );
    expect(histories).toEqual(
      banks.map(({ epoch }) =>
        range(0, epoch - 1)
          .reverse()
          .map(BigInt),
      ),
    );
  });
});

describe("nobody but the chain", () => {
  it("pays to a sysvar or writes one: no transfer, no fee", () => {
    for (const address of sysvarSizes.keys()) {
      const parent = banks.at(-1)!;
      const { bank } = produceAt(built, parent, 67, [transfer(alice!, address, 5n, parent)]);
      expect(bank.results).toHaveLength(1);
      expect(bank.results[0]?.error).not.toBeNull();
      expect(accountAt(bank.accounts, address)?.lamports).toBe(accountAt(parent.accounts, address)?.lamports);
      const working = openBank(chain, parent, slotOf(67), alice!.address);
      expect(deposit(working.overlay, address, 10n ** 9n, chain.params)).toBeNull();
    }
  });
});

describe("a state's hash", () => {
  it("commits to each sysvar's every byte: a proof shows the account and no other", () => {
    const { accounts } = banks.at(-1)!;
    const hash = accountsHash(accounts);
    for (const [address, bytes] of sysvarSizes) {
      const proof = createAccountProof(accounts, address);
      const account = { ...accountAt(accounts, address)!, data: dataAt(banks.at(-1)!, address) };
      expect(verifyAccountProof(hash, address, account, proof)).toBe(true);
      for (const at of [0, bytes >> 1, Math.min(4096, bytes - 1), bytes - 1]) {
        account.data[at]! ^= 1;
        expect(verifyAccountProof(hash, address, account, proof)).toBe(false);
        account.data[at]! ^= 1;
      }
      for (const length of [bytes - 1, bytes + 1]) {
        const data = new Uint8Array(length);
        data.set(account.data.subarray(0, length));
        expect(verifyAccountProof(hash, address, { ...account, data }, proof)).toBe(false);
      }
    }
  });
});
