import { createNoopSigner } from "@solana/kit";
import {
  getAdvanceNonceAccountInstruction,
  getAllocateInstruction,
  getAllocateWithSeedInstruction,
  getAssignInstruction,
  getAssignWithSeedInstruction,
  getCreateAccountInstruction,
  getCreateAccountWithSeedInstruction,
  getTransferSolInstruction,
  getTransferSolWithSeedInstruction,
} from "@solana-program/system";
import { describe, expect, it } from "vitest";
import {
  type AccountsMap,
  accountsOf,
  addressNamed,
  plainAccount,
  requestOf,
  testEnv,
  transactionOf,
} from "../../../test/support/transactions.ts";
import { utf8Bytes } from "../../base/bytes.ts";
import type { Account } from "../account.ts";
import { systemProgramAddress, voteProgramAddress } from "../addresses.ts";
import type { InstructionRequest } from "../create-transaction.ts";
import { computeAddressWithSeed } from "../derived-address.ts";
import { executeTransaction } from "../execute-transaction.ts";
import { type Address, u64Max } from "../ids.ts";
import { rentExemptMinimum } from "../rent.ts";

const sol = 1_000_000_000n;
const owner = voteProgramAddress;
const [from, to, base] = [addressNamed("from"), addressNamed("to"), addressNamed("base")];
const signer = createNoopSigner;

function derived(seed: string, by: Address = owner): Address {
  const address = computeAddressWithSeed(base, utf8Bytes(seed), by);
  if (!address.ok) throw new Error(address.code);
  return address.value;
}

/** Runs one instruction, signed by the named pairs, and gives what there was to see. */
function run(
  instruction: InstructionRequest,
  state: Readonly<Record<string, Account>> = {},
  signers: readonly string[] = ["payer", "from", "to", "base"],
) {
  const accounts: AccountsMap = accountsOf({ payer: plainAccount(sol), from: plainAccount(sol), ...state });
  const needed = signers.filter((name) => name === "payer" || instruction.accounts.some(isSigner(addressNamed(name))));
  const outcome = executeTransaction(transactionOf(needed, [instruction]), accounts, testEnv);
  if (outcome.type === "refused") throw new Error(JSON.stringify(outcome.error));
  const { error, logs } = outcome.result;
  const instructionError = typeof error === "object" && error !== null && "InstructionError" in error;
  return {
    error: instructionError ? error.InstructionError[1] : error,
    says: logs.slice(1, -1),
    at: (address: Address) => accounts.get(address),
  };
}

const isSigner = (address: Address) => (account: { address: Address; isSigner: boolean }) =>
  account.isSigner && account.address === address;

/** The same instruction with nobody but the payer signing. */
function unsigned(instruction: InstructionRequest): InstructionRequest {
  return { ...instruction, accounts: instruction.accounts.map((account) => ({ ...account, isSigner: false })) };
}

const transfer = (amount: bigint, destination = to) =>
  requestOf(getTransferSolInstruction({ source: signer(from), destination, amount }));
const create = (lamports: bigint, space: bigint) =>
  requestOf(
    getCreateAccountInstruction({
      payer: signer(from),
      newAccount: signer(to),
      lamports,
      space,
      programAddress: owner,
    }),
  );
const minimum = (size: number) => rentExemptMinimum(size, testEnv.params);

describe("Transfer", () => {
  it("moves lamports, to an account that did not exist too", () => {
    const done = run(transfer(sol / 2n));
    expect(done.error).toBe(null);
    expect([done.at(from)?.lamports, done.at(to)?.lamports]).toEqual([sol / 2n, sol / 2n]);
    expect(done.at(to)).toEqual(plainAccount(sol / 2n));
  });

  it("leaves a transfer to oneself without effect, but asks for the funds", () => {
    expect(run(transfer(sol, from)).at(from)?.lamports).toBe(sol);
    expect(run(transfer(sol + 1n, from)).error).toEqual({ Custom: 1 });
  });

  it("removes an account that gives its last lamport", () => {
    const done = run(transfer(sol));
    expect(done.error).toBe(null);
    expect(done.at(from)).toBe(null);
  });

  it("refuses to overdraw, in Solana's words", () => {
    const done = run(transfer(sol + 1n));
    expect(done.error).toEqual({ Custom: 1 });
    expect(done.says).toEqual([`Transfer: insufficient lamports ${sol}, need ${sol + 1n}`]);
    expect([done.at(from)?.lamports, done.at(to)]).toEqual([sol, null]);
  });

  it("refuses an amount that would overflow the receiver", () => {
    expect(run(transfer(sol), { to: plainAccount(u64Max) }).error).toBe("ArithmeticOverflow");
  });

  it("needs the sender's signature, a sender without data, and two accounts", () => {
    const missing = run(unsigned(transfer(1n)));
    expect(missing.error).toBe("MissingRequiredSignature");
    expect(missing.says).toEqual([`Transfer: \`from\` account ${from} must sign`]);
    const loaded = run(transfer(1n), { from: plainAccount(sol, { data: new Uint8Array(1) }) });
    expect(loaded.error).toBe("InvalidArgument");
    expect(loaded.says).toEqual(["Transfer: `from` must not carry data"]);
    const { accounts, ...rest } = transfer(1n);
    expect(run({ ...rest, accounts: accounts.slice(0, 1) }).error).toBe("NotEnoughAccountKeys");
  });

  it("cannot spend what another program owns, nor write what is read-only", () => {
    expect(run(transfer(1n), { from: plainAccount(sol, { owner }) }).error).toBe("ExternalAccountLamportSpend");
    const request = transfer(1n);
    const readonly = (index: number) => ({
      ...request,
      accounts: request.accounts.map((account, i) => (i === index ? { ...account, isWritable: false } : account)),
    });
    expect(run(readonly(0)).error).toBe("ReadonlyLamportChange");
    expect(run(readonly(1)).error).toBe("ReadonlyLamportChange");
  });
});

describe("CreateAccount", () => {
  it("makes an account of the size, owner and balance asked for", () => {
    const done = run(create(minimum(10), 10n));
    expect(done.error).toBe(null);
    expect(done.at(to)).toEqual(plainAccount(minimum(10), { data: new Uint8Array(10), owner }));
    expect(done.at(from)?.lamports).toBe(sol - minimum(10));
  });

  it("refuses an address in use, whatever uses it", () => {
    const inUse = `account Address { address: ${to}, base: None } already in use`;
    const funded = run(create(minimum(0), 0n), { to: plainAccount(sol) });
    expect(funded.error).toEqual({ Custom: 0 });
    expect(funded.says).toEqual([`Create Account: ${inUse}`]);
  });

  it("needs the new account's and the payer's signatures", () => {
    const request = create(minimum(0), 0n);
    const only = (address: Address) => ({
      ...request,
      accounts: request.accounts.map((account) => ({ ...account, isSigner: account.address === address })),
    });
    const noNew = run(only(from));
    expect(noNew.error).toBe("MissingRequiredSignature");
    expect(noNew.says).toEqual([`Allocate: 'to' account Address { address: ${to}, base: None } must sign`]);
    expect(run(only(to)).error).toBe("MissingRequiredSignature");
  });

  it("takes 10 MiB of data and not a byte more", () => {
    const rich = { from: plainAccount(1000n * sol) };
    const max = 10 * 1024 * 1024;
    expect(run(create(minimum(max), BigInt(max)), rich).at(to)?.data.length).toBe(max);
    const over = run(create(minimum(max + 1), BigInt(max + 1)), rich);
    expect(over.error).toEqual({ Custom: 3 });
    expect(over.says).toEqual([`Allocate: requested ${max + 1}, max allowed ${max}`]);
    expect(run(create(1n, u64Max)).error).toEqual({ Custom: 3 });
  });

  it("refuses a payer without the funds, and fails as a whole", () => {
    const poor = run(create(sol + 1n, 10n));
    expect(poor.error).toEqual({ Custom: 1 });
    expect(poor.at(to)).toBe(null);
  });
});

describe("Allocate and Assign", () => {
  const allocate = (space: bigint) => requestOf(getAllocateInstruction({ newAccount: signer(to), space }));
  const assign = (programAddress = owner) => requestOf(getAssignInstruction({ account: signer(to), programAddress }));
  const funded = { to: plainAccount(sol) };

  it("give a plain account data, or another owner", () => {
    expect(run(allocate(7n), funded).at(to)).toEqual(plainAccount(sol, { data: new Uint8Array(7) }));
    expect(run(assign(), funded).at(to)).toEqual(plainAccount(sol, { owner }));
  });

  it("need the account's signature, except where nothing would change", () => {
    expect(run(unsigned(allocate(7n)), funded).error).toBe("MissingRequiredSignature");
    const missing = run(unsigned(assign()), funded);
    expect(missing.error).toBe("MissingRequiredSignature");
    expect(missing.says).toEqual([`Assign: account Address { address: ${to}, base: None } must sign`]);
    expect(run(unsigned(assign(systemProgramAddress)), funded).error).toBe(null);
  });

  it("refuse an account that has data or another owner", () => {
    const used = run(allocate(7n), { to: plainAccount(sol, { data: new Uint8Array(1) }) });
    expect(used.error).toEqual({ Custom: 0 });
    expect(used.says).toEqual([`Allocate: account Address { address: ${to}, base: None } already in use`]);
    expect(run(allocate(7n), { to: plainAccount(sol, { owner }) }).error).toEqual({ Custom: 0 });
    expect(run(assign(addressNamed("x")), { to: plainAccount(sol, { owner }) }).error).toBe("ModifiedProgramId");
    const dirty = { to: plainAccount(sol, { data: Uint8Array.of(0, 1) }) };
    expect(run(assign(), dirty).error).toBe("ModifiedProgramId");
  });
});

describe("instructions with a seed", () => {
  const seed = "stake:0";
  const createWithSeed = (newAccount = derived(seed), amount = minimum(3)) =>
    requestOf(
      getCreateAccountWithSeedInstruction({
        payer: signer(from),
        newAccount,
        baseAccount: signer(base),
        base,
        seed,
        amount,
        space: 3n,
        programAddress: owner,
      }),
    );

  it("CreateAccountWithSeed makes the derived account, signed for by the base", () => {
    const done = run(createWithSeed());
    expect(done.error).toBe(null);
    expect(done.at(derived(seed))).toEqual(plainAccount(minimum(3), { data: new Uint8Array(3), owner }));
    const request = createWithSeed();
    const withoutBase = { ...request, accounts: request.accounts.slice(0, 2) };
    const missing = run(withoutBase);
    expect(missing.error).toBe("MissingRequiredSignature");
    expect(missing.says).toEqual([
      `Allocate: 'to' account Address { address: ${derived(seed)}, base: Some(${base}) } must sign`,
    ]);
  });

  it("refuses an address that was not derived so", () => {
    const done = run(createWithSeed(to));
    expect(done.error).toEqual({ Custom: 5 });
    expect(done.says).toEqual([`Create: address ${to} does not match derived address ${derived(seed)}`]);
  });

  it("refuses a seed that is too long, an owner with the marker, and text that is not UTF-8", () => {
    const request = createWithSeed();
    const at = 4 + 32 + 8;
    const broken = request.data.slice();
    broken[at] = 0xff;
    expect(run({ ...request, data: broken }).error).toBe("InvalidInstructionData");
    const long = getAssignWithSeedInstruction({
      account: to,
      baseAccount: signer(base),
      base,
      seed: "x".repeat(33),
      programAddress: owner,
    });
    expect(run(requestOf(long)).error).toBe("MaxSeedLengthExceeded");
    const marked = request.data.slice();
    marked.set(utf8Bytes("ProgramDerivedAddress"), marked.length - 21);
    expect(run({ ...request, data: marked }).error).toBe("IllegalOwner");
  });

  it("keeps zero bytes of a seed, which are part of the address", () => {
    const zero = "a\0b";
    const request = requestOf(
      getAssignWithSeedInstruction({
        account: derived(zero),
        baseAccount: signer(base),
        base,
        seed: zero,
        programAddress: owner,
      }),
    );
    expect(run(request).error).toBe(null);
  });

  it("AllocateWithSeed and AssignWithSeed work on the derived account", () => {
    const account = derived(seed);
    const common = { baseAccount: signer(base), base, seed, programAddress: owner };
    const allocate = requestOf(getAllocateWithSeedInstruction({ newAccount: account, space: 3n, ...common }));
    const assign = requestOf(getAssignWithSeedInstruction({ account, ...common }));
    for (const request of [allocate, assign]) {
      const accounts = accountsOf({ payer: plainAccount(sol) });
      accounts.set(account, plainAccount(sol));
      const outcome = executeTransaction(transactionOf(["payer", "base"], [request]), accounts, testEnv);
      expect(outcome).toMatchObject({ type: "landed", result: { error: null } });
      expect(accounts.get(account)?.owner).toBe(owner);
      expect(accounts.get(account)?.data.length).toBe(request === allocate ? 3 : 0);
    }
  });

  it("TransferWithSeed spends from a derived System account with the base's signature", () => {
    const source = derived(seed, systemProgramAddress);
    const request = requestOf(
      getTransferSolWithSeedInstruction({
        source,
        baseAccount: signer(base),
        destination: to,
        amount: sol,
        fromSeed: seed,
        fromOwner: systemProgramAddress,
      }),
    );
    const execute = (instruction: InstructionRequest, signers: readonly string[]) => {
      const accounts = accountsOf({ payer: plainAccount(sol) });
      accounts.set(source, plainAccount(sol));
      const outcome = executeTransaction(transactionOf(signers, [instruction]), accounts, testEnv);
      if (outcome.type === "refused") throw new Error("refused");
      return { ...outcome.result, received: accounts.get(to)?.lamports };
    };
    expect(execute(request, ["payer", "base"])).toMatchObject({ error: null, received: sol });
    const missing = execute(unsigned(request), ["payer"]);
    expect(missing.error).toEqual({ InstructionError: [0, "MissingRequiredSignature"] });
    expect(missing.logs[1]).toBe(`Transfer: 'from' account ${base} must sign`);
    const [, ...others] = request.accounts;
    const wrong = { ...request, accounts: [{ address: from, isSigner: false, isWritable: true }, ...others] };
    const mismatch = execute(wrong, ["payer", "base"]);
    expect(mismatch.error).toEqual({ InstructionError: [0, { Custom: 5 }] });
    expect(mismatch.logs[1]).toBe(`Transfer: 'from' address ${from} does not match derived address ${source}`);
    expect(execute({ ...request, accounts: request.accounts.slice(0, 2) }, ["payer", "base"]).error).toEqual({
      InstructionError: [0, "NotEnoughAccountKeys"],
    });
  });
});

describe("other System instructions", () => {
  it("are refused: nonces, unknown kinds and cut-off data", () => {
    const nonce = getAdvanceNonceAccountInstruction({ nonceAccount: to, nonceAuthority: signer(from) });
    expect(run(requestOf(nonce)).error).toBe("InvalidInstructionData");
    const request = transfer(sol);
    for (const data of [[], [2, 0, 0], [2, 0, 0, 0, 1], [99, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]]) {
      expect(run({ ...request, data: Uint8Array.from(data) }).error).toBe("InvalidInstructionData");
    }
    expect(run({ ...request, data: Uint8Array.of(...request.data, 9, 9) }).error).toBe(null);
  });
});
