/**
 * A staking client as teams write one with `@solana/web3.js`, at a devnet behind a port. Time is driven by the control
 * methods alone, as by any program outside: while a transaction waits to be confirmed, slots are asked for.
 *
 *     const client = createWeb3Staker(urls)
 *     await client.send(StakeProgram.deactivate(...), [alice])         confirmed
 *     await client.refusal(StakeProgram.withdraw(...), [alice])        { err, message, logs } of its preflight
 *     await client.activation(stake)                                   by computeStakeActivation, checked against the RPC
 */
import {
  type Keypair,
  type PublicKey,
  SendTransactionError,
  type Signer,
  StakeProgram,
  SYSVAR_STAKE_HISTORY_PUBKEY,
  sendAndConfirmTransaction,
  type Transaction,
  TransactionMessage,
  VersionedTransaction,
} from "@solana/web3.js";
import { expect } from "vitest";
import { computeStakeActivation } from "../../src/chain/compute-stake-activation.ts";
import type { StakeActivation } from "../../src/chain/stake-activation.ts";
import { openConnection } from "./web3-connection.ts";
import { whileTimeRuns } from "./while-time-runs.ts";

export type Web3Staker = ReturnType<typeof createWeb3Staker>;

/** What `jsonParsed` has of a delegated stake account. */
type ParsedStake = {
  readonly meta: { readonly rentExemptReserve: string };
  readonly stake: {
    readonly creditsObserved: number;
    readonly delegation: {
      readonly voter: string;
      readonly stake: string;
      readonly activationEpoch: string;
      readonly deactivationEpoch: string;
    };
  };
};

type ParsedHistory = readonly {
  readonly epoch: number;
  readonly stakeHistory: { readonly effective: number; readonly activating: number; readonly deactivating: number };
}[];

export function createWeb3Staker({ rpcUrl, wsUrl }: { readonly rpcUrl: string; readonly wsUrl: string }) {
  const connection = openConnection({ rpcUrl, wsUrl }, "confirmed");
  const confirmed = { commitment: "confirmed" } as const;
  const signatures: string[] = [];

  async function ask(method: string, ...params: readonly unknown[]) {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const response = await fetch(rpcUrl, { method: "POST", headers: { "content-type": "application/json" }, body });
    // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
    const { result, error } = (await response.json()) as { result?: any; error?: { code: number; message: string } };
    if (error !== undefined) throw new Error(`${method}: ${error.code} ${error.message}`);
    return result;
  }

  /** Before each transaction too: web3.js signs none twice with one blockhash, and would wait for the next. */
  const slotRuns = () => ask("escapement_advanceSlots", 1);

  async function send(transaction: Transaction, signers: Signer[]): Promise<string> {
    await slotRuns();
    const sent = sendAndConfirmTransaction(connection, transaction, signers, confirmed);
    const signature = await whileTimeRuns(sent, slotRuns);
    signatures.push(signature);
    return signature;
  }

  /** What preflight made of it. A transaction that goes through fails the test. */
  async function refusal(transaction: Transaction, signers: Signer[]) {
    await slotRuns();
    const problem = await connection.sendTransaction(transaction, signers).catch((error: unknown) => error);
    if (!(problem instanceof SendTransactionError)) throw new Error("was not refused in preflight", { cause: problem });
    const [payer] = signers;
    const { blockhash } = await connection.getLatestBlockhash();
    const { instructions } = transaction;
    const message = new TransactionMessage({ payerKey: payer!.publicKey, recentBlockhash: blockhash, instructions });
    const copy = new VersionedTransaction(message.compileToV0Message());
    copy.sign(signers);
    const { value } = await connection.simulateTransaction(copy, { sigVerify: true });
    return { err: value.err, ...problem.transactionError };
  }

  async function delegation(stake: PublicKey) {
    const { value } = await connection.getParsedAccountInfo(stake);
    if (value === null || !("parsed" in value.data)) throw new Error(`${stake.toBase58()} has no stake`);
    expect(value.data).toMatchObject({ program: "stake", parsed: { type: "delegated" }, space: 200 });
    const { meta, stake: staked } = value.data.parsed.info as ParsedStake;
    const { voter, stake: amount, activationEpoch, deactivationEpoch } = staked.delegation;
    return {
      voter,
      stake: BigInt(amount),
      activationEpoch: BigInt(activationEpoch),
      deactivationEpoch: BigInt(deactivationEpoch),
      lamports: BigInt(value.lamports),
      rentReserve: BigInt(meta.rentExemptReserve),
    };
  }

  async function stakeHistory() {
    const { value } = await connection.getParsedAccountInfo(SYSVAR_STAKE_HISTORY_PUBKEY);
    if (value === null || !("parsed" in value.data)) throw new Error("no stake history");
    return (value.data.parsed.info as ParsedHistory).map(({ epoch, stakeHistory }) => ({
      epoch: BigInt(epoch),
      effective: BigInt(stakeHistory.effective),
      activating: BigInt(stakeHistory.activating),
      deactivating: BigInt(stakeHistory.deactivating),
    }));
  }

  /** From nothing but what any client can fetch. */
  async function activation(stake: PublicKey): Promise<StakeActivation> {
    const { epoch } = await connection.getEpochInfo();
    const computed = computeStakeActivation({
      delegation: await delegation(stake),
      targetEpoch: BigInt(epoch),
      history: await stakeHistory(),
      newRateActivationEpoch: 0n,
    });
    const { effective, activating, deactivating } = computed;
    const told = await ask("escapement_getStakeActivation", stake.toBase58(), epoch, confirmed);
    expect(told).toMatchObject({
      effective: Number(effective),
      activating: Number(activating),
      deactivating: Number(deactivating),
    });
    return computed;
  }

  /** Runs slots until no stake account is locked for its rewards' sake. */
  async function payRewards(): Promise<void> {
    const sysvar = "SysvarEpochRewards1111111111111111111111111";
    const config = { encoding: "jsonParsed", commitment: "confirmed" };
    do await slotRuns();
    while ((await ask("getAccountInfo", sysvar, config)).value.data.parsed.info.active);
  }

  /** What all stake accounts together have active with a voter, by the client's own arithmetic. */
  async function activeStakeOf(voter: PublicKey): Promise<bigint> {
    const filters = [{ dataSize: 200 }, { memcmp: { offset: 124, bytes: voter.toBase58() } }];
    const accounts = await connection.getParsedProgramAccounts(StakeProgram.programId, { filters });
    let sum = 0n;
    for (const { pubkey } of accounts) sum += (await activation(pubkey)).effective;
    return sum;
  }

  /** Of the validator, whether it votes or not; null when it is in neither list. */
  async function voteAccount(votePubkey: PublicKey) {
    const { current, delinquent } = await connection.getVoteAccounts();
    return [...current, ...delinquent].find((each) => each.votePubkey === votePubkey.toBase58()) ?? null;
  }

  return {
    connection,
    activeStakeOf,
    ask,
    send,
    refusal,
    delegation,
    stakeHistory,
    activation,
    payRewards,
    async fund(account: Keypair, lamports: number): Promise<void> {
      const signature = await connection.requestAirdrop(account.publicKey, lamports);
      const latest = await connection.getLatestBlockhash();
      await whileTimeRuns(connection.confirmTransaction({ signature, ...latest }, "confirmed"), slotRuns);
    },
    async epoch(): Promise<bigint> {
      return BigInt((await connection.getEpochInfo()).epoch);
    },
    async balance(account: PublicKey): Promise<bigint> {
      return BigInt(await connection.getBalance(account));
    },
    async activatedStake(votePubkey: PublicKey): Promise<bigint> {
      return BigInt((await voteAccount(votePubkey))!.activatedStake);
    },
    voteAccount,
    /** The next epoch, when its rewards are paid and confirmed. */
    async advanceEpoch(): Promise<bigint> {
      const { epoch } = await ask("escapement_advanceEpochs", 1);
      await payRewards();
      return BigInt(epoch);
    },
    /** Of all that was sent, by the transactions' own records. */
    async fees(): Promise<bigint> {
      let sum = 0n;
      for (const signature of signatures) {
        const found = await connection.getTransaction(signature, { maxSupportedTransactionVersion: 0 });
        sum += BigInt(found!.meta!.fee);
      }
      return sum;
    },
  };
}
