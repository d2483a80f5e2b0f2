/** Group C, second half: the mempool, types, supply, addresses, time, errors and limits. */
import { execFileSync } from "node:child_process";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AssertionError } from "../../src/base/assert.ts";
import { encodeBase58 } from "../../src/base/base58.ts";
import { concatBytes, encodeHex } from "../../src/base/bytes.ts";
import { sha256 } from "../../src/base/sha256.ts";
import { accountAt, accountsEntries } from "../../src/chain/accounts-tree.ts";
import { applyBlock } from "../../src/chain/apply-block.ts";
import { executeInBank, freezeBank, openBank } from "../../src/chain/bank.ts";
import { createChain } from "../../src/chain/chain.ts";
import type { Crypto } from "../../src/chain/crypto.ts";
import { portableEd25519 } from "../../src/chain/ed25519.ts";
import { genesisSysvarLamports } from "../../src/chain/genesis-sysvars.ts";
import { formatGenesis, parseGenesis } from "../../src/chain/genesis-text.ts";
import { type Address, addressOf, type Lamports, parseAddress } from "../../src/chain/ids.ts";
import { portablePohKernel } from "../../src/chain/poh-kernel.ts";
import { produceBlock } from "../../src/chain/produce-block.ts";
import { portableSecp256k1 } from "../../src/chain/secp256k1.ts";
import type { Transaction, Verified } from "../../src/chain/transaction.ts";
import { verifyChain } from "../../src/chain/verify-chain.ts";
import { Cluster } from "../../src/sim/cluster.ts";
import { createCheckedSignatures } from "../../src/validator/checked-signatures.ts";
import type { Report } from "../../src/validator/contract.ts";
import {
  buildAttackChain,
  crypto,
  firstSlotAfter,
  forgeBlock,
  growChain,
  keysOf,
  leaderOf,
  networkOf,
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
  budget,
  carol,
  chain,
  dave,
  fee,
  floatBytes,
  genesisBank,
  land,
  network,
  pay,
  priced,
  startCluster,
  transactionOf,
} from "./payments.ts";

describe("C14–C16: the mempool", () => {
  const included = (transactions: readonly Verified<Transaction>[]) => {
    const { cluster, head } = startCluster();
    cluster.submit(transactions);
    cluster.advanceSlot();
    return head()
      .results.filter(({ isVote }) => !isVote)
      .map(({ transaction }) => transaction.signature);
  };

  it("C14: the same transactions make the same block, in every instance and in another process", () => {
    const runs = [buildAttackChain({ slots: 4 }), buildAttackChain({ slots: 4 })];
    const [one, other] = runs.map(({ blocks }) => blocks.map(({ blockId }) => blockId));
    expect(one).toEqual(other);
    expect(buildAttackChain({ slots: 4, seed: "other" }).blocks.at(-1)?.blockId).not.toBe(one?.at(-1));
    const script = `
      const { Cluster } = await import("./dist/sim/cluster.js");
      const { createNetwork } = await import("./dist/sim/network.js");
      const { createParams } = await import("./dist/chain/params.js");
      const { nodeSignatures } = await import("./dist/host/node-crypto.js");
      const scheme = nodeSignatures.ed25519;
      const { portablePohKernel } = await import("./dist/chain/poh-kernel.js");
      const { createTransaction } = await import("./dist/chain/create-transaction.js");
      const { hashOf } = await import("./dist/chain/ids.js");
      const network = createNetwork({ seed: "attack", params: createParams("lab", { slotsPerEpoch: 32, slotsPerRotation: 1, hashesPerTick: 8 }).value,
        creationTime: 1700000000, validators: [{ stake: 600000000000n }, { stake: 300000000000n }, { stake: 100000000000n }], accounts: 6,
        accountLamports: 1000000000000n }, scheme).value;
      const cluster = new Cluster({ network, crypto: { signatures: scheme, poh: portablePohKernel } });
      const recentBlockhash = cluster.observing.consensus.head().bank.blockhash;
      const payments = network.accounts.map((from, i) => {
        const data = new Uint8Array(12); data[0] = 2; data[4] = i;
        const accounts = [from.address, network.accounts[1].address].map((address, n) => ({ address, isSigner: n === 0, isWritable: true }));
        const instructions = [{ programAddress: "11111111111111111111111111111111", accounts, data }];
        return createTransaction({ scheme, feePayer: from, instructions, recentBlockhash });
      });
      cluster.submit(payments);
      cluster.advanceSlot();
      const { blockId, stateHash } = cluster.observing.consensus.head().bank;
      console.log(blockId, stateHash);`;
    const answer = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    const { cluster, head } = startCluster();
    cluster.submit(
      network.accounts.map((from, i) =>
        transactionOf(from, [transferWith(from.address, bob.address, u64Bytes(BigInt(i)))]),
      ),
    );
    cluster.advanceSlot();
    expect(answer.trim()).toBe(`${head().blockId} ${head().stateHash}`);
    expect(head().results.length).toBe(6);
  });

  it("C15: transactions land by what they pay, and at the same price in the order of their arrival", () => {
    const [low, high, middle, late, same] = [
      priced(alice, 10_000n),
      priced(bob, 900_000n),
      priced(carol, 500_000n),
      priced(dave, 900_000n),
      priced(network.accounts[4]!, 500_000n),
    ] as const;
    const expected = [high, late, middle, same, low].map(({ signature }) => signature);
    expect(included([low, high, middle, late, same])).toEqual(expected);
    const swapped = [late, high, same, middle, low].map(({ signature }) => signature);
    expect(included([late, low, same, high, middle])).toEqual(swapped);
  });

  it("C15: a payment that waits for another's money lands after it, and the first of 61 arrivals first", () => {
    const arrivals = Array.from({ length: 61 }, (_, i) => pay(network.accounts[i % 6]!, bob, BigInt(i + 1)));
    expect(included(arrivals)).toEqual(arrivals.map(({ signature }) => signature));
    const poor = strangerOf("poor");
    const [funding, spending] = [pay(alice, poor, 10n * sol), pay(poor, bob, 5n * sol)];
    expect(land([funding, spending]).errors).toEqual([null, null]);
    expect(land([spending, funding])).toMatchObject({ errors: [null], barred: ["AccountNotFound"] });
  });

  it("C16: poisoned transactions spoil nothing but themselves: the others of the batch land, the chain verifies", () => {
    const ghostProgram = { programAddress: strangerOf("program").address, accounts: [], data: new Uint8Array(0) };
    const poison = [
      transactionOf(carol, [{ ...ghostProgram, programAddress: "11111111111111111111111111111111" as Address }]),
      transactionOf(carol, [ghostProgram]),
      transactionOf(carol, [transferWith(carol.address, bob.address, floatBytes(Number.NaN))]),
      transactionOf(carol, [transferWith(carol.address, bob.address, new Uint8Array(3))]),
      transactionOf(carol, [{ ...budget(1n), data: Uint8Array.of(99) }]),
      transactionOf(carol, [{ ...transferWith(dave.address, carol.address, u64Bytes(1n)), accounts: [] }]),
      pay(strangerOf("nobody"), bob, 5n),
    ];
    const good = [pay(alice, bob, 25n * sol), pay(bob, dave, 15n * sol)];
    const { cluster, head, verified } = startCluster();
    cluster.submit([poison[0]!, good[0]!, ...poison.slice(1, 4), good[1]!, ...poison.slice(4)]);
    for (let i = 0; i < 4; i++) cluster.advanceSlot();
    expect(balanceIn(head(), alice)).toBe(975n * sol - fee);
    expect(balanceIn(head(), dave)).toBe(1015n * sol);
    expect(verified()).toMatchObject({ ok: true, blocks: 4 });
    const { errors, barred } = land([...poison, ...good]);
    expect(errors.slice(-2)).toEqual([null, null]);
    expect(errors.slice(0, -2).every((error) => error !== null)).toBe(true);
    expect(errors.length + barred.length).toBe(9);
  });
});

describe("C17–C20: types, supply, addresses", () => {
  it("C17: an amount is an integer in genesis too: true, a float, a word or a number in its place are refused", () => {
    const text = formatGenesis(network.genesis);
    expect(parseGenesis(text).ok).toBe(true);
    const amount = '"lamports":"1000000000000"';
    expect(text).toContain(amount);
    for (const wrong of [
      "true",
      "1000000000000",
      '"5.0"',
      '"-5"',
      '"1e3"',
      '"NaN"',
      "null",
      '"18446744073709551616"',
    ]) {
      const parsed = parseGenesis(text.replace(amount, `"lamports":${wrong}`));
      expect(parsed).toMatchObject({ ok: false, code: "genesis-malformed" });
    }
  });

  it("C17: on the wire there are no types: whatever eight bytes say is a whole number of lamports from 0 to 2^64 - 1", () => {
    fc.assert(
      fc.property(fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 1001n * sol)), (amount) => {
        const bytes = u64Bytes(amount);
        const { bank, errors } = land([transactionOf(alice, [transferWith(alice.address, bob.address, bytes)])]);
        // What is left is nothing, or at least the rent-exempt minimum.
        const left = 1000n * sol - fee - amount;
        const isPaid = left === 0n || left >= 890_880n;
        expect(errors[0] === null).toBe(isPaid);
        expect(balanceIn(bank, bob)).toBe(1000n * sol + (isPaid ? amount : 0n));
      }),
      {
        seed: 1234,
        numRuns: 40,
        examples: [
          [0n],
          [1n],
          [1000n * sol - fee],
          [1000n * sol - fee - 1n],
          [1000n * sol - fee - 890_880n],
          [2n ** 64n - 1n],
        ],
      },
    );
  });

  it("C18: there is no door to mint through: a bank whose accounts gained a lamport does not freeze", () => {
    const slot = firstSlotAfter(genesisBank);
    const open = () => openBank(chain, genesisBank, slot, leaderOf(chain, genesisBank, slot));
    const honest = open();
    expect(executeInBank(honest, pay(alice, bob, 5n))).toBeNull();
    const frozen = freezeBank(honest, genesisBank.blockhash);
    expect(frozen.supply.total).toBe(genesisBank.supply.total - fee / 2n);
    for (const gain of [1n, -1n]) {
      const working = open();
      const account = accountAt(genesisBank.accounts, alice.address)!;
      working.overlay.set(alice.address, { ...account, lamports: (account.lamports + gain) as Lamports });
      expect(() => freezeBank(working, genesisBank.blockhash)).toThrow(/supply not conserved/);
    }
  });

  it("C18: the supply is defined: genesis adds it up, fees burn of it, and every state hash commits to it", () => {
    // The sysvars, which the rules put there, hold their rent.
    const written = genesisSysvarLamports(chain.params);
    const counted = network.genesis.accounts.reduce((sum, [, { lamports }]) => sum + lamports, written);
    expect([...accountsEntries(genesisBank.accounts)].reduce((sum, [, { lamports }]) => sum + lamports, 0n)).toBe(
      counted,
    );
    expect(genesisBank.supply).toEqual({ total: counted, minted: 0n, burned: 0n });
    const { bank } = land([pay(alice, bob, 5n)]);
    expect(bank.supply).toEqual({ total: counted - fee / 2n, minted: 0n, burned: fee / 2n });
    expect(bank.stateHash).not.toBe(land([]).bank.stateHash);
  });

  it("C19: a key has one address and one spelling of it", () => {
    const { address, publicKey } = alice;
    expect(parseAddress(address)).toBe(address);
    const hex = encodeHex(publicKey);
    for (const spelling of [
      hex,
      hex.toUpperCase(),
      `0x${hex}`,
      ` ${address}`,
      `${address} `,
      `${address}\n`,
      `1${address}`,
    ]) {
      expect(parseAddress(spelling)).toBeNull();
    }
    const lower = parseAddress(address.toLowerCase().replaceAll("l", "m"));
    if (lower !== null) expect(addressOfText(lower)).not.toEqual(publicKey);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const text = addressOf(bytes);
        expect(addressOfText(text)).toEqual(bytes);
        expect(parseAddress(`1${text}`)).toBeNull();
      }),
      { seed: 1234, numRuns: 100 },
    );
  });

  it("C19: of the curve points with one x only the one with even y is a key: a scalar and its negative share one address", () => {
    const { Fn } = secp256k1.Point;
    const scalar = sha256(new Uint8Array(4));
    const [one, negative] = [scalar, Fn.toBytes(Fn.neg(Fn.fromBytes(scalar)))].map((seed) =>
      portableSecp256k1.createKeypair(seed),
    );
    expect(one?.address).toBe(negative?.address);
    const compressed = concatBytes(Uint8Array.of(2), one!.publicKey);
    expect(parseAddress(encodeBase58(compressed))).toBeNull();
    expect(portableSecp256k1.isPublicKey(compressed)).toBe(false);
    expect(portableSecp256k1.isPublicKey(one!.publicKey)).toBe(true);
  });

  it("C20: a receiver is 32 bytes: an empty, short or long address cannot be written into a payment", () => {
    expect(pay(alice, bob, 1n).accountKeys).toContain(bob.address);
    for (const text of ["", "bob", bob.address.slice(0, -2), `${bob.address}11`, `${bob.address.slice(0, -1)}0`]) {
      expect(parseAddress(text)).toBeNull();
      expect(() => transfer(alice, text as Address, 10n * sol, genesisBank.blockhash)).toThrow(AssertionError);
    }
  });

  it("C20: an account that does not exist is not opened below the rent-exempt minimum", () => {
    const nobody = strangerOf("typing error");
    expect(land([pay(alice, nobody, 890_879n)]).errors).toEqual([
      { InsufficientFundsForRent: { account_index: expect.any(Number) } },
    ]);
    expect(land([pay(alice, nobody, 890_880n)]).errors).toEqual([null]);
  });
});

describe("C21–C24: time, errors, limits", () => {
  it("C21: a transaction lives for blockhashTtl blocks, and not one more", () => {
    const short = networkOf({ blockhashTtl: 5 });
    const at = (height: number) => {
      const grown = growChain(
        short,
        Array.from({ length: height - 1 }, (_, i) => i + 1),
      );
      const parent = grown.banks.at(-1)!;
      const payment = transfer(short.accounts[0]!, bob.address, 1n, grown.banks[0]!.blockhash);
      const slot = firstSlotAfter(parent);
      const leader = keysOf(short).get(leaderOf(grown.chain, parent, slot))!;
      const { barred } = produceBlock(grown.chain, parent, slot, leader, [
        { transaction: payment, computeUnitLimit: 3000 },
      ]);
      const forged = forgeBlock(grown.chain, parent, {
        slot,
        leader: leader.address,
        signer: leader,
        batches: [[payment]],
      });
      return [barred[0]?.error ?? null, applyBlock(grown.chain, parent, forged)];
    };
    expect(at(5)).toMatchObject([null, { ok: true }]);
    expect(at(6)).toMatchObject([
      "BlockhashNotFound",
      { code: "transaction-barred", facts: { error: '"BlockhashNotFound"' } },
    ]);
  });

  it("C21: what expired while it waited leaves the mempool, with its reason", () => {
    // Votes come first and fill these blocks, so that a payment waits until it is too old.
    const waitFor = (blockTransactionsMax: number) => {
      const brief = networkOf({ blockhashTtl: 3, blockTransactionsMax });
      const reports: Report[] = [];
      const onReport = (_: number, report: Report) => reports.push(report);
      const cluster: Cluster = new Cluster({ network: brief, crypto, onReport });
      for (let i = 0; i < 3; i++) cluster.advanceSlot();
      const { blockhash, height } = cluster.observing.consensus.head().bank;
      const payment = transfer(brief.accounts[0]!, bob.address, 1n, blockhash);
      expect(cluster.submit([payment]).size).toBe(0);
      for (let i = 0; i < 6; i++) cluster.advanceSlot();
      const { bank } = cluster.observing.consensus.head();
      const drops = reports.filter((report) => report.type === "transaction-dropped");
      return { drops, signature: payment.signature, lastValidHeight: height + 3, cluster, paid: balanceIn(bank, bob) };
    };
    const { drops, signature, lastValidHeight, cluster, paid } = waitFor(3);
    expect(drops[0]).toMatchObject({ signature, code: "blockhash-expired", facts: { lastValidHeight } });
    expect(cluster.observing.mempool.entries.length).toBe(0);
    expect([paid, waitFor(4).paid]).toEqual([1000n * sol, 1000n * sol + 1n]);
  });

  it("C22: a bad signature is an answer, a fault of ours is not: what a scheme throws comes through", () => {
    const payment = pay(alice, bob, 1n);
    const { block } = land([payment]);
    const failing = (error: Error): Crypto => ({
      signatures: createCheckedSignatures({
        ...portableEd25519,
        verify: () => {
          throw error;
        },
      }),
      poh: portablePohKernel,
    });
    for (const error of [new AssertionError("ours"), new RangeError("stack"), new Error("interrupted")]) {
      const broken = failing(error);
      expect(() => border(payment.bytes, broken.signatures)).toThrow(error);
      expect(() => applyBlock(createChain(network.genesis, broken), genesisBank, block)).toThrow(error);
      expect(() => verifyChain({ genesis: network.genesis, blocks: [block], crypto: broken })).toThrow(error);
    }
    expect(verifyChain({ genesis: network.genesis, blocks: [block], crypto })).toMatchObject({ ok: true });
    const wrong = payment.bytes.with(10, payment.bytes[10]! ^ 1);
    expect(border(wrong)).toMatchObject({ ok: false, code: "signature-invalid" });
  });

  it("C23: a balance is looked at when a payment executes: what fell meanwhile is not spent", () => {
    const { cluster, head, verified } = startCluster();
    const [late, early] = [pay(alice, bob, 800n * sol), pay(alice, carol, 900n * sol)];
    expect(cluster.submit([early, late]).size).toBe(0);
    for (let i = 0; i < 3; i++) cluster.advanceSlot();
    expect([balanceIn(head(), alice), balanceIn(head(), bob)]).toEqual([100n * sol - 2n * fee, 1000n * sol]);
    expect(verified()).toMatchObject({ ok: true });
    expect(land([late]).errors).toEqual([null]);
    const drained = land([early]).bank;
    expect(land([late], drained).errors).toEqual([{ InstructionError: [0, { Custom: 1 }] }]);
  });

  it("C24: a transaction of 1232 bytes is accepted, one of 1233 refused before it is looked at", () => {
    const sized = (padding: number) =>
      transactionOf(alice, [transferWith(alice.address, bob.address, new Uint8Array(8 + padding))]);
    const { length } = sized(200).bytes;
    const full = sized(200 + 1232 - length);
    expect(full.bytes.length).toBe(1232);
    expect(border(full.bytes).ok).toBe(true);
    expect(land([full]).errors).toEqual([null]);
    const bytes = concatBytes(full.bytes, Uint8Array.of(0));
    expect(border(bytes)).toMatchObject({ code: "transaction-too-large", facts: { bytes: 1233, bytesMax: 1232 } });
    expect(border(new Uint8Array(5_000_000))).toMatchObject({ code: "transaction-too-large" });
    expect(() => sized(201 + 1232 - length)).toThrow(/transaction-too-large/);
    expect(parseAddress("1".repeat(5_000_000))).toBeNull();
  });
});

function addressOfText(text: Address): Uint8Array {
  const digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  let value = 0n;
  for (const letter of text) value = value * 58n + BigInt(digits.indexOf(letter));
  const bytes = new Uint8Array(32);
  for (let i = 31; i >= 0; i--, value >>= 8n) bytes[i] = Number(value & 0xffn);
  return bytes;
}
