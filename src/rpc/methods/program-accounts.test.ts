/** A program's accounts, and the richest. */
import { base64 } from "@scure/base";
import { describe, expect, it } from "vitest";
import { createCaller } from "../../../test/support/rpc-calls.ts";
import { createSmallChain } from "../../../test/support/small-chain.ts";
import { keypairOf } from "../../../test/support/transactions.ts";
import { encodeBase58 } from "../../base/base58.ts";
import { accountAt, accountsEntries } from "../../chain/accounts-tree.ts";
import { stakeProgramAddress, systemProgramAddress, voteProgramAddress } from "../../chain/addresses.ts";
import { compareAddresses } from "../../chain/ids.ts";

const small = createSmallChain();
for (let i = 0; i < 5; i++) small.produce();
const { call, get, refusal } = createCaller(small.view);
const [first, second] = small.validators;
const stakes = small.validators.map(({ stakeAccount }) => stakeAccount).sort(compareAddresses);

type Keyed = { readonly pubkey: string; readonly account: { readonly data: unknown; readonly space: number } };
const keysOf = (accounts: readonly Keyed[]) => accounts.map(({ pubkey }) => pubkey);
const base64Of = (filters: readonly unknown[]) => ({ encoding: "base64", filters });
const found = (...filters: unknown[]) => keysOf(get("getProgramAccounts", stakeProgramAddress, base64Of(filters)));
const refused = (...filters: unknown[]) => refusal("getProgramAccounts", stakeProgramAddress, base64Of(filters));

describe("getProgramAccounts", () => {
  it("gives all that a program owns, by ascending address, as getAccountInfo gives each", () => {
    for (const encoding of ["base64", "base64+zstd", "jsonParsed"]) {
      const accounts = get("getProgramAccounts", voteProgramAddress, { encoding, sortResults: true });
      expect(keysOf(accounts)).toEqual(small.validators.map(({ voteAccount }) => voteAccount).sort(compareAddresses));
      for (const { pubkey, account } of accounts) {
        expect(account).toEqual(get("getAccountInfo", pubkey, { encoding }).value);
      }
    }
    expect(get("getProgramAccounts", first!.voteAccount)).toEqual([]);
  });

  it("filters by size and by bytes at a place, in every encoding of the bytes", () => {
    expect(found({ dataSize: 200 })).toEqual(stakes);
    expect(found({ dataSize: 199 })).toEqual([]);
    const voter = { offset: 124, bytes: first!.voteAccount };
    expect(found({ memcmp: voter })).toEqual([first!.stakeAccount]);
    expect(found({ memcmp: { ...voter, encoding: "base58" } }, { dataSize: 200 })).toEqual([first!.stakeAccount]);
    expect(found({ memcmp: voter }, { memcmp: { offset: 124, bytes: second!.voteAccount } })).toEqual([]);
    const tag = Uint8Array.of(2, 0, 0, 0);
    for (const [bytes, encoding] of [
      [encodeBase58(tag), "base58"],
      [base64.encode(tag), "base64"],
      [[...tag], "bytes"],
      [[...tag], null],
    ]) {
      expect(found({ memcmp: { offset: 0, bytes, encoding } })).toEqual(stakes);
      expect(found({ memcmp: { offset: 1, bytes, encoding } })).toEqual([]);
    }
    expect(found({ memcmp: { offset: 200, bytes: "" } })).toEqual(stakes);
    expect(found({ memcmp: { offset: 201, bytes: "" } })).toEqual([]);
    expect(found({ memcmp: { offset: 199, bytes: [0, 0] } })).toEqual([]);
  });

  it("takes four filters and not five, 128 bytes and not 129", () => {
    const size = { dataSize: 200 };
    expect(found(size, size, size, size)).toEqual(stakes);
    expect(refused(size, size, size, size, size)).toMatch(/^-32602 .*expected a list of at most 4 filters\.$/);
    const { data } = accountAt(small.view.bank("finalized").accounts, first!.stakeAccount)!;
    for (const [encoding, encode] of [
      ["base58", encodeBase58],
      ["base64", base64.encode],
      ["bytes", (bytes: Uint8Array) => [...bytes]],
    ] as const) {
      const filter = (length: number) => ({
        memcmp: { offset: 12, bytes: encode(data.slice(12, 12 + length)), encoding },
      });
      expect(found(filter(128)), encoding).toEqual([first!.stakeAccount]);
      expect(refused(filter(129)), encoding).toMatch(/^-32602 .*expected at most 128 bytes, in the encoding/);
    }
  });

  it("refuses filters that make no sense, saying what it expects", () => {
    expect(refused({})).toMatch(/^-32602 .*config.filters.0 is \{\}; expected either "dataSize" or "memcmp"\.$/);
    expect(refused({ dataSize: 1, memcmp: { offset: 0, bytes: "" } })).toMatch(/expected either/);
    expect(refused({ dataSize: -1 })).toMatch(/config.filters.0.dataSize is -1; expected a number of bytes/);
    expect(refused({ dataSize: 1.5 })).toMatch(/-32602/);
    expect(refused({ dataSize: 2n ** 64n })).toMatch(/-32602/);
    expect(refused({ memcmp: { bytes: "1" } })).toMatch(/expected an object with "offset" and "bytes"/);
    expect(refused({ memcmp: { offset: 0 } })).toMatch(/expected an object with "offset" and "bytes"/);
    expect(refused({ memcmp: { offset: 0, bytes: "0OIl" } })).toMatch(/expected at most 128 bytes, in the encoding/);
    expect(refused({ memcmp: { offset: 0, bytes: "!", encoding: "base64" } })).toMatch(/-32602/);
    expect(refused({ memcmp: { offset: 0, bytes: "1", encoding: "bytes" } })).toMatch(/-32602/);
    expect(refused({ memcmp: { offset: 0, bytes: "1", encoding: "hex" } })).toMatch(
      /encoding is "hex"; expected one of/,
    );
    expect(refused({ memcmp: { offset: 0, bytes: [256] } })).toMatch(/-32602/);
    expect(refused({ memcmp: { offset: 0, bytes: 7 } })).toMatch(/expected text, or a list of bytes/);
    expect(refused("tokenAccountState")).toMatch(/expected an object/);
    expect(refused(null)).toMatch(/-32602/);
    expect(refusal("getProgramAccounts")).toMatch(/program is missing/);
    expect(refusal("getProgramAccounts", stakeProgramAddress, { filters: {} })).toMatch(/-32602/);
    expect(refusal("getProgramAccounts", stakeProgramAddress, { withContext: 1 })).toMatch(/-32602/);
  });

  it("gives slices, and refuses more than 128 bytes in base58, which is the default", () => {
    const sliced = (length: number, more: object) =>
      call("getProgramAccounts", stakeProgramAddress, { ...more, dataSlice: { offset: 124, length } });
    const [one] = sliced(32, base64Of([{ memcmp: { offset: 124, bytes: first!.voteAccount } }])).result;
    expect(encodeBase58(base64.decode(one.account.data[0]))).toBe(first!.voteAccount);
    expect(one.account.space).toBe(200);
    expect(
      sliced(32, {})
        .result.map(({ account }: Keyed) => account.data)
        .sort(),
    ).toEqual(small.validators.map(({ voteAccount }) => voteAccount).sort());
    expect(refusal("getProgramAccounts", stakeProgramAddress)).toBe(
      "-32600 Encoded binary (base 58) data should be less than 128 bytes, please use Base64 encoding.",
    );
    const whole = (length: number) =>
      refusal("getProgramAccounts", stakeProgramAddress, { encoding: "base58", dataSlice: { offset: 0, length } });
    expect(whole(128)).toBe("none");
    expect(whole(129)).toMatch(/-32600/);
  });

  it("gives its slot where that is asked for, and keeps to the commitment and the least slot", () => {
    const config = { encoding: "base64", withContext: true, commitment: "processed" };
    const { context, value } = get("getProgramAccounts", stakeProgramAddress, config);
    expect(context.slot).toBe(5);
    expect(keysOf(value)).toEqual(stakes);
    expect(get("getProgramAccounts", stakeProgramAddress, { ...config, withContext: false })).toEqual(value);
    expect(refusal("getProgramAccounts", stakeProgramAddress, { ...config, minContextSlot: 6 })).toMatch(/-32016/);
  });
});

describe("getLargestAccounts", () => {
  it("tells the twenty with the most lamports, of equal ones the lower address", () => {
    const own = createSmallChain({ confirmedLag: 0, finalizedLag: 0 });
    // With high addresses, so that ties come after all that are larger.
    const rich = Array.from({ length: 300 }, (_, index) => keypairOf(`rich ${index}`).address).sort(compareAddresses);
    for (const [index, address] of rich.slice(-30).entries()) {
      const lamports = 50_000_000_000n + (index === 9 ? 1n : 0n);
      own.produce({ transactions: [own.transfer(own.faucet, address, lamports)], votes: false });
    }
    const all = [...accountsEntries(own.head().accounts)]
      .map(([address, { lamports }]) => ({ address, lamports: Number(lamports) }))
      .sort((a, b) => b.lamports - a.lamports || compareAddresses(a.address, b.address));
    const client = createCaller(own.view);
    expect(client.value("getLargestAccounts")).toEqual(all.slice(0, 20));
    expect(client.value("getLargestAccounts", { filter: "circulating" })).toEqual(all.slice(0, 20));
    expect(client.value("getLargestAccounts", { filter: "nonCirculating" })).toEqual([]);
    expect(client.refusal("getLargestAccounts", { filter: "all" })).toMatch(/^-32602 .*config.filter is "all"/);
    expect(all.filter(({ address }) => address === systemProgramAddress)).toHaveLength(1);
  });
});
