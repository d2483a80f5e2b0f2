/**
 * The life of one stake, run: what docs/staking.md draws and adds up, from a small fixed devnet and Solana's own client.
 *
 *     epoch 1 delegated | 2, 3 warming up | 5 deactivated | 6, 7 cooling down | 7 withdrawn
 *
 * `withStake: false` runs the same chain without it.
 */
import {
  appendTransactionMessageInstructions,
  createKeyPairSignerFromPrivateKeyBytes,
  createSolanaRpcFromTransport,
  createTransactionMessage,
  getBase64EncodedWireTransaction,
  type Instruction,
  pipe,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  signTransactionMessageWithSigners,
} from "@solana/kit";
import {
  getDeactivateInstruction,
  getDelegateStakeInstruction,
  getInitializeInstruction,
  getStakeStateAccountDecoder,
  getWithdrawInstruction,
  STAKE_PROGRAM_ADDRESS,
} from "@solana-program/stake";
import { getCreateAccountInstruction } from "@solana-program/system";
import { assertDefined } from "../../src/base/assert.ts";
import { accountAt, accountsEntries } from "../../src/chain/accounts-tree.ts";
import { type Address, lamportsPerSol } from "../../src/chain/ids.ts";
import { scanStakes } from "../../src/chain/stake-scan.ts";
import { createDevnet, type Devnet } from "../../src/host/devnet.ts";

export const stakeOf = 1500n * lamportsPerSol;
export const lastEpoch = 8;

const confirmed = { commitment: "confirmed" } as const;
const noLockup = { unixTimestamp: 0n, epoch: 0n, custodian: "11111111111111111111111111111111" as Address };

/** Leaders by the epoch's number, so that the stakes alone make them differ; else the profile `lab`. */
export function createTimelineDevnet(): Devnet {
  return createDevnet({
    seed: "staking",
    validators: [5000n, 3000n, 2000n].map((sol) => ({ stake: sol * lamportsPerSol, commission: 10 })),
    accounts: 1,
    params: { slotsPerEpoch: 32, leaderPolicy: "solana", slotsPerRotation: 1, ticksPerSlot: 1, hashesPerTick: 2 },
  });
}

/** What a client reads of the stake in one epoch, after its rewards were paid and what was done in it. */
export type EpochOfStake = {
  readonly epoch: number;
  /** Effective in the epoch's first block, when the next epoch's stakes freeze; and the validator's own stake then. */
  readonly frozen: bigint;
  readonly ownFrozen: bigint;
  readonly balance: bigint;
  readonly delegated: bigint;
  readonly effective: bigint;
  readonly activating: bigint;
  readonly deactivating: bigint;
  /** Of the validator: in the stakes that choose this epoch's leaders, and everybody's there. */
  readonly inTable: bigint;
  readonly tableTotal: bigint;
};

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Answer = any;

export type Timeline = {
  readonly epochs: readonly EpochOfStake[];
  /** Cluster sums by epoch, as the StakeHistory sysvar has them at the end. */
  readonly history: ReadonlyMap<number, { effective: bigint; activating: bigint; deactivating: bigint }>;
  /** `escapement_explainReward` and `getInflationReward`, by the epoch that earned. */
  readonly explained: ReadonlyMap<number, Answer>;
  readonly rewards: ReadonlyMap<number, Answer>;
  readonly rentReserve: bigint;
  /** What early withdrawals were answered, and what the last one took. */
  readonly refusals: readonly string[];
  readonly withdrawn: bigint;
  /** By epoch, one per slot; and the identity of the validator that the stake is delegated to. */
  readonly leaders: ReadonlyMap<number, readonly Address[]>;
  readonly identity: Address;
};

export async function runTimeline({ withStake }: { readonly withStake: boolean }): Promise<Timeline> {
  const devnet = createTimelineDevnet();
  const client = await createClient(devnet);
  const { voteAccount } = devnet.validators[2]!;
  const ownStake = assertDefined(
    scanStakes(accountsEntries(devnet.view.bank("processed").accounts)).stakes.find(
      ({ state }) => state.delegation.voteAccount === voteAccount,
    ),
    "the validator's own stake",
  ).address;
  const rentReserve = BigInt(await client.call("getMinimumBalanceForRentExemption", 200));
  const epochs: EpochOfStake[] = [];
  const refusals: string[] = [];
  const explained = new Map<number, Answer>();
  const rewards = new Map<number, Answer>();
  const leaders = new Map<number, readonly Address[]>();
  let withdrawn = 0n;
  const { owner, stake, send } = client;
  const withdraw = (lamports: bigint) =>
    send(
      getWithdrawInstruction({
        stake: stake.address,
        recipient: owner.address,
        withdrawAuthority: owner,
        args: lamports,
      }),
    );

  for (let epoch = 1; epoch <= lastEpoch; epoch++) {
    await devnet.advanceEpochs(1);
    const frozen = await effectiveNow(client, stake.address);
    const ownFrozen = await effectiveNow(client, ownStake);
    await devnet.advanceSlots(8);
    leaders.set(epoch, leadersOf(devnet, epoch));
    if (!withStake) continue;
    if (epoch === 1) {
      await send(
        getCreateAccountInstruction({
          payer: owner,
          newAccount: stake,
          lamports: stakeOf + rentReserve,
          space: 200,
          programAddress: STAKE_PROGRAM_ADDRESS,
        }),
        getInitializeInstruction({
          stake: stake.address,
          arg0: { staker: owner.address, withdrawer: owner.address },
          arg1: noLockup,
        }),
        getDelegateStakeInstruction({ stake: stake.address, vote: voteAccount, stakeAuthority: owner }),
      );
    }
    if (epoch === 5) await send(getDeactivateInstruction({ stake: stake.address, stakeAuthority: owner }));
    if (epoch <= 7) {
      const [paid] = await client.call("getInflationReward", [stake.address], { ...confirmed, epoch: epoch - 1 });
      rewards.set(epoch - 1, paid);
      explained.set(epoch - 1, await client.call("escapement_explainReward", stake.address, epoch - 1, confirmed));
      const read = await readEpoch(devnet, client, voteAccount);
      epochs.push({ ...read, frozen, ownFrozen });
    }
    const balance = accountAt(devnet.view.bank("confirmed").accounts, stake.address)?.lamports ?? 0n;
    if (epoch === 3 || epoch === 6) refusals.push(await withdraw(balance).then(() => "landed", refusalOf));
    if (epoch === 7) {
      withdrawn = balance;
      await withdraw(balance);
    }
    if (epoch === 8) {
      const read = await readEpoch(devnet, client, voteAccount);
      epochs.push({ ...read, frozen, ownFrozen });
    }
  }
  const entries = devnet.view.bank("confirmed").stakeHistory.entries;
  await devnet.close();
  return {
    epochs,
    history: new Map(entries.map(({ epoch, ...sums }) => [Number(epoch), sums])),
    explained,
    rewards,
    rentReserve,
    refusals,
    withdrawn,
    leaders,
    identity: devnet.validators[2]!.identity.address,
  };
}

/** What the preflight said: the instruction's error by its name in the official client. */
function refusalOf(error: unknown): string {
  const { cause } = error as { cause?: { message?: string } };
  return cause?.message ?? String(error);
}

type Client = Awaited<ReturnType<typeof createClient>>;

async function createClient(devnet: Devnet) {
  const rpc = createSolanaRpcFromTransport(devnet.rpcTransport);
  const owner = await createKeyPairSignerFromPrivateKeyBytes(devnet.accounts[0]!.secretKey);
  const stake = await createKeyPairSignerFromPrivateKeyBytes(new Uint8Array(32).fill(7));

  async function call(method: string, ...params: unknown[]): Promise<Answer> {
    const answer: Answer = await devnet.rpcTransport({ payload: { jsonrpc: "2.0", id: 1, method, params } });
    if (answer.error !== undefined) throw new Error(`${answer.error.code} ${answer.error.message}`);
    return answer.result;
  }

  /** Sends, and runs slots until it is confirmed. Rejects with what the preflight said. */
  async function send(...instructions: readonly Instruction[]): Promise<void> {
    const { value: blockhash } = await rpc.getLatestBlockhash(confirmed).send();
    const message = pipe(
      createTransactionMessage({ version: 0 }),
      (m) => setTransactionMessageFeePayerSigner(owner, m),
      (m) => setTransactionMessageLifetimeUsingBlockhash(blockhash, m),
      (m) => appendTransactionMessageInstructions(instructions, m),
    );
    const wire = getBase64EncodedWireTransaction(await signTransactionMessageWithSigners(message));
    const config = { encoding: "base64", preflightCommitment: "confirmed" } as const;
    const signature = await rpc.sendTransaction(wire, config).send();
    for (let slots = 0; slots < 12; slots++) {
      await devnet.advanceSlots(1);
      const { value } = await rpc.getSignatureStatuses([signature]).send();
      if (value[0]?.confirmationStatus === "confirmed") return;
    }
    throw new Error("not confirmed in 12 slots");
  }

  return { owner, stake, call, send };
}

/** In the newest block. */
async function effectiveNow({ call }: Client, stakeAccount: Address): Promise<bigint> {
  const newest = { commitment: "processed" };
  const { value } = await call("getAccountInfo", stakeAccount, { ...newest, encoding: "base64" });
  if (value === null) return 0n;
  return BigInt((await call("escapement_getStakeActivation", stakeAccount, null, newest)).effective);
}

async function readEpoch(
  devnet: Devnet,
  { call, stake }: Client,
  voteAccount: Address,
): Promise<Omit<EpochOfStake, "frozen" | "ownFrozen">> {
  const bank = devnet.view.bank("confirmed");
  const account = accountAt(bank.accounts, stake.address);
  const activation =
    account === null ? null : await call("escapement_getStakeActivation", stake.address, bank.epoch, confirmed);
  const state = account === null ? null : getStakeStateAccountDecoder().decode(account.data).state;
  const table = assertDefined(bank.stakeTables.get(bank.epoch), "the stakes of the present epoch");
  return {
    epoch: bank.epoch,
    balance: account?.lamports ?? 0n,
    delegated: state?.__kind === "Stake" ? state.fields[1].delegation.stake : 0n,
    effective: BigInt(activation?.effective ?? 0),
    activating: BigInt(activation?.activating ?? 0),
    deactivating: BigInt(activation?.deactivating ?? 0),
    inTable: table.byVoteAccount.get(voteAccount)?.stake ?? 0n,
    tableTotal: table.total,
  };
}

function leadersOf(devnet: Devnet, epoch: number): readonly Address[] {
  const answer = devnet.rpc.answer({
    jsonrpc: "2.0",
    id: 1,
    method: "getLeaderSchedule",
    params: [epoch * 32, confirmed],
  });
  const schedule = JSON.parse(answer ?? "{}").result as Record<string, number[]>;
  const leaders: Address[] = [];
  for (const [leader, slots] of Object.entries(schedule)) for (const slot of slots) leaders[slot] = leader as Address;
  return leaders;
}
