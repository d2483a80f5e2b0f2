/** Methods that read a bank: slots, accounts, blockhashes, supply; and the node itself. */
import { base64 } from "@scure/base";
import { describe, expect, it } from "vitest";
import { createCaller } from "../../../test/support/rpc-calls.ts";
import { createSmallChain } from "../../../test/support/small-chain.ts";
import { keypairOf } from "../../../test/support/transactions.ts";
import { parseGenesis } from "../../chain/genesis-text.ts";
import { u64Max } from "../../chain/ids.ts";

const alice = keypairOf("alice").address;
const nobody = keypairOf("nobody").address;

const small = createSmallChain();
small.produce({ transactions: [small.transfer(small.faucet, alice, 5_000_000n)] });
for (let i = 0; i < 5; i++) small.produce();
const { call, get, value, refusal } = createCaller(small.view);
const [first] = small.validators;

describe("methods that read the chain's state", () => {
  it("answer at the commitment asked for, and at finalized when none is named", () => {
    expect(get("getSlot")).toBe(3);
    expect(get("getSlot", null)).toBe(3);
    expect(get("getSlot", { commitment: "confirmed" })).toBe(5);
    expect(get("getSlot", { commitment: "processed" })).toBe(6);
    expect(get("getBlockHeight", { commitment: "processed" })).toBe(6);
    expect(get("getTransactionCount", { commitment: "processed" })).toBe(small.head().transactionCount);
  });

  it("refuse commitments they do not know, and a slot not yet reached", () => {
    expect(refusal("getSlot", { commitment: "max" })).toBe(
      '-32602 Invalid params: config.commitment is "max"; expected one of "processed", "confirmed", "finalized".',
    );
    expect(get("getSlot", { commitment: "processed", minContextSlot: 6 })).toBe(6);
    expect(call("getSlot", { commitment: "processed", minContextSlot: 7 }).error).toEqual({
      code: -32016,
      message: "Minimum context slot has not been reached",
      data: { contextSlot: 6 },
    });
  });

  it("name the parameter, what it is and what is expected", () => {
    expect(refusal("getBalance")).toBe(
      "-32602 Invalid params: address is missing; expected an address (base58 of 32 bytes).",
    );
    expect(refusal("getBalance", 5)).toMatch(/address is 5; expected an address/);
    expect(refusal("getBalance", alice, { minContextSlot: -1 })).toMatch(
      /config.minContextSlot is -1; expected a slot/,
    );
    expect(refusal("getBalance", alice, [])).toMatch(/config is \[\]; expected an object/);
    expect(refusal("getBalance", alice, {}, 1)).toBe("-32602 Invalid params: got 3 of them; expected at most 2.");
    expect(refusal("getMultipleAccounts", [alice, "x"])).toMatch(/addresses.1 is "x"; expected an address/);
    expect(refusal("getBalance", "y".repeat(1000)).length).toBeLessThan(200);
    expect(refusal("getMinimumBalanceForRentExemption", 2n ** 64n)).toMatch(
      /size is 18446744073709551616; expected a number of bytes/,
    );
  });

  it("getBalance: 0 for nobody, and the slot it holds for", () => {
    expect(get("getBalance", alice)).toEqual({ context: { slot: 3, apiVersion: "0.1.0" }, value: 5_000_000 });
    expect(value("getBalance", nobody)).toBe(0);
  });

  it("getEpochInfo and getEpochSchedule tell where in the epoch it stands", () => {
    expect(get("getEpochInfo", { commitment: "processed" })).toEqual({
      absoluteSlot: 6,
      blockHeight: 6,
      epoch: 0,
      slotIndex: 6,
      slotsInEpoch: 32,
      transactionCount: small.head().transactionCount,
    });
    expect(get("getEpochSchedule")).toEqual({
      slotsPerEpoch: 32,
      leaderScheduleSlotOffset: 32,
      warmup: false,
      firstNormalEpoch: 0,
      firstNormalSlot: 0,
    });
  });

  it("getSupply gives what the bank accounts for", () => {
    const { total } = small.head().supply;
    expect(value("getSupply", { commitment: "processed", excludeNonCirculatingAccountsList: true })).toEqual({
      total: Number(total),
      circulating: Number(total),
      nonCirculating: 0,
      nonCirculatingAccounts: [],
    });
  });

  it("getMinimumBalanceForRentExemption is Solana's rule", () => {
    expect(get("getMinimumBalanceForRentExemption", 200)).toBe(2_282_880);
    expect(get("getMinimumBalanceForRentExemption", 0n, { commitment: "processed" })).toBe(890_880);
    expect(refusal("getMinimumBalanceForRentExemption", 10 * 1024 * 1024 + 1)).toMatch(/-32602/);
  });
});

describe("accounts", () => {
  it("come in the encoding asked for, rent epoch and size with them", () => {
    const plain = { lamports: 5_000_000, owner: "11111111111111111111111111111111", executable: false };
    const rest = { ...plain, rentEpoch: u64Max, space: 0 };
    expect(value("getAccountInfo", alice)).toEqual({ ...rest, data: "" });
    expect(value("getAccountInfo", alice, { encoding: "base58" })).toEqual({ ...rest, data: ["", "base58"] });
    expect(value("getAccountInfo", alice, { encoding: "jsonParsed" })).toEqual({ ...rest, data: ["", "base64"] });
    expect(value("getAccountInfo", nobody, { encoding: "base64" })).toBeNull();
    expect(refusal("getAccountInfo", alice, { encoding: "hex" })).toMatch(/config.encoding is "hex"; expected one of/);
  });

  it("refuse base58 of more than 128 bytes, unless a slice is shorter", () => {
    const { voteAccount } = first!;
    expect(refusal("getAccountInfo", voteAccount, { encoding: "base58" })).toBe(
      "-32600 Encoded binary (base 58) data should be less than 128 bytes, please use Base64 encoding.",
    );
    const slice = (offset: number, length: number) =>
      call("getAccountInfo", voteAccount, { encoding: "base58", dataSlice: { offset, length } });
    expect(slice(4, 32).result.value.data).toEqual([first!.identity.address, "base58"]);
    expect(slice(0, 128).result.value.data[0]).not.toBe("");
    expect(slice(0, 129).error?.code).toBe(-32600);
    expect(slice(5000, 10).result.value.data).toEqual(["", "base58"]);
  });

  it("parse vote accounts, current fields and old ones", () => {
    const { data } = value("getAccountInfo", first!.voteAccount, { encoding: "jsonParsed", commitment: "processed" });
    expect(data).toMatchObject({ program: "vote", space: 3762, parsed: { type: "vote" } });
    expect(data.parsed.info).toMatchObject({
      nodePubkey: first!.identity.address,
      commission: 5,
      inflationRewardsCommissionBps: 500,
      blockRevenueCommissionBps: 10_000,
      pendingDelegatorRewards: "0",
      blsPubkeyCompressed: null,
      rootSlot: null,
      priorVoters: [],
      authorizedVoters: [{ epoch: 0, authorizedVoter: first!.identity.address }],
    });
    expect(data.parsed.info.votes.at(-1)).toEqual({ latency: 1, slot: 5, confirmationCount: 1 });
  });

  it("come up to a hundred at a time", () => {
    expect(value("getMultipleAccounts", [alice, nobody])).toMatchObject([{ data: ["", "base64"] }, null]);
    expect(value("getMultipleAccounts", Array(100).fill(nobody))).toHaveLength(100);
    expect(refusal("getMultipleAccounts", Array(101).fill(nobody))).toMatch(/expected a list of at most 100 addresses/);
  });
});

describe("blockhashes", () => {
  it("are valid until the height told with them", () => {
    const own = createSmallChain({ params: { blockhashTtl: 3 }, confirmedLag: 0, finalizedLag: 0 });
    const client = createCaller(own.view);
    const { blockhash, lastValidBlockHeight } = client.value("getLatestBlockhash");
    expect(blockhash).toBe(own.head().blockhash);
    for (let height = 0; height < lastValidBlockHeight; height++) {
      expect(client.value("isBlockhashValid", blockhash)).toBe(true);
      own.produce({ votes: false });
    }
    expect(client.get("getBlockHeight")).toBe(lastValidBlockHeight);
    expect(client.value("isBlockhashValid", blockhash)).toBe(false);
    expect(client.value("isBlockhashValid", nobody)).toBe(false);
    expect(client.refusal("isBlockhashValid", "x")).toMatch(/-32602/);
  });

  it("price a message of either version, while its blockhash is known", () => {
    for (const version of ["legacy", 0] as const) {
      const { messageBytes } = small.transfer(small.faucet, alice, 1n, version);
      const message = base64.encode(messageBytes);
      expect(value("getFeeForMessage", message, { commitment: "processed" })).toBe(5000);
      expect(value("getFeeForMessage", message), "finalized has not seen it").toBeNull();
    }
    for (const message of ["", "AQ==", "!", "/////w==", "A".repeat(5000)]) {
      expect(refusal("getFeeForMessage", message), message).toMatch(/-32602/);
    }
  });
});

describe("the node", () => {
  it("says who and what it is", () => {
    expect(get("getIdentity")).toEqual({ identity: small.view.identity });
    expect(get("getVersion")["solana-core"]).toMatch(/^\d+\.\d+\.\d+-escapement\.0\.1\.0$/);
    expect(get("getGenesisHash")).toBe(small.chain.genesisHash);
    expect(get("getAgGenesisCert")).toBeNull();
    expect(get("getFirstAvailableBlock")).toBe(1);
    expect(get("minimumLedgerSlot")).toBe(1);
    expect(refusal("getVersion", 1)).toMatch(/-32602/);
  });

  it("lists itself, with its address, and its peers", () => {
    const nodes = get("getClusterNodes");
    expect(nodes).toHaveLength(4);
    expect(nodes[0]).toMatchObject({ pubkey: small.view.identity, rpc: "127.0.0.1:8899" });
    expect(nodes[1]).toMatchObject({ pubkey: first!.identity.address, rpc: null, gossip: null });
  });

  it("tells when it lags", () => {
    expect(get("getHealth")).toBe("ok");
    small.setSlotsBehind(42);
    expect(call("getHealth").error).toEqual({
      code: -32005,
      message: "Node is behind by 42 slots",
      data: { numSlotsBehind: 42 },
    });
    small.setSlotsBehind(-1);
    expect(call("getHealth").error).toEqual({
      code: -32005,
      message: "Node is unhealthy",
      data: { numSlotsBehind: null },
    });
    small.setSlotsBehind(null);
  });

  it("gives its genesis as text that parses", () => {
    const parsed = parseGenesis(get("escapement_getGenesis"));
    expect(parsed.ok && parsed.value).toEqual(small.chain.genesis);
  });
});
