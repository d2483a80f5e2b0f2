/** getSignaturesForAddress, and the search behind it. */
import { getAddMemoInstruction } from "@solana-program/memo";
import { describe, expect, it } from "vitest";
import { createCaller } from "../../../test/support/rpc-calls.ts";
import { createSmallChain, type SmallChain } from "../../../test/support/small-chain.ts";
import { keypairOf, requestOf } from "../../../test/support/transactions.ts";
import { encodeBase58 } from "../../base/base58.ts";
import { systemProgramAddress, voteProgramAddress } from "../../chain/addresses.ts";
import type { Address, Signature } from "../../chain/ids.ts";
import { slotOf } from "../../chain/ids.ts";
import { formatMemos, signaturesForAddressMax } from "./address-history.ts";

const alice = keypairOf("alice").address;
const nobody = keypairOf("nobody").address;

type Entry = { readonly signature: string; readonly slot: number; readonly transactionIndex: number };
const signaturesOf = (entries: readonly Entry[]) => entries.map(({ signature }) => signature);

/** Two payments to alice a block, a few slots skipped, everything but the newest blocks packed. */
function chainOfPayments(blocks: number, ledger: object = {}) {
  const small = createSmallChain({ ledger: { unpackedMax: 2, ...ledger } });
  const sent: Signature[] = [];
  for (let i = 0; i < blocks; i++) {
    const payments = [1n, 2n].map((more) => small.transfer(small.faucet, alice, 1_000_000n + BigInt(2 * i) + more));
    small.produce({ slot: small.head().slot + 1 + (i % 3 === 2 ? 1 : 0), transactions: payments });
    sent.push(...payments.map(({ signature }) => signature));
  }
  return { small, sent: sent.reverse(), client: createCaller(small.view) };
}

/** The obvious way: look at every transaction there is. */
function searchDumb(small: SmallChain, address: Address, commitment: "confirmed" | "finalized"): string[] {
  const { ledger } = small.view;
  return ledger
    .slotsBetween(slotOf(0), slotOf(10_000), commitment)
    .flatMap((slot) => ledger.blockAt(slot)!.results)
    .filter(({ transaction }) => transaction.accountKeys.includes(address))
    .map(({ transaction }) => transaction.signature)
    .reverse();
}

describe("getSignaturesForAddress", () => {
  const { small, sent, client } = chainOfPayments(12);
  const { get, refusal } = client;

  it("gives what names the address, newest first, from packed blocks as from others", () => {
    const finalized = sent.slice(2 * 3);
    expect(signaturesOf(get("getSignaturesForAddress", alice))).toEqual(finalized);
    expect(signaturesOf(get("getSignaturesForAddress", alice, { commitment: "confirmed" }))).toEqual(sent.slice(2));
    const [first, validator] = [small.faucet.address, small.validators[0]!];
    const addresses = [first, validator.voteAccount, validator.identity.address, voteProgramAddress, nobody];
    for (const address of [...addresses, systemProgramAddress]) {
      for (const commitment of ["confirmed", "finalized"] as const) {
        const told = get("getSignaturesForAddress", address, { commitment });
        expect(signaturesOf(told)).toEqual(searchDumb(small, address, commitment));
      }
    }
    expect(get("getSignaturesForAddress", nobody)).toEqual([]);
  });

  it("says where, when and how settled each one is", () => {
    const [newest] = get("getSignaturesForAddress", alice, { commitment: "confirmed", limit: 1 });
    const [older] = get("getSignaturesForAddress", alice, { limit: 1 });
    const place = small.ledger.transactionAt(newest.signature)!;
    expect(newest).toEqual({
      signature: sent[2],
      slot: place.slot,
      transactionIndex: place.index,
      err: null,
      memo: null,
      blockTime: small.ledger.headerAt(place.slot)!.unixTimestamp,
      confirmationStatus: "confirmed",
    });
    expect(older.confirmationStatus).toBe("finalized");
  });

  it("goes on from `before`, ends before `until`, and gives as many as are asked for", () => {
    const told = (config: object) =>
      signaturesOf(get("getSignaturesForAddress", alice, { commitment: "confirmed", ...config }));
    const all = sent.slice(2);
    for (const [from, to] of [
      [0, 5],
      [1, 6],
      [6, 7],
      [7, 7],
      [9, 3],
    ] as const) {
      expect(told({ before: all[from], until: all[to] })).toEqual(all.slice(from + 1, to));
    }
    expect(told({ limit: 3 })).toEqual(all.slice(0, 3));
    expect(told({ before: all[4], limit: 3 })).toEqual(all.slice(5, 8));
    expect(told({ before: all.at(-1) })).toEqual([]);
    expect(told({ until: all[0] })).toEqual([]);
    const unknown = encodeBase58(new Uint8Array(64).fill(9));
    expect(told({ before: unknown })).toEqual([]);
    expect(told({ until: unknown })).toEqual(all);
    // Not yet settled so far as asked: begins at the newest that is.
    expect(signaturesOf(get("getSignaturesForAddress", alice, { before: sent[0] }))).toEqual(sent.slice(6));
  });

  it("keeps to its limits, and refuses what makes no sense", () => {
    expect(get("getSignaturesForAddress", alice, { limit: signaturesForAddressMax })).toHaveLength(18);
    for (const limit of [0, signaturesForAddressMax + 1]) {
      expect(refusal("getSignaturesForAddress", alice, { limit })).toBe(
        "-32602 Invalid params: Invalid limit; max 1000",
      );
    }
    expect(refusal("getSignaturesForAddress", alice, { limit: -1 })).toMatch(/-32602 .*config.limit is -1/);
    expect(refusal("getSignaturesForAddress", "x")).toMatch(/-32602 .*address is "x"/);
    expect(refusal("getSignaturesForAddress", alice, { before: alice })).toMatch(/-32602 .*expected a signature/);
    expect(refusal("getSignaturesForAddress", alice, { until: 1 })).toMatch(/-32602/);
    expect(refusal("getSignaturesForAddress", alice, { commitment: "processed" })).toBe(
      "-32602 Invalid params: Method does not support commitment below `confirmed`",
    );
    const newest = small.ledger.newestSlot("finalized");
    expect(refusal("getSignaturesForAddress", alice, { minContextSlot: newest })).toBe("none");
    expect(refusal("getSignaturesForAddress", alice, { minContextSlot: newest + 1 })).toMatch(/-32016/);
  });

  it("forgets with the ledger, and follows it to another fork", () => {
    const bounded = chainOfPayments(12, { slotsMax: 4 });
    expect(bounded.client.get("getSignaturesForAddress", alice).length).toBeLessThan(10);
    const forked = createSmallChain({ confirmedLag: 0, finalizedLag: 9 });
    const told = () =>
      signaturesOf(createCaller(forked.view).get("getSignaturesForAddress", alice, { commitment: "confirmed" }));
    const base = forked.produce().bank;
    const [left, right] = [1_000_001n, 1_000_002n].map((lamports) => forked.transfer(forked.faucet, alice, lamports));
    const { bank } = forked.produce({ slot: 2, transactions: [left!], votes: false });
    expect(told()).toEqual([left!.signature]);
    const other = forked.produce({ slot: 3, transactions: [right!], parent: base, votes: false }).bank;
    expect(told()).toEqual([right!.signature]);
    forked.ledger.onReport({ type: "head-changed", bank, previous: other.blockId });
    forked.ledger.onReport({ type: "block-confirmed", bank });
    expect(told()).toEqual([left!.signature]);
  });

  it("tells memos with their lengths, of failed transactions too", () => {
    const own = createSmallChain({ confirmedLag: 0, finalizedLag: 0 });
    const { faucet } = own;
    const note = (memo: string) => requestOf(getAddMemoInstruction({ memo }));
    own.produce({ transactions: [own.createSigned(faucet, [note("hello"), note("grüß")])], votes: false });
    const broken = { programAddress: note("").programAddress, accounts: [], data: Uint8Array.of(0xff) };
    const failing = own.createSigned(faucet, [broken]);
    own.produce({ transactions: [failing], votes: false });
    const entries = createCaller(own.view).get("getSignaturesForAddress", faucet.address);
    expect(entries.map(({ memo }: { memo: string | null }) => memo)).toEqual([
      "[1] (unparseable)",
      "[5] hello; [6] grüß",
    ]);
    expect(entries[0].err).not.toBeNull();
    expect(formatMemos(own.transfer(faucet, alice, 1n))).toBeNull();
  });
});
