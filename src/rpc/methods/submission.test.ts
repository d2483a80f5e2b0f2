/** Transactions handed in, simulated and asked of the faucet. */
import { base58, base64 } from "@scure/base";
import { createNoopSigner } from "@solana/kit";
import { getTransferSolInstruction } from "@solana-program/system";
import { describe, expect, it } from "vitest";
import { createCaller } from "../../../test/support/rpc-calls.ts";
import { createSmallChain } from "../../../test/support/small-chain.ts";
import { keypairOf, requestOf } from "../../../test/support/transactions.ts";
import type { Transaction } from "../../chain/transaction.ts";

const alice = keypairOf("alice");
const wire = ({ bytes }: Transaction) => base64.encode(bytes);
const inBase64 = { encoding: "base64", preflightCommitment: "processed" };

function start() {
  const small = createSmallChain();
  small.produce();
  return { small, ...createCaller(small.view) };
}

/** With every signature zero, as wallets simulate before signing. */
function unsigned({ bytes, signatures }: Transaction): string {
  return base64.encode(bytes.slice().fill(0, 1, 1 + 64 * signatures.length));
}

describe("sendTransaction", () => {
  it("hands a sound transaction to the node and gives its signature, from base58 or base64", () => {
    const { small, get } = start();
    const first = small.transfer(small.faucet, alice.address, 1_000_000n);
    const second = small.transfer(small.faucet, alice.address, 2_000_000n, 0);
    expect(get("sendTransaction", wire(first), inBase64)).toBe(first.signature);
    expect(get("sendTransaction", base58.encode(second.bytes), { preflightCommitment: "processed" })).toBe(
      second.signature,
    );
    expect(small.pending.map(({ signature }) => signature)).toEqual([first.signature, second.signature]);
  });

  it("gives the signature again of what waits or has landed", () => {
    const { small, get } = start();
    const sent = small.transfer(small.faucet, alice.address, 1_000_000n);
    for (let i = 0; i < 2; i++) expect(get("sendTransaction", wire(sent), inBase64)).toBe(sent.signature);
    expect(small.pending).toHaveLength(1);
    small.produce();
    expect(get("sendTransaction", wire(sent), inBase64)).toBe(sent.signature);
    expect(small.pending).toHaveLength(0);
  });

  it("refuses a wrong signature, preflight or not", () => {
    const { small, refusal } = start();
    const forged = unsigned(small.transfer(small.faucet, alice.address, 1_000_000n));
    for (const skipPreflight of [false, true]) {
      expect(refusal("sendTransaction", forged, { ...inBase64, skipPreflight })).toBe(
        "-32003 Transaction signature verification failure",
      );
    }
    expect(small.pending).toEqual([]);
  });

  it("tells what preflight found, with all of the simulation", () => {
    const { small, call } = start();
    const sent = small.transfer(small.faucet, alice.address, 10n ** 18n);
    const { error } = call("sendTransaction", wire(sent), inBase64);
    expect(error).toMatchObject({
      code: -32002,
      message: "Transaction simulation failed: Error processing Instruction 0: custom program error: 0x1",
      data: {
        err: { InstructionError: [0, { Custom: 1 }] },
        accounts: null,
        unitsConsumed: 150,
        fee: 5000,
        returnData: null,
        innerInstructions: null,
        replacementBlockhash: null,
      },
    });
    expect(error).toMatchObject({ data: { logs: { length: 3 } } });
  });

  it("simulates at preflightCommitment, which is finalized when absent", () => {
    const { small, refusal, get } = start();
    const sent = small.transfer(small.faucet, alice.address, 1_000_000n);
    expect(refusal("sendTransaction", wire(sent), { encoding: "base64" })).toBe(
      "-32002 Transaction simulation failed: Blockhash not found",
    );
    expect(get("sendTransaction", wire(sent), { encoding: "base64", skipPreflight: true })).toBe(sent.signature);
    expect(refusal("sendTransaction", wire(sent), { ...inBase64, minContextSlot: 2 })).toMatch(/-32016/);
  });

  it("says so when the mempool is full", () => {
    const { small, get, call } = start();
    for (let i = 0n; i < 10n; i++) {
      get("sendTransaction", wire(small.transfer(small.faucet, alice.address, 1_000_000n + i)), inBase64);
    }
    const late = wire(small.transfer(small.faucet, alice.address, 5_000_000n));
    expect(call("sendTransaction", late, inBase64).error).toEqual({
      code: -32603,
      message: "The transaction was refused: mempool-full (transactionsMax 10)",
      data: { code: "mempool-full", facts: { transactionsMax: 10 } },
    });
  });

  it("refuses text that is no transaction", () => {
    const { small, refusal } = start();
    const sent = small.transfer(small.faucet, alice.address, 1n);
    expect(refusal("sendTransaction", "AQID", inBase64)).toMatch(/-32602 invalid transaction: .*transaction-malformed/);
    expect(refusal("sendTransaction", "!!", inBase64)).toMatch(/-32602 .*not base64/);
    expect(refusal("sendTransaction", wire(sent))).toMatch(/-32602 .*(not base58|invalid transaction)/);
    expect(refusal("sendTransaction", "A".repeat(4000), inBase64)).toMatch(/-32602 .*at most/);
    expect(refusal("sendTransaction", 7)).toMatch(/transaction is 7; expected a string/);
    expect(refusal("sendTransaction", wire(sent), { encoding: "json" })).toMatch(/config.encoding is "json"/);
  });
});

describe("simulateTransaction", () => {
  const processed = { encoding: "base64", commitment: "processed" };

  it("tells what would happen, of an unsigned transaction too, and changes nothing", () => {
    const { small, value, get } = start();
    const before = small.head().stateHash;
    const transaction = small.transfer(small.faucet, alice.address, 1_000_000n);
    const accounts = { addresses: [alice.address, keypairOf("nobody").address], encoding: "base64" };
    const simulated = value("simulateTransaction", unsigned(transaction), {
      ...processed,
      accounts,
      innerInstructions: true,
    });
    expect(simulated).toMatchObject({
      err: null,
      unitsConsumed: 150,
      loadedAccountsDataSize: expect.any(Number),
      fee: 5000,
      accounts: [{ lamports: 1_000_000, data: ["", "base64"] }, null],
      innerInstructions: [],
      returnData: null,
      replacementBlockhash: null,
    });
    expect(simulated.logs).toHaveLength(2);
    expect(simulated.postBalances[1] - simulated.preBalances[1]).toBe(1_000_000);
    expect(small.head().stateHash).toBe(before);
    expect(get("getBalance", alice.address, { commitment: "processed" }).value).toBe(0);
  });

  it("checks signatures when asked to", () => {
    const { small, refusal, value } = start();
    const transaction = small.transfer(small.faucet, alice.address, 1_000_000n);
    expect(refusal("simulateTransaction", unsigned(transaction), { ...processed, sigVerify: true })).toMatch(/-32003/);
    expect(value("simulateTransaction", wire(transaction), { ...processed, sigVerify: true }).err).toBeNull();
    const both = { ...processed, sigVerify: true, replaceRecentBlockhash: true };
    expect(refusal("simulateTransaction", wire(transaction), both)).toBe(
      "-32602 Invalid params: sigVerify may not be used with replaceRecentBlockhash",
    );
  });

  it("takes another blockhash for a stale one when asked to", () => {
    const { small, value } = start();
    const transaction = small.transfer(small.faucet, alice.address, 1_000_000n);
    const finalized = { encoding: "base64" };
    expect(value("simulateTransaction", wire(transaction), finalized)).toMatchObject({
      err: "BlockhashNotFound",
      logs: [],
      fee: null,
    });
    expect(
      value("simulateTransaction", wire(transaction), { ...finalized, replaceRecentBlockhash: true }),
    ).toMatchObject({
      err: null,
      replacementBlockhash: { blockhash: small.chain.genesisHash, lastValidBlockHeight: 10 },
    });
  });

  it("tells why a transaction could not even land", () => {
    const { small, value } = start();
    const poor = keypairOf("poor");
    const source = createNoopSigner(poor.address);
    const request = requestOf(getTransferSolInstruction({ source, destination: alice.address, amount: 1n }));
    const transaction = small.createSigned(poor, [request]);
    expect(value("simulateTransaction", wire(transaction), processed)).toMatchObject({
      err: "AccountNotFound",
      unitsConsumed: 0,
    });
  });

  it("refuses more accounts than the transaction names, and base58", () => {
    const { small, refusal } = start();
    const transaction = wire(small.transfer(small.faucet, alice.address, 1n));
    const ask = (accounts: object) => refusal("simulateTransaction", transaction, { ...processed, accounts });
    expect(ask({ addresses: Array(4).fill(alice.address) })).toBe(
      "-32602 Invalid params: Too many accounts provided; max 3",
    );
    expect(ask({ addresses: [], encoding: "base58" })).toMatch(/base58 encoding not supported/);
    expect(ask({ addresses: ["x"] })).toMatch(/accounts.addresses.0 is "x"; expected an address/);
  });
});

describe("requestAirdrop", () => {
  it("gives the signature of a transfer that lands", () => {
    const { small, get } = start();
    const signature = get("requestAirdrop", alice.address, 1_000_000_000n, { commitment: "confirmed" });
    expect(get("getSignatureStatuses", [signature]).value).toEqual([null]);
    small.produce();
    expect(get("getSignatureStatuses", [signature]).value).toMatchObject([
      { err: null, confirmationStatus: "processed" },
    ]);
    expect(get("getBalance", alice.address, { commitment: "processed" }).value).toBe(1_000_000_000);
  });

  it("is refused with the faucet's reason, or for nonsense", () => {
    const { call, refusal } = start();
    expect(call("requestAirdrop", alice.address, 0).error).toMatchObject({
      code: -32603,
      message: "The airdrop was refused: airdrop-amount-invalid (lamports 0)",
    });
    expect(refusal("requestAirdrop", alice.address, -1)).toMatch(/lamports is -1; expected an amount of lamports/);
    expect(refusal("requestAirdrop", alice.address, 1.5)).toMatch(/lamports is 1.5; expected an integer/);
    expect(refusal("requestAirdrop", alice.address, 2n ** 64n)).toMatch(/-32602/);
  });
});
