/**
 * What a devnet can do to stakes because it holds the keys: as transactions like anybody's, paid by the faucet.
 *
 *     setCommission(2, 750)           UpdateCommissionBps, signed by validator 2, its vote account's withdrawer
 *     delegate(2, 500 SOL)            a new stake account of the faucet's: created, initialized, delegated
 *
 * Both count as they would for a client: a commission from an epoch to come, a stake as it warms up.
 */
import type { Address as KitAddress } from "@solana/kit";
import { getDelegateStakeInstruction, getInitializeInstruction } from "@solana-program/stake";
import { getCreateAccountWithSeedInstruction } from "@solana-program/system";
import { assertDefined } from "../base/assert.ts";
import { utf8Bytes } from "../base/bytes.ts";
import { accept, type Outcome, refuse } from "../base/refusal.ts";
import { accountAt } from "../chain/accounts-tree.ts";
import { stakeProgramAddress, systemProgramAddress } from "../chain/addresses.ts";
import { createTransaction, type InstructionRequest } from "../chain/create-transaction.ts";
import { createUpdateCommissionBpsInstruction } from "../chain/create-vote-instructions.ts";
import type { Keypair } from "../chain/crypto.ts";
import { computeAddressWithSeed } from "../chain/derived-address.ts";
import type { Address, Lamports, Signature } from "../chain/ids.ts";
import { requestOf, signerAt } from "../chain/kit-instruction.ts";
import { rentExemptMinimum } from "../chain/rent.ts";
import { stakeAccountBytes } from "../chain/stake-account.ts";
import type { NodeView } from "../rpc/node-view.ts";
import type { Network } from "../sim/network.ts";

export type StakingActionRefusal = "faucet-empty" | "action-refused";

export type StakingActions = {
  /** Hundredths of a percent. */
  setCommission(
    validator: number,
    commissionBps: number,
  ): Outcome<{ readonly signature: Signature }, StakingActionRefusal>;
  delegate(
    validator: number,
    lamports: Lamports,
  ): Outcome<{ readonly signature: Signature; readonly stakeAccount: Address }, StakingActionRefusal>;
};

export function createStakingActions(options: {
  readonly network: Pick<Network, "faucet" | "validators">;
  readonly view: Pick<NodeView, "chain" | "bank" | "submit">;
  /** What the faucet was asked for so far: it numbers its stake accounts. */
  readonly counter: { airdrops: number };
}): StakingActions {
  const { network, view, counter } = options;
  const { faucet, validators } = network;
  const { chain, submit } = view;
  const bank = () => view.bank("processed");

  function send(signers: readonly Keypair[], instructions: readonly InstructionRequest[]) {
    const { blockhash } = bank();
    const transaction = createTransaction({
      scheme: chain.crypto.signatures,
      feePayer: faucet,
      signers,
      instructions,
      recentBlockhash: blockhash,
    });
    const refusal = submit([transaction]).get(transaction.signature);
    if (refusal !== undefined) return refuse("action-refused", { problem: refusal.code, ...refusal.facts });
    return accept({ signature: transaction.signature });
  }

  return {
    setCommission(validator, commissionBps) {
      const { identity, voteAccount } = assertDefined(validators[validator], `validator ${validator} was looked up`);
      const fields = { voteAccount, withdrawer: identity.address, commissionBps, kind: "InflationRewards" } as const;
      return send([identity], [createUpdateCommissionBpsInstruction(fields)]);
    },

    delegate(validator, lamports) {
      const { voteAccount } = assertDefined(validators[validator], `validator ${validator} was looked up`);
      const available = accountAt(bank().accounts, faucet.address)?.lamports ?? 0n;
      const reserve = rentExemptMinimum(stakeAccountBytes, chain.params);
      if (available <= lamports + reserve) return refuse("faucet-empty", { lamports, available });
      const seed = `stake ${++counter.airdrops}`;
      const derived = computeAddressWithSeed(faucet.address, utf8Bytes(seed), stakeProgramAddress);
      if (!derived.ok) return refuse("action-refused", { problem: derived.code, ...derived.facts });
      const stakeAccount = derived.value;
      const sent = send(
        [],
        stakeInstructions({ faucet, seed, stakeAccount, voteAccount, lamports: lamports + reserve }),
      );
      return sent.ok ? accept({ ...sent.value, stakeAccount }) : sent;
    },
  };
}

/** Staker and withdrawer are the faucet. */
function stakeInstructions(fields: {
  readonly faucet: Keypair;
  readonly seed: string;
  readonly stakeAccount: Address;
  readonly voteAccount: Address;
  readonly lamports: bigint;
}): readonly InstructionRequest[] {
  const { seed, lamports } = fields;
  const [owner, stake, vote] = [fields.faucet.address, fields.stakeAccount, fields.voteAccount] as const;
  const of = (address: Address) => address as KitAddress;
  return [
    requestOf(
      getCreateAccountWithSeedInstruction({
        payer: signerAt(owner),
        newAccount: of(stake),
        baseAccount: signerAt(owner),
        base: of(owner),
        seed,
        amount: lamports,
        space: stakeAccountBytes,
        programAddress: of(stakeProgramAddress),
      }),
    ),
    requestOf(
      getInitializeInstruction({
        stake: of(stake),
        arg0: { staker: of(owner), withdrawer: of(owner) },
        arg1: { unixTimestamp: 0n, epoch: 0n, custodian: of(systemProgramAddress) },
      }),
    ),
    requestOf(getDelegateStakeInstruction({ stake: of(stake), vote: of(vote), stakeAuthority: signerAt(owner) })),
  ];
}
