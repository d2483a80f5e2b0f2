/** Why a vote transaction failed, by the account it was about. */

import { voteProgramAddress } from "../chain/addresses.ts";
import type { Address } from "../chain/ids.ts";
import { describeAccount, readAccount, readVoteAccount } from "./account-reader.ts";
import { formatSol } from "./format.ts";
import type { RpcClient } from "./rpc-client.ts";

export type VoteAttempt = {
  readonly vote: Address;
  readonly withdrawer?: Address | undefined;
  /** Who signed as the present voter. */
  readonly voter?: Address | undefined;
  readonly withdraw?: bigint;
};

export function diagnoseVote(client: RpcClient, attempt: VoteAttempt): (errorName: string) => Promise<string | null> {
  return async (errorName) => {
    const { vote } = attempt;
    const account = await readAccount(client, vote);
    if (account?.owner !== voteProgramAddress)
      return `${vote} is no vote account: ${describeAccount(account)}; \`escapement validators\` lists them`;
    const { state, lamports } = await readVoteAccount(client, vote);
    if (errorName === "MissingRequiredSignature") {
      const signer = attempt.withdrawer ?? attempt.voter;
      const voters = [...new Set(state.authorizedVoters.map(({ voter }) => voter))].join(", then ");
      const role =
        attempt.withdrawer === undefined
          ? `the authorized voter of ${vote} is ${voters}, its withdrawer ${state.authorizedWithdrawer}`
          : `the authorized withdrawer of ${vote} is ${state.authorizedWithdrawer}`;
      return `${role}, and ${signer} signed`;
    }
    if (errorName === "InsufficientFunds" && attempt.withdraw !== undefined) {
      return `${formatSol(attempt.withdraw)} SOL are asked for, and ${vote} has ${formatSol(lamports)} SOL, of which it keeps its rent reserve; \`vote close\` takes all`;
    }
    return null;
  };
}
