/**
 * A staking client as teams write one with `@solana/kit`, at a devnet in the same process. The devnet's clock stands still
 * unless told: while a transaction waits to be confirmed, slots are run for it.
 *
 *     const client = createKitStaker(devnet)
 *     await client.send(alice, getDelegateStakeInstruction(...))       confirmed
 *     await client.refusal(alice, getWithdrawInstruction(...))         { cause: SolanaError, message } of its preflight
 *     await client.activation(stake)                                   by computeStakeActivation, checked against the RPC
 */
import {
  type Address,
  airdropFactory,
  appendTransactionMessageInstructions,
  assertIsTransactionWithBlockhashLifetime,
  createSolanaRpcFromTransport,
  createSolanaRpcSubscriptionsFromTransport,
  createTransactionMessage,
  fetchJsonParsedAccount,
  getSignatureFromTransaction,
  type Instruction,
  isSolanaError,
  lamports,
  pipe,
  type Signature,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE,
  sendAndConfirmTransactionFactory,
  sendTransactionWithoutConfirmingFactory,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  signTransactionMessageWithSigners,
  type TransactionSigner,
} from "@solana/kit";
import { fetchSysvarEpochRewards, fetchSysvarStakeHistory } from "@solana/sysvars";
import { fetchStakeStateAccount, STAKE_PROGRAM_ADDRESS } from "@solana-program/stake";
import { expect } from "vitest";
import { computeStakeActivation } from "../../src/chain/compute-stake-activation.ts";
import type { StakeActivation } from "../../src/chain/stake-activation.ts";
import type { Devnet } from "../../src/host/devnet.ts";
import { whileTimeRuns } from "./while-time-runs.ts";

export const confirmed = { commitment: "confirmed" } as const;

export type KitStaker = ReturnType<typeof createKitStaker>;

export function createKitStaker(devnet: Devnet) {
  const rpc = createSolanaRpcFromTransport(devnet.rpcTransport);
  const rpcSubscriptions = createSolanaRpcSubscriptionsFromTransport(devnet.rpcSubscriptionsTransport);
  const sendAndConfirm = sendAndConfirmTransactionFactory({ rpc, rpcSubscriptions });
  const sendUnconfirmed = sendTransactionWithoutConfirmingFactory({ rpc });
  const requestAirdrop = airdropFactory({ rpc, rpcSubscriptions } as Parameters<typeof airdropFactory>[0]);
  const signatures: Signature[] = [];

  const slotRuns = () => devnet.advanceSlots(1);

  async function sign(payer: TransactionSigner, instructions: readonly Instruction[]) {
    const { value: latest } = await rpc.getLatestBlockhash(confirmed).send();
    const message = pipe(
      createTransactionMessage({ version: 0 }),
      (m) => setTransactionMessageFeePayerSigner(payer, m),
      (m) => setTransactionMessageLifetimeUsingBlockhash(latest, m),
      (m) => appendTransactionMessageInstructions(instructions, m),
    );
    const transaction = await signTransactionMessageWithSigners(message);
    assertIsTransactionWithBlockhashLifetime(transaction);
    return { message, transaction };
  }

  async function send(payer: TransactionSigner, ...instructions: readonly Instruction[]): Promise<Signature> {
    const { transaction } = await sign(payer, instructions);
    await whileTimeRuns(sendAndConfirm(transaction, confirmed), slotRuns);
    const signature = getSignatureFromTransaction(transaction);
    signatures.push(signature);
    return signature;
  }

  /** What kit makes of the error that preflight answered with. A transaction that goes through fails the test. */
  async function refusal(payer: TransactionSigner, ...instructions: readonly Instruction[]) {
    const { message, transaction } = await sign(payer, instructions);
    const problem = await sendUnconfirmed(transaction, confirmed).catch((error: unknown) => error);
    if (!isSolanaError(problem, SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE)) {
      throw new Error("was not refused in preflight", { cause: problem });
    }
    return { cause: problem.cause, message };
  }

  async function ask(method: string, ...params: readonly unknown[]) {
    // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
    type Answer = { readonly result?: any; readonly error?: { readonly code: bigint; readonly message: string } };
    const { result, error } = await devnet.rpcTransport<Answer>({
      payload: { jsonrpc: "2.0", id: 1, method, params },
    });
    if (error !== undefined) throw new Error(`${method}: ${error.code} ${error.message}`);
    return result;
  }

  /** As Solana's own decoder reads it, and beside it as the RPC has it parsed. */
  async function delegation(stake: Address) {
    const { data, lamports } = await fetchStakeStateAccount(rpc, stake, confirmed);
    if (data.state.__kind !== "Stake") throw new Error(`${stake} is ${data.state.__kind}`);
    const [meta, { delegation }] = data.state.fields;
    const parsed = await fetchJsonParsedAccount(rpc, stake, confirmed);
    expect(parsed).toMatchObject({
      exists: true,
      lamports,
      data: {
        parsedAccountMeta: { program: "stake", type: "delegated" },
        meta: { rentExemptReserve: String(meta.rentExemptReserve), authorized: meta.authorized },
        stake: {
          delegation: {
            voter: delegation.voterPubkey,
            stake: String(delegation.stake),
            activationEpoch: String(delegation.activationEpoch),
            deactivationEpoch: String(delegation.deactivationEpoch),
          },
        },
      },
    });
    return { ...delegation, lamports, rentReserve: meta.rentExemptReserve };
  }

  /** From nothing but what any client can fetch. */
  async function activation(stake: Address): Promise<StakeActivation> {
    const { epoch } = await rpc.getEpochInfo(confirmed).send();
    const history = await fetchSysvarStakeHistory(rpc, confirmed);
    const computed = computeStakeActivation({
      delegation: await delegation(stake),
      targetEpoch: epoch,
      history: history.map(({ epoch, stakeHistory }) => ({ epoch, ...stakeHistory })),
      newRateActivationEpoch: 0n,
    });
    expect(await ask("escapement_getStakeActivation", stake, epoch, confirmed)).toMatchObject({ ...computed, epoch });
    return computed;
  }

  /** What all stake accounts together have active with a voter, by the client's own arithmetic. */
  async function activeStakeOf(voter: Address): Promise<bigint> {
    const filters = [{ memcmp: { offset: 124n, bytes: voter, encoding: "base58" } }] as never;
    const config = { ...confirmed, filters, encoding: "base64" } as const;
    const accounts = await rpc.getProgramAccounts(STAKE_PROGRAM_ADDRESS, config).send();
    let sum = 0n;
    for (const { pubkey } of accounts) sum += (await activation(pubkey)).effective;
    return sum;
  }

  async function epochNow(): Promise<bigint> {
    return (await rpc.getEpochInfo(confirmed).send()).epoch;
  }

  /** Runs slots until no stake account is locked for its rewards' sake. */
  async function payRewards(): Promise<void> {
    await devnet.advanceSlots(1);
    while ((await fetchSysvarEpochRewards(rpc, confirmed)).active) await devnet.advanceSlots(1);
  }

  /** The next epoch, when its rewards are paid and confirmed. */
  async function advanceEpoch(): Promise<bigint> {
    const { epoch } = await devnet.advanceEpochs(1);
    await payRewards();
    expect(await epochNow()).toBe(BigInt(epoch));
    return BigInt(epoch);
  }

  return {
    rpc,
    payRewards,
    activeStakeOf,
    send,
    refusal,
    ask,
    delegation,
    activation,
    async airdrop(recipientAddress: Address, amount: bigint): Promise<void> {
      const airdropped = requestAirdrop({ recipientAddress, lamports: lamports(amount), ...confirmed });
      await whileTimeRuns(airdropped, slotRuns);
    },
    async balance(address: Address): Promise<bigint> {
      return (await rpc.getBalance(address, confirmed).send()).value;
    },
    epoch: epochNow,
    /** The cluster's sums as the sysvar has them. */
    async historyOf(wanted: bigint) {
      const found = (await fetchSysvarStakeHistory(rpc, confirmed)).find(({ epoch }) => epoch === wanted);
      return found!.stakeHistory;
    },
    async activatedStake(votePubkey: Address): Promise<bigint> {
      const { current } = await rpc.getVoteAccounts({ votePubkey, ...confirmed }).send();
      return current[0]!.activatedStake;
    },
    advanceEpoch,
    /** Of all that was sent, by the transactions' own records. */
    async fees(): Promise<bigint> {
      let sum = 0n;
      for (const signature of signatures) {
        const config = { ...confirmed, encoding: "json", maxSupportedTransactionVersion: 0 } as const;
        const found = await rpc.getTransaction(signature, config).send();
        sum += found!.meta!.fee;
      }
      return sum;
    },
  };
}
