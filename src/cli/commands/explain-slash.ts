/** `escapement explain slash`: a validator's slashing record, recomputed line by line. */
import * as v from "valibot";
import type { Account } from "../../chain/account.ts";
import { slashingProgramAddress, voteProgramAddress } from "../../chain/addresses.ts";
import { createEpochSchedule, firstSlotOf } from "../../chain/epoch-schedule.ts";
import { type Address, type Epoch, slotOf } from "../../chain/ids.ts";
import { readSlashingRecord } from "../../chain/slashing/jail.ts";
import { slashingRecordAddress } from "../../chain/slashing/record.ts";
import { addressSchema, readAccount, readAccounts, stakeAccountIn } from "../account-reader.ts";
import type { OutputFormat } from "../arguments.ts";
import { CommandFailure } from "../failure.ts";
import { readGenesisOf } from "../genesis-source.ts";
import { print, printJson } from "../output.ts";
import { amount, count, createRpcClient, type RpcClient } from "../rpc-client.ts";
import { readAddress } from "../signers.ts";
import { formatSlash, type TakenFrom, viewConviction, viewSlash } from "../slash-view.ts";
import { readStakeClock } from "../stake-reader.ts";

export type ExplainSlashOptions = { readonly url: string; readonly output: OutputFormat };

export async function runExplainSlash(validator: string, { url, output }: ExplainSlashOptions): Promise<void> {
  const given = readAddress(validator, "validator");
  const client = createRpcClient(url);
  const voteAccount = await findVoteAccount(client, given);
  const address = slashingRecordAddress(voteAccount);
  const account = await readAccount(client, address);
  const record = account?.owner === slashingProgramAddress ? readSlashingRecord(address, account) : null;
  if (record === null)
    throw new CommandFailure(
      `the validator with vote account ${voteAccount} was never convicted: it has no slashing record`,
    );
  const { params } = (await readGenesisOf(client)).genesis;
  const schedule = createEpochSchedule(params.slotsPerEpoch, params.epochWarmup);
  const convictions = [];
  for (const conviction of record.convictions) {
    const { settlement } = conviction;
    // Several convictions settled at once share one block: what each took from whom is not told apart.
    const alone = record.convictions.filter((each) => each.settlement?.epoch === settlement?.epoch).length === 1;
    const takenFrom =
      settlement === null || !alone
        ? []
        : await readTaken(client, voteAccount, firstSlotOf(schedule, settlement.epoch as Epoch));
    convictions.push(viewConviction(conviction, params, takenFrom));
  }
  const view = viewSlash(record, (await readStakeClock(client)).epoch, convictions);
  if (output === "json") printJson(view);
  else print(formatSlash(view));
}

const voteAccountSchema = v.object({ votePubkey: addressSchema, nodePubkey: v.string() });
const voteAccountsSchema = v.object({ current: v.array(voteAccountSchema), delinquent: v.array(voteAccountSchema) });

/** The vote account itself, or that of the identity. */
async function findVoteAccount(client: RpcClient, given: Address): Promise<Address> {
  const account = await readAccount(client, given);
  if (account?.owner === voteProgramAddress) return given;
  const config = { commitment: "confirmed", keepUnstakedDelinquents: true };
  const { current, delinquent } = await client.call("getVoteAccounts", [config], voteAccountsSchema);
  const found = [...current, ...delinquent].filter(({ nodePubkey }) => nodePubkey === given);
  const [first] = found;
  if (first === undefined)
    throw new CommandFailure(
      `${given} is no validator's vote account or identity; \`escapement validators\` lists them`,
    );
  if (found.length > 1) {
    const all = found.map(({ votePubkey }) => votePubkey).join(", ");
    throw new CommandFailure(`${given} is the identity of ${found.length} vote accounts: ${all}; give one of them`);
  }
  return first.votePubkey;
}

const blockSchema = v.nullable(
  v.object({
    rewards: v.optional(
      v.array(
        v.object({ pubkey: addressSchema, lamports: amount, postBalance: amount, rewardType: v.nullable(v.string()) }),
      ),
    ),
  }),
);

/** What the first block from `begin` on took from the stakes that are still delegated to the validator; empty when it is gone. */
async function readTaken(client: RpcClient, voteAccount: Address, begin: number): Promise<TakenFrom[]> {
  try {
    const [slot] = await client.call("getBlocksWithLimit", [begin, 1, { commitment: "confirmed" }], v.array(count));
    if (slot === undefined) return [];
    const config = {
      transactionDetails: "none",
      rewards: true,
      commitment: "confirmed",
      maxSupportedTransactionVersion: 0,
    };
    const block = await client.call("getBlock", [slotOf(slot), config], blockSchema);
    const slashed = (block?.rewards ?? []).filter(
      ({ rewardType, lamports }) => rewardType === "Slashing" && lamports < 0n,
    );
    const accounts: (Account | null)[] = [];
    for (let i = 0; i < slashed.length; i += 100) {
      accounts.push(
        ...(await readAccounts(
          client,
          slashed.slice(i, i + 100).map(({ pubkey }) => pubkey),
        )),
      );
    }
    return slashed
      .filter(({ pubkey }, index) => {
        const state = stakeAccountIn(pubkey, accounts[index] ?? null)?.state;
        return state?.type === "delegated" && state.delegation.voteAccount === voteAccount;
      })
      .map(({ pubkey, lamports, postBalance }) => ({ stakeAccount: pubkey, lamports: -lamports, postBalance }));
  } catch (error) {
    // The ledger may no longer have the block: the record alone tells enough.
    if (error instanceof CommandFailure) return [];
    throw error;
  }
}
