/** Methods that read the ledger: blocks, transactions, statuses, samples, the chain's export. */
import { base64 } from "@scure/base";
import { getSetComputeUnitPriceInstruction } from "@solana-program/compute-budget";
import { getAddMemoInstruction } from "@solana-program/memo";
import { describe, expect, it } from "vitest";
import { createCaller } from "../../../test/support/rpc-calls.ts";
import { createSmallChain } from "../../../test/support/small-chain.ts";
import { keypairOf, requestOf } from "../../../test/support/transactions.ts";
import { parseGenesis } from "../../chain/genesis-text.ts";
import { slotOf } from "../../chain/ids.ts";
import { verifyChain } from "../../chain/verify-chain.ts";

const alice = keypairOf("alice").address;
const nobody = keypairOf("nobody").address;

const small = createSmallChain();
const { faucet } = small;
const legacy = small.transfer(faucet, alice, 5_000_000n);
small.produce({ transactions: [legacy] });
const versioned = small.transfer(faucet, alice, 6_000_000n, 0);
small.produce({ slot: 3, transactions: [versioned] });
const failing = small.transfer(faucet, alice, 10n ** 18n);
const memo = small.createSigned(faucet, [
  requestOf(getSetComputeUnitPriceInstruction({ microLamports: 1000n })),
  requestOf(getAddMemoInstruction({ memo: "hello" })),
]);
small.produce({ transactions: [failing, memo] });
for (let i = 0; i < 4; i++) small.produce();
// Slots 1, 3, 4, 5, 6, 7, 8; finalized up to 5, confirmed up to 7.
const { call, get, value, refusal } = createCaller(small.view);
const any = { maxSupportedTransactionVersion: 0 };

describe("blocks", () => {
  it("say what they are, and where", () => {
    const genesisChild = get("getBlock", 1, any);
    expect(genesisChild).toMatchObject({ parentSlot: 0, blockHeight: 1, previousBlockhash: small.chain.genesisHash });
    const block = get("getBlock", 3, any);
    expect(block).toMatchObject({
      parentSlot: 1,
      blockHeight: 2,
      previousBlockhash: genesisChild.blockhash,
      blockTime: 1_700_000_000,
    });
    expect(block.transactions).toHaveLength(4);
    const [reward] = block.rewards;
    expect(reward).toEqual({
      pubkey: expect.any(String),
      lamports: 10_000,
      postBalance: expect.any(Number),
      rewardType: "Fee",
      commission: null,
    });
  });

  it("come with as much of their transactions as is asked for", () => {
    expect(get("getBlock", 1, { transactionDetails: "none", rewards: false })).toEqual({
      blockhash: expect.any(String),
      previousBlockhash: small.chain.genesisHash,
      parentSlot: 0,
      blockHeight: 1,
      blockTime: 1_700_000_000,
    });
    expect(get("getBlock", 1, { transactionDetails: "signatures" }).signatures).toEqual([legacy.signature]);
    const [accounts] = get("getBlock", 1, { transactionDetails: "accounts" }).transactions;
    expect(accounts.transaction.accountKeys[0]).toEqual({
      pubkey: faucet.address,
      signer: true,
      writable: true,
      source: "transaction",
    });
    expect(accounts.meta).toMatchObject({ fee: 5000, err: null, status: { Ok: null } });
    expect(accounts).not.toHaveProperty("version");
    expect(get("getBlock", 1, "base64").transactions[0].transaction[1]).toBe("base64");
  });

  it("are refused with the reason: skipped, not there yet, never", () => {
    expect(refusal("getBlock", 2)).toBe("-32007 Slot 2 was skipped, or missing due to ledger jump to recent snapshot");
    expect(refusal("getBlock", 6)).toBe("-32004 Block not available for slot 6");
    expect(get("getBlock", 6, { commitment: "confirmed" }).blockHeight).toBe(5);
    expect(refusal("getBlock", 8, { commitment: "confirmed" })).toMatch(/-32004/);
    expect(refusal("getBlock", 8, { commitment: "processed" })).toMatch(/-32602 .*below `confirmed`/);
    expect(refusal("getBlock", 0)).toMatch(/-32001 Block 0 cleaned up, .* First available block: 1/);
    expect(refusal("getBlock", 3)).toMatch(/-32015 Transaction version \(0\) is not supported/);
    expect(refusal("getBlock", 3, { encoding: "xml" })).toMatch(/config.encoding is "xml"/);
    expect(refusal("getBlock", "3")).toMatch(/slot is "3"; expected a slot/);
  });

  it("are listed by range and by count", () => {
    expect(get("getBlocks", 0)).toEqual([1, 3, 4, 5]);
    expect(get("getBlocks", 3, 4)).toEqual([3, 4]);
    expect(get("getBlocks", 0, { commitment: "confirmed" })).toEqual([1, 3, 4, 5, 6, 7]);
    expect(get("getBlocks", 5, null, { commitment: "confirmed" })).toEqual([5, 6, 7]);
    expect(get("getBlocks", 5, 3)).toEqual([]);
    expect(get("getBlocks", 0, 500_000)).toEqual([1, 3, 4, 5]);
    expect(refusal("getBlocks", 0, 500_001)).toBe("-32602 Invalid params: Slot range too large; max 500000");
    expect(get("getBlocksWithLimit", 2, 2)).toEqual([3, 4]);
    expect(get("getBlocksWithLimit", 99, 2)).toEqual([]);
    expect(refusal("getBlocksWithLimit", 0, 500_001)).toMatch(/-32602/);
  });

  it("have a time, genesis too", () => {
    expect(get("getBlockTime", 0)).toBe(1_700_000_000);
    expect(get("getBlockTime", 7)).toBe(1_700_000_000);
    expect(refusal("getBlockTime", 2)).toMatch(/-32007/);
    expect(refusal("getBlockTime", 8)).toMatch(/-32004/);
  });
});

describe("transactions", () => {
  it("come with their slot, time and meta", () => {
    const found = get("getTransaction", legacy.signature);
    expect(found).toMatchObject({ slot: 1, blockTime: 1_700_000_000, meta: { err: null, fee: 5000 } });
    expect(found.meta.postBalances[1] - found.meta.preBalances[1]).toBe(5_000_000);
    expect(found.transaction.signatures).toEqual([legacy.signature]);
    expect(found.transaction.message).toMatchObject({
      header: { numRequiredSignatures: 1, numReadonlySignedAccounts: 0, numReadonlyUnsignedAccounts: 1 },
      accountKeys: legacy.accountKeys,
      recentBlockhash: legacy.recentBlockhash,
      instructions: [{ programIdIndex: 2, accounts: [0, 1], data: expect.any(String) }],
    });
  });

  it("keep to the versions that the client knows", () => {
    expect(refusal("getTransaction", versioned.signature)).toMatch(/-32015/);
    expect(get("getTransaction", versioned.signature, any)).toMatchObject({
      version: 0,
      transaction: { message: { header: { numRequiredSignatures: 1 }, addressTableLookups: [] } },
    });
    expect(get("getTransaction", legacy.signature, any).version).toBe("legacy");
  });

  it("come as their bytes, or in words", () => {
    const [text] = get("getTransaction", legacy.signature, "base64").transaction;
    expect(base64.decode(text)).toEqual(legacy.bytes);
    const { message } = get("getTransaction", legacy.signature, { encoding: "jsonParsed" }).transaction;
    expect(message.instructions).toEqual([
      {
        program: "system",
        programId: "11111111111111111111111111111111",
        parsed: { type: "transfer", info: { source: faucet.address, destination: alice, lamports: 5_000_000 } },
        stackHeight: 1,
      },
    ]);
    const parsed = get("getTransaction", memo.signature, { encoding: "jsonParsed" }).transaction.message.instructions;
    expect(parsed).toMatchObject([
      { programId: "ComputeBudget111111111111111111111111111111", accounts: [], data: expect.any(String) },
      { program: "spl-memo", parsed: "hello" },
    ]);
  });

  it("put votes in words", () => {
    const votes = get("getBlock", 5, { ...any, encoding: "jsonParsed" }).transactions;
    const [vote] = votes[0].transaction.message.instructions;
    expect(vote).toMatchObject({ program: "vote", parsed: { type: "towersync" } });
    expect(vote.parsed.info.towerSync.lockouts.at(-1)).toEqual({ slot: 4, confirmation_count: 1 });
  });

  it("are null when unknown or not settled enough", () => {
    expect(get("getTransaction", small.transfer(faucet, nobody, 1n).signature)).toBeNull();
    const [recent] = small.ledger.blockAt(slotOf(7))!.results;
    const signature = recent!.transaction.signature;
    expect(get("getTransaction", signature)).toBeNull();
    expect(get("getTransaction", signature, { commitment: "confirmed" }).slot).toBe(7);
    expect(refusal("getTransaction", legacy.signature, { commitment: "processed" })).toMatch(/-32602/);
    expect(refusal("getTransaction", alice)).toMatch(/signature is .*; expected a signature/);
  });

  it("have a status that tells how settled they are", () => {
    const late = small.head().results[0]!.transaction.signature;
    const unknown = small.transfer(faucet, nobody, 1n).signature;
    expect(value("getSignatureStatuses", [legacy.signature, failing.signature, late, unknown])).toEqual([
      { slot: 1, confirmations: null, err: null, status: { Ok: null }, confirmationStatus: "finalized" },
      {
        slot: 4,
        confirmations: null,
        err: { InstructionError: [0, { Custom: 1 }] },
        status: { Err: { InstructionError: [0, { Custom: 1 }] } },
        confirmationStatus: "finalized",
      },
      { slot: 8, confirmations: 0, err: null, status: { Ok: null }, confirmationStatus: "processed" },
      null,
    ]);
    expect(value("getSignatureStatuses", Array(256).fill(unknown), { searchTransactionHistory: true })).toHaveLength(
      256,
    );
    expect(refusal("getSignatureStatuses", Array(257).fill(unknown))).toMatch(/-32602/);
  });
});

describe("samples and fees", () => {
  it("count whole minutes of block time, newest first", () => {
    const slow = createSmallChain({ params: { slotDurationMs: 20_000 }, creationTime: 1_700_000_020 });
    const client = createCaller(slow.view);
    expect(client.get("getRecentPerformanceSamples")).toEqual([]);
    slow.produce({ transactions: [slow.transfer(slow.faucet, alice, 1_000_000n)] });
    slow.produce({ transactions: [slow.transfer(slow.faucet, alice, 2_000_000n)] });
    for (const slot of [4, 5, 6, 7, 8, 9, 10, 11, 12]) slow.produce({ slot });
    // 1,700,000,040 is a full minute: slots 1 to 3, then 4 to 6, …; finalized up to 9.
    expect(client.get("getRecentPerformanceSamples")).toEqual([
      { slot: 6, numSlots: 3, numTransactions: 9, numNonVoteTransactions: 0, samplePeriodSecs: 60 },
      { slot: 3, numSlots: 3, numTransactions: 5, numNonVoteTransactions: 2, samplePeriodSecs: 60 },
    ]);
    expect(client.get("getRecentPerformanceSamples", 1)).toHaveLength(1);
    expect(client.refusal("getRecentPerformanceSamples", 721)).toMatch(/-32602/);
  });

  it("give the least price a unit of those that got in and wrote the accounts", () => {
    const all = get("getRecentPrioritizationFees");
    expect(all.map(({ slot }: { slot: number }) => slot)).toEqual([1, 3, 4, 5, 6, 7, 8]);
    expect(all[2]).toEqual({ slot: 4, prioritizationFee: 0 });
    const payers = get("getRecentPrioritizationFees", [nobody]);
    expect(payers.every(({ prioritizationFee }: { prioritizationFee: number }) => prioritizationFee === 0)).toBe(true);
    const priced = createSmallChain();
    priced.produce();
    const price = requestOf(getSetComputeUnitPriceInstruction({ microLamports: 1000n }));
    priced.produce({ transactions: [priced.createSigned(priced.faucet, [price])] });
    expect(createCaller(priced.view).get("getRecentPrioritizationFees", [priced.faucet.address])).toEqual([
      { slot: 1, prioritizationFee: 0 },
      { slot: 2, prioritizationFee: 1000 },
    ]);
    expect(refusal("getRecentPrioritizationFees", Array(129).fill(alice))).toMatch(/-32602/);
  });
});

describe("the chain's export", () => {
  it("is enough to verify the chain from genesis, page by page", () => {
    const genesis = parseGenesis(get("escapement_getGenesis"));
    const blocks: Uint8Array[] = [];
    let next: number | null = 0;
    let pages = 0;
    while (next !== null) {
      const page: { blocks: string[]; nextSlot: number | null } = get("escapement_getBlocks", next, 4);
      blocks.push(...page.blocks.map((text) => base64.decode(text)));
      next = page.nextSlot;
      pages++;
    }
    expect(pages).toBe(2);
    expect(genesis.ok && verifyChain({ genesis: genesis.value, blocks })).toMatchObject({
      ok: true,
      blocks: 6,
      lastSlot: 7,
    });
    expect(get("escapement_getBlocks", 8, 1)).toEqual({ blocks: [], nextSlot: null });
    expect(refusal("escapement_getBlocks", 0, 1001)).toMatch(
      /limit is 1001; expected a limit \(an integer from 1 to 1000\)/,
    );
    expect(call("escapement_getBlocks", 0, 0).error?.code).toBe(-32602);
  });
});
