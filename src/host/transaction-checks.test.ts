import { afterAll, describe, expect, it } from "vitest";
import { addressNamed, keypairOf, transactionOf } from "../../test/support/transactions.ts";
import { systemProgramAddress } from "../chain/addresses.ts";
import type { SignatureScheme } from "../chain/crypto.ts";
import { portableEd25519 } from "../chain/ed25519.ts";
import { verifyTransactionSignatures } from "../chain/parse-transaction.ts";
import { withStandIns } from "../chain/stand-ins.ts";
import type { Transaction } from "../chain/transaction.ts";
import { createCheckedSignatures } from "../validator/checked-signatures.ts";
import { nodeSignatures } from "./node-crypto.ts";
import { createSignaturePool } from "./signature-pool.ts";
import { verifyTransactions } from "./transaction-checks.ts";

const pool = createSignaturePool({ workersMax: 1, aloneMax: 0 });
afterAll(() => pool.close());

function transfer(signers: readonly string[], lamports: number): Transaction {
  const accounts = signers.map((name) => ({ address: keypairOf(name).address, isSigner: true, isWritable: true }));
  const to = { address: addressNamed("to"), isSigner: false, isWritable: true };
  const data = Uint8Array.of(2, 0, 0, 0, lamports, 0, 0, 0, 0, 0, 0, 0);
  const request = { programAddress: systemProgramAddress, accounts: [...accounts, to], data };
  return transactionOf([...signers], [request], portableEd25519);
}

function broken(transaction: Transaction, which: number): Transaction {
  const signatures = transaction.signatures.map((signature, index) =>
    index === which ? signature.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) : signature,
  );
  return { ...transaction, signatures };
}

const transactions = Array.from({ length: 40 }, (_, index) => {
  const made = transfer(index % 2 === 0 ? ["one"] : ["one", "two", "three"], index);
  return index % 5 === 0 ? broken(made, index % 2 === 0 ? 0 : 1) : made;
});

const schemes: Record<string, () => SignatureScheme> = {
  plain: () => nodeSignatures.ed25519,
  remembering: () => createCheckedSignatures(nodeSignatures.ed25519),
  "without triage": () => portableEd25519,
  "with a stand-in": () =>
    withStandIns(createCheckedSignatures(nodeSignatures.ed25519), [
      { identity: keypairOf("two").address, signer: keypairOf("three").address },
    ]),
};

describe("transactions checked on all cores", () => {
  it.each(Object.entries(schemes))("have the outcomes of one core: %s", async (_, createScheme) => {
    const scheme = createScheme();
    const expected = transactions.map((transaction) => verifyTransactionSignatures(transaction, createScheme()));
    for (let round = 0; round < 2; round++)
      expect(await verifyTransactions(transactions, scheme, pool)).toEqual(expected);
    expect(transactions.map((transaction) => verifyTransactionSignatures(transaction, scheme))).toEqual(expected);
    expect(expected.filter(({ ok }) => ok).length).toBeGreaterThan(10);
  });

  it("are asked of the curve once: what was found genuine is remembered, as if it had been verified here", async () => {
    let asked = 0;
    const counting: SignatureScheme = {
      ...nodeSignatures.ed25519,
      verify: (...triple) => {
        asked++;
        return nodeSignatures.ed25519.verify(...triple);
      },
    };
    const scheme = createCheckedSignatures(counting);
    const genuine = transactions.filter((transaction) => verifyTransactionSignatures(transaction, portableEd25519).ok);
    let questions = 0;
    const counted: Pick<typeof pool, "check"> = {
      check: (all) => {
        questions += all.length;
        return pool.check(all);
      },
    };
    await verifyTransactions(genuine, scheme, counted);
    const signatures = genuine.reduce((sum, transaction) => sum + transaction.signatures.length, 0);
    expect(questions).toBe(signatures);
    await verifyTransactions(genuine, scheme, counted);
    for (const transaction of genuine) expect(verifyTransactionSignatures(transaction, scheme).ok).toBe(true);
    expect([questions, asked]).toEqual([signatures, 0]);
  });
});
