/** `escapement stakes`: stake accounts, by validator and by owner. */
import { stakeProgramAddress, voteProgramAddress } from "../../chain/addresses.ts";
import { compareAddresses } from "../../chain/ids.ts";
import {
  describeAccount,
  readAccount,
  readProgramAccounts,
  type StakeAccount,
  stakeAccountIn,
} from "../account-reader.ts";
import type { OutputFormat } from "../arguments.ts";
import { formatSol, formatTable } from "../format.ts";
import { print, printJson, say } from "../output.ts";
import { createRpcClient, type RpcClient } from "../rpc-client.ts";
import { readAddress } from "../signers.ts";
import { readStakeClock } from "../stake-reader.ts";
import { type StakeView, stateOf, viewStake } from "../stake-view.ts";

export type StakesOptions = {
  readonly withdrawAuthority?: string;
  readonly url: string;
  readonly output: OutputFormat;
};

/** Where these stand in a stake account's bytes. */
const withdrawerOffset = 44;
const voteAccountOffset = 124;

export async function runStakes(votes: readonly string[], options: StakesOptions): Promise<void> {
  const client = createRpcClient(options.url);
  const owner =
    options.withdrawAuthority === undefined
      ? []
      : [filterOf(withdrawerOffset, options.withdrawAuthority, "withdraw authority")];
  const filters =
    votes.length === 0 ? [owner] : votes.map((vote) => [filterOf(voteAccountOffset, vote, "vote account"), ...owner]);
  const clock = await readStakeClock(client);
  const views = (await readStakes(client, filters)).map((account) => viewStake(account, clock));
  await tellStrangers(client, votes, views);
  if (options.output === "json") {
    printJson(views);
    return;
  }
  if (views.length === 0) {
    print("There are no such stake accounts.");
    return;
  }
  const titles = ["Stake Account", "State", "Balance (SOL)", "Active", "Activating", "Deactivating", "Vote Account"];
  const sol = (lamports: bigint | undefined) => (lamports === undefined ? "-" : formatSol(lamports));
  const rows = views.map((view) => [
    view.stakePubkey,
    stateOf(view),
    formatSol(view.accountBalance),
    sol(view.activeStake),
    sol(view.activatingStake),
    sol(view.deactivatingStake),
    view.delegatedVoteAccountAddress ?? "-",
  ]);
  const table = formatTable(
    titles.map((title, i) => ({ title, align: i >= 2 && i <= 5 ? "right" : "left" })),
    rows,
  );
  print(`${table}\n\n${views.length} stake accounts in epoch ${clock.epoch}`);
}

/** Who is asked for by an address that nobody can delegate to; a vote account that is closed may still have stakes. */
async function tellStrangers(client: RpcClient, votes: readonly string[], views: readonly StakeView[]): Promise<void> {
  for (const text of votes) {
    const address = readAddress(text, "vote account");
    if (views.some(({ delegatedVoteAccountAddress }) => delegatedVoteAccountAddress === address)) continue;
    const account = await readAccount(client, address);
    if (account?.owner === voteProgramAddress) continue;
    const lists =
      "`escapement validators` lists them, `escapement stakes --withdraw-authority` lists an owner's stakes";
    say(`${address} is no vote account: ${describeAccount(account)}; ${lists}`);
  }
}

type Filter = { readonly offset: number; readonly bytes: string };

function filterOf(offset: number, text: string, what: string): Filter {
  return { offset, bytes: readAddress(text, what) };
}

/** Those that meet any of the lists of filters, each once, in the order of their addresses. */
async function readStakes(client: RpcClient, filters: readonly (readonly Filter[])[]): Promise<StakeAccount[]> {
  const stakes = new Map<string, StakeAccount>();
  for (const each of filters) {
    for (const { pubkey, account } of await readProgramAccounts(client, stakeProgramAddress, each)) {
      const stake = stakeAccountIn(pubkey, account);
      if (stake !== null && "meta" in stake.state) stakes.set(pubkey, stake);
    }
  }
  return [...stakes.values()].sort((a, b) => compareAddresses(a.address, b.address));
}
