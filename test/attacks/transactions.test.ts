/** Group C, first half: payments, their amounts, and what is signed. Bytes are made by hand where the attack lies in them. */
import { createHash } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { describe, expect, it } from "vitest";
import { encodeBase58 } from "../../src/base/base58.ts";
import { ByteWriter, concatBytes, encodeHex } from "../../src/base/bytes.ts";
import { sha256 } from "../../src/base/sha256.ts";
import { createGenesisBank } from "../../src/chain/bank.ts";
import { createChain } from "../../src/chain/chain.ts";
import { createTransaction } from "../../src/chain/create-transaction.ts";
import type { Keypair } from "../../src/chain/crypto.ts";
import { portableEd25519 } from "../../src/chain/ed25519.ts";
import { createGenesis } from "../../src/chain/genesis.ts";
import type { Lamports } from "../../src/chain/ids.ts";
import { produceBlock } from "../../src/chain/produce-block.ts";
import { portableSecp256k1 } from "../../src/chain/secp256k1.ts";
import { verifyChain } from "../../src/chain/verify-chain.ts";
import {
  buildAttackChain,
  crypto,
  firstSlotAfter,
  growChain,
  networkOf,
  paramsOf,
  sol,
  strangerOf,
  transfer,
  transferWith,
  u64Bytes,
} from "../support/attack-chain.ts";
import {
  alice,
  balanceIn,
  bob,
  border,
  carol,
  dave,
  fee,
  floatBytes,
  genesisBank,
  land,
  pay,
  priced,
  signatures,
  startCluster,
  transactionOf,
} from "./payments.ts";

describe("C1–C4: one payment lands once", () => {
  it("C1: the same bytes land once: refused in the mempool, after they landed, and in a block", () => {
    const { cluster, head, verified } = startCluster();
    const payment = pay(alice, bob, 25n * sol);
    expect(cluster.submit([payment]).size).toBe(0);
    expect(cluster.submit([payment]).get(payment.signature)).toMatchObject({ code: "mempool-duplicate" });
    for (let i = 0; i < 3; i++) cluster.advanceSlot();
    expect(balanceIn(head(), bob)).toBe(1025n * sol);
    // Until it is final the observer keeps it, should its fork be abandoned; then the chain's own memory answers.
    expect(cluster.submit([payment]).get(payment.signature)).toMatchObject({ code: "mempool-duplicate" });
    for (let i = 0; i < 40; i++) cluster.advanceSlot();
    expect(cluster.submit([payment]).get(payment.signature)).toMatchObject({
      code: "transaction-barred",
      facts: { error: '"AlreadyProcessed"' },
    });
    for (let i = 0; i < 3; i++) cluster.advanceSlot();
    expect(balanceIn(head(), bob)).toBe(1025n * sol);
    expect(verified()).toMatchObject({ ok: true });
    const first = land([payment]);
    expect(first.errors).toEqual([null]);
    expect(land([payment], first.bank)).toMatchObject({ errors: [], barred: ["AlreadyProcessed"] });
  });

  it("C2: three payments, each within the balance and together above it: what is there is spent, once", () => {
    const { cluster, head, verified, reports } = startCluster();
    const payments = [600n, 601n, 602n].map((coins) => pay(alice, bob, coins * sol));
    expect(cluster.submit(payments).size).toBe(0);
    for (let i = 0; i < 3; i++) cluster.advanceSlot();
    expect(balanceIn(head(), bob)).toBe(1600n * sol);
    expect(balanceIn(head(), alice)).toBe(400n * sol - 3n * fee);
    expect(verified()).toMatchObject({ ok: true });
    expect(reports.filter(({ type }) => type === "block-refused")).toEqual([]);
    const overdrawn = { InstructionError: [0, { Custom: 1 }] };
    expect(land(payments).errors).toEqual([null, overdrawn, overdrawn]);
  });

  it("C2: who has spent all cannot even pay for the second: it is barred", () => {
    const all = pay(alice, bob, 1000n * sol - fee);
    expect(land([all, pay(alice, bob, 1n)])).toMatchObject({ errors: [null], barred: ["AccountNotFound"] });
  });

  it("C3: a signature with s + L (Ed25519) is refused, by every implementation", () => {
    const payment = pay(alice, bob, 40n * sol);
    const bytes = payment.bytes.slice();
    const order = ed25519.Point.Fn.ORDER;
    let s = BigInt(`0x${encodeHex(bytes.slice(33, 65).reverse())}`) + order;
    for (let i = 0; i < 32; i++, s >>= 8n) bytes[33 + i] = Number(s & 0xffn);
    expect(s).toBe(0n);
    for (const scheme of [signatures, portableEd25519]) {
      expect(border(payment.bytes, scheme).ok).toBe(true);
      expect(border(bytes, scheme)).toMatchObject({
        code: "signature-invalid",
        facts: { signer: alice.address, index: 0 },
      });
    }
  });

  it("C3: a signature with n - s (secp256k1) is refused, though plain ECDSA would take it", () => {
    const signer = portableSecp256k1.createKeypair(sha256(new Uint8Array(1)));
    const request = { feePayer: signer, instructions: [transferWith(signer.address, bob.address, u64Bytes(40n))] };
    const payment = createTransaction({
      ...request,
      scheme: portableSecp256k1,
      recentBlockhash: genesisBank.blockhash,
    });
    const { r, s } = secp256k1.Signature.fromBytes(payment.signatures[0]!.slice(), "compact");
    const twin = new secp256k1.Signature(r, secp256k1.Point.Fn.neg(s)).toBytes("compact");
    const key = concatBytes(Uint8Array.of(2), signer.publicKey);
    expect(secp256k1.verify(twin, payment.messageBytes, key, { prehash: true, lowS: false })).toBe(true);
    const bytes = payment.bytes.slice();
    bytes.set(twin, 1);
    expect(border(payment.bytes, portableSecp256k1).ok).toBe(true);
    expect(border(bytes, portableSecp256k1)).toMatchObject({ code: "signature-invalid" });
  });

  it("C4: signing again gives the same bytes, so a wallet that retries sends the same payment", () => {
    for (const scheme of [portableEd25519, signatures, portableSecp256k1]) {
      const signer = scheme.createKeypair(sha256(new Uint8Array(3)));
      const message = new Uint8Array(100);
      expect(scheme.sign(message, signer)).toEqual(scheme.sign(message.slice(), { ...signer }));
      expect(scheme.sign(message, signer)).not.toEqual(scheme.sign(message.with(0, 1), signer));
    }
  });

  it("C4: a second valid signature of its owner makes no second copy: the chain remembers messages, not signatures", () => {
    const payment = pay(alice, bob, 10n * sol);
    // What a randomised signer would do: another nonce, the same key, the same message.
    const { scalar } = ed25519.utils.getExtendedPublicKey(alice.secretKey);
    const { Fn, BASE } = ed25519.Point;
    const nonce = 123_456_789n;
    const R = BASE.multiply(nonce).toBytes();
    const digest = createHash("sha512").update(R).update(alice.publicKey).update(payment.messageBytes).digest();
    const k = Fn.create(BigInt(`0x${encodeHex(Uint8Array.from(digest).reverse())}`));
    const bytes = payment.bytes.slice();
    bytes.set(concatBytes(R, Fn.toBytes(Fn.create(nonce + k * scalar))), 1);
    const second = border(bytes);
    if (!second.ok) throw new Error(second.code);
    expect(second.value.signature).not.toBe(payment.signature);
    expect(second.value.messageHash).toBe(payment.messageHash);
    expect(land([payment, second.value])).toMatchObject({ errors: [null], barred: ["AlreadyProcessed"] });
    expect(land([second.value], land([payment]).bank)).toMatchObject({ errors: [], barred: ["AlreadyProcessed"] });
    expect(land([second.value]).errors).toEqual([null]);
  });
});

describe("C5–C10: amounts", () => {
  const overdrawn = { InstructionError: [0, { Custom: 1 }] };
  const landAmount = (amount: Uint8Array, to = bob) =>
    land([transactionOf(alice, [transferWith(alice.address, to.address, amount)])]);

  it.each([
    ["C5", "-1000 in two's complement", new ByteWriter(8).i64(-1000n).finish()],
    ["C5", "the greatest u64", u64Bytes(2n ** 64n - 1n)],
    ["C6", "the bits of NaN", floatBytes(Number.NaN)],
    ["C7", "the bits of -infinity", floatBytes(Number.NEGATIVE_INFINITY)],
    ["C7", "the bits of infinity", floatBytes(Number.POSITIVE_INFINITY)],
  ])(
    "%s: there is no sign, NaN or infinity on the wire: %s is an amount above the balance, and moves nothing",
    (_, __, amount) => {
      const { bank, errors } = landAmount(amount);
      expect(errors).toEqual([overdrawn]);
      expect([balanceIn(bank, alice), balanceIn(bank, bob)]).toEqual([1000n * sol - fee, 1000n * sol]);
      expect(landAmount(u64Bytes(1000n)).errors).toEqual([null]);
    },
  );

  it("C5: an amount of fewer bytes than eight is refused by the program", () => {
    expect(landAmount(new Uint8Array(7)).errors).toEqual([{ InstructionError: [0, "InvalidInstructionData"] }]);
    expect(landAmount(new Uint8Array(8)).errors).toEqual([null]);
  });

  it("C8: nothing is free: a payment of zero costs its fee, and an account that does not exist cannot land any", () => {
    const { bank, errors } = land([pay(alice, bob, 0n)]);
    expect([errors, balanceIn(bank, alice)]).toEqual([[null], 1000n * sol - fee]);
    const nobody = strangerOf("nobody");
    expect(land([pay(nobody, bob, 0n)])).toMatchObject({ errors: [], barred: ["AccountNotFound"] });
  });

  it("one that comes twice in a message is taken once and not refused; when both are too many, it is", () => {
    const { cluster } = startCluster({ mempoolTransactionsPerPayerMax: 2 });
    const [first, second, third] = [pay(alice, bob, 1n), pay(alice, bob, 2n), pay(alice, bob, 3n)];
    const refusals = cluster.submit([first, first, second, third, third]);
    expect([...refusals]).toMatchObject([[third.signature, { code: "mempool-payer-limit" }]]);
    expect([...cluster.submit([first, first])]).toMatchObject([[first.signature, { code: "mempool-duplicate" }]]);
  });

  it("C8: the mempool is bounded, in all and by payer, at the limit and one past it", () => {
    const { cluster } = startCluster({ mempoolTransactionsMax: 8, mempoolTransactionsPerPayerMax: 5 });
    const spam = Array.from({ length: 6 }, (_, i) => pay(alice, bob, BigInt(i)));
    const refusals = cluster.submit(spam);
    expect([...refusals.values()]).toMatchObject([
      { code: "mempool-payer-limit", facts: { transactionsPerPayerMax: 5 } },
    ]);
    const more = cluster.submit(Array.from({ length: 4 }, (_, i) => pay(carol, bob, BigInt(i))));
    expect([...more.values()]).toMatchObject([
      { code: "mempool-full", facts: { transactions: 8, transactionsMax: 8 } },
    ]);
  });

  // Two holes in one: `keep` in validator/transactions.ts does not ask whether the payer can pay. When it does, these two
  // tests say so by failing: take `.fails` away then.
  it("C8: a payment whose payer cannot pay the fee finds no place in the mempool", () => {
    const { cluster } = startCluster();
    const nobody = strangerOf("nobody");
    expect(cluster.submit([pay(alice, bob, 1n)]).size).toBe(0);
    expect(cluster.submit([pay(nobody, bob, 0n)]).size).toBe(1);
  });

  /** What bob gets of an honest payment of 7 lamports when these come after it into a mempool of four. */
  const paidBeside = (others: Parameters<typeof land>[0]) => {
    const { cluster, head } = startCluster({ mempoolTransactionsMax: 4 });
    cluster.submit([pay(alice, bob, 7n)]);
    cluster.submit(others);
    for (let i = 0; i < 3; i++) cluster.advanceSlot();
    return balanceIn(head(), bob) - 1000n * sol;
  };
  const pricedBy = (from: Keypair, count: number) =>
    Array.from({ length: count }, (_, i) => priced(from, 900_000n + BigInt(i), dave));

  it("C8: a full mempool gives room to those who pay more, and only then", () => {
    expect(paidBeside([])).toBe(7n);
    expect(paidBeside(pricedBy(carol, 3))).toBe(7n);
    expect(paidBeside(pricedBy(carol, 4))).toBe(0n);
  });

  it("C8: payments with a high price and no money behind them drive no honest payment out", () => {
    expect(paidBeside(pricedBy(strangerOf("nobody"), 4))).toBe(7n);
  });

  it("C9: no lamport is lost or found, however large the account it goes to", () => {
    const rich = strangerOf("rich");
    const holder = strangerOf("holder");
    const balances = new Map([
      [rich.address, 100_000_000_000_000_000n as Lamports],
      [holder.address, (1000n * sol) as Lamports],
    ]);
    const plan = { params: paramsOf(), creationTime: 0, balances };
    const registration = {
      identity: strangerOf("i").address,
      voteAccount: strangerOf("v").address,
      stakeAccount: strangerOf("s").address,
      stake: (900n * sol) as Lamports,
      commission: 0,
      source: holder.address,
    };
    const genesis = createGenesis({ ...plan, registrations: [registration] }, signatures);
    if (!genesis.ok) throw new Error(genesis.code);
    const own = createChain(genesis.value, crypto);
    const bank = createGenesisBank(own);
    const ten = transfer(holder, rich.address, 10n, bank.blockhash);
    const candidates = [{ transaction: ten, computeUnitLimit: 3000 }];
    const after = produceBlock(own, bank, firstSlotAfter(bank), strangerOf("i"), candidates).bank;
    expect(after.results[0]?.error).toBeNull();
    expect(1e17 + 1).toBe(1e17);
    expect(balanceIn(after, rich) - balanceIn(bank, rich)).toBe(10n);
    expect(after.supply.total + after.supply.burned).toBe(bank.supply.total);
  });

  it("C9: three payments of a tenth leave nothing behind, and the sums of a long run are exact", () => {
    const tenths = [100_000_000n, 100_000_001n, 99_999_999n].map((lamports) => pay(alice, dave, lamports));
    const { bank } = land(tenths);
    expect(balanceIn(bank, dave)).toBe(1000n * sol + 300_000_000n);
    expect(balanceIn(bank, alice)).toBe(1000n * sol - 300_000_000n - 3n * fee);
    const run = buildAttackChain();
    const verdict = verifyChain({ genesis: run.network.genesis, blocks: run.blocks, crypto });
    const { total } = run.banks[0]!.supply;
    expect(verdict.ok && verdict.supply.total + verdict.supply.burned - verdict.supply.minted).toBe(total);
  });

  it("C10: a payment to oneself costs its fee and changes nothing else", () => {
    for (const lamports of [0n, 1n, 300_000_000n, 1000n * sol - fee]) {
      const { bank, errors } = land([pay(alice, alice, lamports)]);
      expect([errors, balanceIn(bank, alice)]).toEqual([[null], 1000n * sol - fee]);
    }
    expect(land([pay(alice, alice, 1000n * sol - fee + 1n)]).errors).toEqual([overdrawn]);
  });
});

describe("C11–C13: what is signed", () => {
  it("C11: no bit of a signed message can be moved or changed: the signature covers each at its place", () => {
    const payment = pay(alice, bob, 91n);
    expect(border(payment.bytes).ok).toBe(true);
    for (let at = 65; at < payment.bytes.length; at++) {
      for (const bit of [0, 3, 7]) {
        const bytes = payment.bytes.with(at, payment.bytes[at]! ^ (1 << bit));
        expect(border(bytes).ok).toBe(false);
      }
    }
    const shop = pay(alice, bob, 1n).messageBytes;
    expect(shop.length).toBe(pay(alice, bob, 2n ** 60n).messageBytes.length);
  });

  it("C11: one transaction has one encoding: bytes before, after or between are refused", () => {
    const { bytes } = pay(alice, bob, 91n);
    for (let length = 0; length < bytes.length; length++) expect(border(bytes.slice(0, length)).ok).toBe(false);
    expect(border(concatBytes(bytes, Uint8Array.of(0))).ok).toBe(false);
    expect(border(concatBytes(Uint8Array.of(0), bytes)).ok).toBe(false);
    // The count of keys, 3, in two bytes of its compact form instead of one.
    const padded = concatBytes(bytes.slice(0, 68), Uint8Array.of(0x83, 0), bytes.slice(69));
    expect(bytes[68]).toBe(3);
    expect(border(padded)).toMatchObject({ ok: false, code: expect.stringMatching(/not-canonical|malformed/) });
  });

  it("C12: a payment signed for one chain is worth nothing on another: its blockhash is not known there", () => {
    const other = growChain(networkOf({}, "main net"), [1]);
    const foreign = transfer(alice, bob.address, 1n, other.banks[1]!.blockhash);
    const foreignGenesis = transfer(alice, bob.address, 1n, other.chain.genesisHash);
    expect(land([foreign, foreignGenesis])).toMatchObject({
      errors: [],
      barred: ["BlockhashNotFound", "BlockhashNotFound"],
    });
    expect(land([pay(alice, bob, 1n)]).errors).toEqual([null]);
    const { cluster } = startCluster();
    expect(cluster.submit([foreign]).get(foreign.signature)).toMatchObject({
      code: "transaction-barred",
      facts: { error: '"BlockhashNotFound"' },
    });
  });

  it("C13: signatures are over SHA-256 or stronger: one over SHA-1 is refused", () => {
    const signer = portableSecp256k1.createKeypair(sha256(new Uint8Array(2)));
    const message = new TextEncoder().encode("a payment");
    const signHash = (name: string) =>
      secp256k1.sign(createHash(name).update(message).digest().subarray(0, 32), signer.secretKey, { prehash: false });
    expect(portableSecp256k1.verify(signHash("sha256"), message, signer.publicKey)).toBe(true);
    const sha1 = concatBytes(new Uint8Array(12), createHash("sha1").update(message).digest());
    const weak = secp256k1.sign(sha1, signer.secretKey, { prehash: false });
    expect(portableSecp256k1.verify(weak, message, signer.publicKey)).toBe(false);
    const payment = pay(alice, bob, 1n);
    expect(payment.messageHash).toBe(encodeBase58(createHash("sha256").update(payment.messageBytes).digest()));
  });
});
