import { sha256 } from "@noble/hashes/sha2.js";
import {
  address,
  appendTransactionMessageInstruction,
  type Blockhash,
  compileTransaction,
  createKeyPairSignerFromPrivateKeyBytes,
  createTransactionMessage,
  getCompiledTransactionMessageDecoder,
  getCompiledTransactionMessageEncoder,
  getTransactionDecoder,
  getTransactionEncoder,
  pipe,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  signTransactionMessageWithSigners,
} from "@solana/kit";
import {
  PublicKey,
  SystemProgram,
  TransactionMessage,
  VersionedTransaction,
  Keypair as Web3Keypair,
  Transaction as Web3Transaction,
} from "@solana/web3.js";
import { getTransferSolInstruction } from "@solana-program/system";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressNamed, keypairOf, recentBlockhash, transactionOf } from "../../test/support/transactions.ts";
import { concatBytes, equalBytes } from "../base/bytes.ts";
import { systemProgramAddress, voteProgramAddress } from "./addresses.ts";
import { createTransaction } from "./create-transaction.ts";
import { portableEd25519 } from "./ed25519.ts";
import { addressBytes, hashBytes, signatureOf } from "./ids.ts";
import { profiles } from "./params.ts";
import { parseTransaction, transactionErrorOf, verifyTransactionSignatures } from "./parse-transaction.ts";
import { portableSecp256k1 } from "./secp256k1.ts";

const params = profiles.lab;
const payer = keypairOf("payer");
const alice = addressNamed("alice");

const transferRequest = (from = payer.address, to = alice, lamports = 5n) => ({
  programAddress: systemProgramAddress,
  accounts: [
    { address: from, isSigner: true, isWritable: true },
    { address: to, isSigner: false, isWritable: true },
  ],
  data: Uint8Array.of(2, 0, 0, 0, Number(lamports), 0, 0, 0, 0, 0, 0, 0),
});

const signedTransfer = () => transactionOf(["payer"], [transferRequest()], portableEd25519);

type RawMessage = {
  prefix?: number[];
  header?: [number, number, number];
  keys?: Uint8Array[];
  instructions?: { program: number; accounts: number[]; data?: number[] }[];
  lookups?: number[] | null;
  signatures?: number;
};

/** Wire bytes from parts, so that each of them can be wrong. Counts below 128 only. */
function wire({
  prefix = [],
  header = [1, 0, 1],
  keys = ["payer", "alice"].map((name) => addressBytes(addressNamed(name))).concat(addressBytes(systemProgramAddress)),
  instructions = [{ program: 2, accounts: [0, 1] }],
  lookups = null,
  signatures = header[0],
}: RawMessage): Uint8Array {
  const encoded = instructions.flatMap(({ program, accounts, data = [9] }) => [
    program,
    accounts.length,
    ...accounts,
    data.length,
    ...data,
  ]);
  return concatBytes(
    Uint8Array.of(signatures),
    new Uint8Array(64 * signatures).fill(1),
    Uint8Array.from(prefix),
    Uint8Array.from(header),
    Uint8Array.of(keys.length),
    ...keys,
    hashBytes(recentBlockhash),
    Uint8Array.of(instructions.length),
    Uint8Array.from(encoded),
    Uint8Array.from(lookups ?? []),
  );
}

const codeOf = (bytes: Uint8Array, limits = params) => {
  const parsed = parseTransaction(bytes, limits);
  return parsed.ok ? "ok" : parsed.code;
};

describe("parseTransaction", () => {
  it("takes apart what kit built and signed, legacy and version 0", async () => {
    const signer = await createKeyPairSignerFromPrivateKeyBytes(payer.secretKey);
    for (const version of ["legacy", 0] as const) {
      const message = pipe(
        createTransactionMessage({ version }),
        (m) => setTransactionMessageFeePayerSigner(signer, m),
        (m) =>
          setTransactionMessageLifetimeUsingBlockhash(
            { blockhash: recentBlockhash as string as Blockhash, lastValidBlockHeight: 9n },
            m,
          ),
        (m) =>
          appendTransactionMessageInstruction(
            getTransferSolInstruction({ source: signer, destination: address(alice), amount: 5n }),
            m,
          ),
      );
      const signed = await signTransactionMessageWithSigners(message);
      const bytes = getTransactionEncoder().encode(signed) as Uint8Array;
      const parsed = parseTransaction(bytes, params);
      if (!parsed.ok) throw new Error(parsed.code);
      const transaction = parsed.value;
      expect(transaction.version).toBe(version);
      expect(transaction.accountKeys).toEqual([payer.address, alice, systemProgramAddress]);
      expect(transaction.isWritable).toEqual([true, true, false]);
      expect(transaction.recentBlockhash).toBe(recentBlockhash);
      expect(transaction.instructions).toEqual([
        { programIndex: 2, accountIndices: [0, 1], data: transferRequest().data },
      ]);
      expect(transaction.signature).toBe(signatureOf(signed.signatures[signer.address] as Uint8Array));
      expect(verifyTransactionSignatures(transaction, portableEd25519).ok).toBe(true);
      // Signing is deterministic and the order of these keys is forced, so ours is the same transaction.
      const own = createTransaction({
        scheme: portableEd25519,
        feePayer: payer,
        instructions: [transferRequest()],
        recentBlockhash,
        version,
      });
      expect(own.bytes).toEqual(Uint8Array.from(bytes));
    }
  });

  it("takes apart what web3.js built and signed, legacy and version 0", () => {
    const from = Web3Keypair.fromSeed(payer.secretKey);
    const instruction = SystemProgram.transfer({
      fromPubkey: from.publicKey,
      toPubkey: new PublicKey(alice),
      lamports: 5,
    });
    const legacy = new Web3Transaction({ feePayer: from.publicKey, recentBlockhash }).add(instruction);
    legacy.sign(from);
    const v0 = new VersionedTransaction(
      new TransactionMessage({
        payerKey: from.publicKey,
        recentBlockhash,
        instructions: [instruction],
      }).compileToV0Message(),
    );
    v0.sign([from]);
    for (const bytes of [legacy.serialize(), v0.serialize()]) {
      const parsed = parseTransaction(bytes, params);
      if (!parsed.ok) throw new Error(parsed.code);
      expect(verifyTransactionSignatures(parsed.value, portableEd25519).ok).toBe(true);
      expect(parsed.value.accountKeys).toEqual([payer.address, alice, systemProgramAddress]);
    }
  });

  it("accepts an all-zero signature, which kit decodes to none, and refuses to verify it", async () => {
    const signer = await createKeyPairSignerFromPrivateKeyBytes(payer.secretKey);
    const message = pipe(
      createTransactionMessage({ version: 0 }),
      (m) => setTransactionMessageFeePayerSigner(signer, m),
      (m) =>
        setTransactionMessageLifetimeUsingBlockhash(
          { blockhash: recentBlockhash as string as Blockhash, lastValidBlockHeight: 9n },
          m,
        ),
    );
    const unsigned = getTransactionEncoder().encode(compileTransaction(message)) as Uint8Array;
    const parsed = parseTransaction(unsigned, params);
    if (!parsed.ok) throw new Error(parsed.code);
    expect(parsed.value.signatures).toEqual([new Uint8Array(64)]);
    expect(verifyTransactionSignatures(parsed.value, portableEd25519)).toEqual({
      ok: false,
      code: "signature-invalid",
      facts: { signer: payer.address, index: 0 },
    });
  });

  it("keeps its own copy of the bytes", () => {
    const bytes = wire({});
    const parsed = parseTransaction(bytes, params);
    bytes.fill(0);
    expect(parsed.ok && parsed.value.signatures[0]?.[0]).toBe(1);
  });

  it("keeps copies side by side in small pieces of memory, of which refused bytes take up nothing", () => {
    const acceptOne = () => {
      const parsed = parseTransaction(wire({}), params);
      if (!parsed.ok) throw new Error(parsed.code);
      return parsed.value.bytes;
    };
    let first = acceptOne();
    // One that is not the last of its piece.
    while (first.byteOffset + 2 * first.length > first.buffer.byteLength) first = acceptOne();
    for (let i = 0; i < 100; i++) expect(parseTransaction(wire({}).fill(0, 40), params).ok).toBe(false);
    const second = acceptOne();
    expect(second.buffer).toBe(first.buffer);
    expect(second.byteOffset).toBe(first.byteOffset + first.length);
    expect(first).toEqual(wire({}));
    expect(first.buffer.byteLength).toBeLessThanOrEqual(4096);
  });

  it("names each thing that is wrong", () => {
    const key = (name: string) => addressBytes(addressNamed(name));
    const keys = (count: number) => Array.from({ length: count }, (_, i) => key(`k${i}`));
    expect(codeOf(wire({}))).toBe("ok");
    expect(codeOf(wire({ prefix: [0x80], lookups: [0] }))).toBe("ok");
    expect(codeOf(new Uint8Array(0))).toBe("transaction-malformed");
    expect(codeOf(wire({}).subarray(0, -1))).toBe("transaction-malformed");
    expect(codeOf(concatBytes(wire({}), Uint8Array.of(0)))).toBe("transaction-not-canonical");
    expect(codeOf(wire({ prefix: [0x81], lookups: [0] }))).toBe("transaction-version-unsupported");
    expect(codeOf(wire({ prefix: [0x82], lookups: [0] }))).toBe("transaction-version-unsupported");
    expect(codeOf(Uint8Array.of(0x81, ...wire({})))).toBe("transaction-version-unsupported");
    expect(codeOf(Uint8Array.of(0x80, ...wire({})))).toBe("transaction-malformed");
    expect(codeOf(wire({ prefix: [0x80], lookups: [1, ...key("table"), 1, 0, 0] }))).toBe(
      "address-table-lookups-unsupported",
    );
    expect(codeOf(wire({ signatures: 2 }))).toBe("signature-count-wrong");
    expect(codeOf(wire({ signatures: 0 }))).toBe("signature-count-wrong");
    expect(codeOf(wire({ header: [0, 0, 1], signatures: 0 }))).toBe("header-invalid");
    expect(codeOf(wire({ header: [1, 1, 1] }))).toBe("header-invalid");
    expect(codeOf(wire({ header: [1, 0, 3] }))).toBe("header-invalid");
    expect(codeOf(wire({ header: [1, 0, 2] }))).toBe("ok");
    expect(codeOf(wire({ keys: [key("payer"), key("payer"), key("p")] }))).toBe("account-loaded-twice");
    expect(codeOf(wire({ instructions: [{ program: 0, accounts: [] }] }))).toBe("program-index-invalid");
    expect(codeOf(wire({ instructions: [{ program: 3, accounts: [] }] }))).toBe("program-index-invalid");
    expect(codeOf(wire({ instructions: [{ program: 2, accounts: [0, 3] }] }))).toBe("account-index-out-of-range");
    expect(codeOf(wire({ keys: keys(4) }), { ...params, accountLocksMax: 4 })).toBe("ok");
    expect(codeOf(wire({ keys: keys(5) }), { ...params, accountLocksMax: 4 })).toBe("too-many-account-locks");
    const many = (count: number) =>
      wire({ instructions: Array.from({ length: count }, () => ({ program: 2, accounts: [] })) });
    expect(codeOf(many(64))).toBe("ok");
    expect(codeOf(many(65))).toBe("too-many-instructions");
    const size = wire({}).length;
    expect(codeOf(wire({}), { ...params, transactionBytesMax: size })).toBe("ok");
    expect(codeOf(wire({}), { ...params, transactionBytesMax: size - 1 })).toBe("transaction-too-large");
  });

  it("refuses a count in a longer form than needed", () => {
    const bytes = wire({});
    const at = 1 + 64 + 3;
    const padded = concatBytes(bytes.subarray(0, at), Uint8Array.of(0x83, 0), bytes.subarray(at + 1));
    expect(codeOf(padded)).toBe("transaction-not-canonical");
  });

  it("accepts counts of two bytes where they are needed, up to the full size", () => {
    const request = { programAddress: alice, accounts: [] };
    for (const length of [127, 128, 300, 1232 - 170]) {
      const { bytes } = transactionOf(["payer"], [{ ...request, data: new Uint8Array(length) }]);
      expect(codeOf(bytes)).toBe("ok");
      if (length > 1000) expect(bytes.length).toBe(1232);
    }
  });

  it("accepts 255 accounts of one instruction and refuses one more", () => {
    const accounts = (count: number) => Array(count).fill({ address: payer.address, isSigner: true, isWritable: true });
    const request = (count: number) => ({ programAddress: alice, accounts: accounts(count), data: new Uint8Array(0) });
    expect(codeOf(transactionOf(["payer"], [request(255)]).bytes)).toBe("ok");
    expect(() => transactionOf(["payer"], [request(256)])).toThrow("too-many-instruction-accounts");
  });

  it("names the message by its plain SHA-256, whoever signed it", () => {
    const signed = signedTransfer();
    const other = transactionOf(["payer"], [transferRequest()]);
    expect(hashBytes(signed.messageHash)).toEqual(sha256(signed.messageBytes));
    expect([other.messageHash, other.signature === signed.signature]).toEqual([signed.messageHash, false]);
  });

  it("never writes reserved addresses or invoked programs, whatever the header asks", () => {
    const keys = ["payer", "program", "alice"].map((name) => addressBytes(addressNamed(name)));
    const parsed = parseTransaction(
      wire({
        header: [1, 0, 0],
        keys: [...keys, addressBytes(voteProgramAddress)],
        instructions: [{ program: 1, accounts: [0, 1, 2, 3] }],
      }),
      params,
    );
    expect(parsed.ok && parsed.value.isWritable).toEqual([true, false, true, false]);
  });

  it("is total on random bytes and on bytes near a transaction, and what it accepts is canonical", () => {
    const good = signedTransfer().bytes;
    const mutated = fc
      .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((changes) => {
        const bytes = good.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        return bytes;
      });
    const cut = fc.tuple(fc.nat(good.length), fc.nat(good.length)).map(([a, b]) => good.slice(Math.min(a, b), b));
    const random = fc.uint8Array({ maxLength: 300 });
    const framed = fc.uint8Array({ maxLength: 200 }).map((tail) => concatBytes(good.subarray(0, 65), tail));
    fc.assert(
      fc.property(fc.oneof(random, mutated, cut, framed), (bytes) => {
        const parsed = parseTransaction(bytes, params);
        if (!parsed.ok) return;
        const { value } = parsed;
        expect(equalBytes(value.bytes, bytes)).toBe(true);
        // Dumb twin: kit decodes and encodes it all again.
        const { messageBytes } = getTransactionDecoder().decode(bytes);
        const message = getCompiledTransactionMessageDecoder().decode(messageBytes);
        expect(getCompiledTransactionMessageEncoder().encode(message)).toEqual(value.messageBytes);
        const rebuilt = concatBytes(Uint8Array.of(value.signatures.length), ...value.signatures, value.messageBytes);
        expect(equalBytes(rebuilt, bytes)).toBe(true);
        expect(value.isWritable[0] || value.accountKeys[0] === systemProgramAddress).toBe(true);
      }),
      { seed: 1234, numRuns: 2000 },
    );
  });
});

describe("verifyTransactionSignatures", () => {
  it("accepts both schemes' signatures and refuses any changed byte of message or signature", () => {
    for (const scheme of [portableEd25519, portableSecp256k1]) {
      const [from, second] = [
        scheme.createKeypair(new Uint8Array(32).fill(1)),
        scheme.createKeypair(new Uint8Array(32).fill(2)),
      ];
      const transaction = createTransaction({
        scheme,
        feePayer: from,
        signers: [second],
        instructions: [transferRequest(second.address)],
        recentBlockhash,
      });
      expect(verifyTransactionSignatures(transaction, scheme).ok).toBe(true);
      for (const [at, index] of [
        [5, 0],
        [70, 1],
        [transaction.bytes.length - 1, 0],
      ] as const) {
        const bytes = transaction.bytes.slice();
        bytes[at]! ^= 1;
        const parsed = parseTransaction(bytes, params);
        if (!parsed.ok) throw new Error(parsed.code);
        const verified = verifyTransactionSignatures(parsed.value, scheme);
        expect(verified).toMatchObject({ ok: false, code: "signature-invalid", facts: { index } });
      }
    }
  });
});

describe("transactionErrorOf", () => {
  it("speaks the words of Solana's clients", () => {
    const errorOf = (bytes: Uint8Array) => {
      const parsed = parseTransaction(bytes, params);
      return parsed.ok ? null : transactionErrorOf(parsed);
    };
    expect(errorOf(new Uint8Array(3))).toBe("SanitizeFailure");
    expect(errorOf(wire({ prefix: [0x82], lookups: [0] }))).toBe("UnsupportedVersion");
    expect(errorOf(wire({ keys: [1, 1, 2].map((i) => new Uint8Array(32).fill(i)) }))).toBe("AccountLoadedTwice");
    expect(transactionErrorOf({ ok: false, code: "too-many-account-locks", facts: {} })).toBe("TooManyAccountLocks");
    expect(transactionErrorOf({ ok: false, code: "signature-invalid", facts: {} })).toBe("SignatureFailure");
  });
});

describe("createTransaction", () => {
  it("makes what kit decodes to the same message, with every key in its group", () => {
    const names = ["b", "c", "d", "e"].map(addressNamed);
    const transaction = transactionOf(
      ["payer", "b", "c"],
      [
        {
          programAddress: addressNamed("program"),
          accounts: [
            { address: names[3]!, isSigner: false, isWritable: false },
            { address: names[1]!, isSigner: true, isWritable: false },
            { address: names[2]!, isSigner: false, isWritable: true },
            { address: names[0]!, isSigner: true, isWritable: true },
            { address: names[3]!, isSigner: false, isWritable: false },
          ],
          data: Uint8Array.of(1, 2, 3),
        },
      ],
      portableEd25519,
    );
    const { messageBytes } = getTransactionDecoder().decode(transaction.bytes);
    const message = getCompiledTransactionMessageDecoder().decode(messageBytes);
    expect(message).toMatchObject({
      version: "legacy",
      header: { numSignerAccounts: 3, numReadonlySignerAccounts: 1, numReadonlyNonSignerAccounts: 2 },
      lifetimeToken: recentBlockhash,
    });
    const { accountKeys } = transaction;
    expect(accountKeys.slice(0, 4)).toEqual([payer.address, names[0], names[1], names[2]]);
    expect(transaction.instructions[0]!.accountIndices.map((index) => accountKeys[index])).toEqual([
      names[3],
      names[1],
      names[2],
      names[0],
      names[3],
    ]);
    expect(transaction.isWritable).toEqual([true, true, false, true, false, false]);
    expect(verifyTransactionSignatures(transaction, portableEd25519).ok).toBe(true);
  });

  it("asserts that all key pairs are there", () => {
    expect(() => transactionOf(["payer"], [transferRequest(alice)])).toThrow("key pair of signer");
  });
});
