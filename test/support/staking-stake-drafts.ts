/** Drafts of stake instructions: what owners of stake do, and what they cannot do. */
import * as stakeClient from "@solana-program/stake";
import { getCreateAccountInstruction, getCreateAccountWithSeedInstruction } from "@solana-program/system";
import { utf8Bytes } from "../../src/base/bytes.ts";
import { stakeProgramAddress } from "../../src/chain/addresses.ts";
import type { InstructionRequest } from "../../src/chain/create-transaction.ts";
import { computeAddressWithSeed } from "../../src/chain/derived-address.ts";
import type { Address } from "../../src/chain/ids.ts";
import type { Lockup } from "../../src/chain/stake-account.ts";
import {
  amountBelow,
  authorityOr,
  type Draft,
  drawAmount,
  never,
  newKey,
  one,
  pickFrom,
  signer,
  sol,
  stakeRent,
  type Traffic,
} from "./staking-drafts.ts";
import type { DelegatedStake, SeenStake, World } from "./staking-world.ts";
import { requestOf } from "./transactions.ts";

type Delegated = DelegatedStake["state"];
type Owned = SeenStake & { readonly state: Extract<SeenStake["state"], { readonly meta: unknown }> };

const owned = ({ stakes }: World): Owned[] => stakes.filter((stake): stake is Owned => "meta" in stake.state);
const delegated = (world: World): DelegatedStake[] =>
  world.stakes.filter((stake): stake is DelegatedStake => stake.state.type === "delegated");

function drawVoteAccount(traffic: Traffic, world: World): Address {
  const { random, wanted } = traffic;
  const others = [...world.votes.keys()];
  if (wanted.length === 0 || random.below(25) === 0) return random.pick(others);
  // The first is preferred to the second as that is to the third.
  let index = 0;
  while (index + 1 < wanted.length && random.below(2) === 0) index++;
  return wanted[index]!;
}

function drawLockup(traffic: Traffic, { bank }: World): Lockup {
  const { random, people } = traffic;
  const custodian = random.pick(people).address;
  if (random.below(5) > 0) return { unixTimestamp: 0n, epoch: 0n, custodian };
  return {
    unixTimestamp: BigInt(bank.unixTimestamp + random.below(30)),
    epoch: BigInt(bank.epoch + random.below(6)),
    custodian,
  };
}

/** System instructions that make a stake account, by its own key or by its owner's and a seed. */
function createStakeAccount(
  traffic: Traffic,
  payer: Address,
  lamports: bigint,
): { readonly address: Address; readonly create: InstructionRequest } {
  if (traffic.random.below(3) > 0) {
    const { address } = newKey(traffic, "stake");
    const fields = { payer: signer(payer), newAccount: signer(address), lamports, space: 200n };
    return {
      address,
      create: requestOf(getCreateAccountInstruction({ ...fields, programAddress: stakeProgramAddress })),
    };
  }
  const seed = `stake:${traffic.created++}`;
  const derived = computeAddressWithSeed(payer, utf8Bytes(seed), stakeProgramAddress);
  if (!derived.ok) throw new Error(derived.code);
  const instruction = getCreateAccountWithSeedInstruction({
    payer: signer(payer),
    newAccount: derived.value,
    base: payer,
    seed,
    amount: lamports,
    space: 200n,
    programAddress: stakeProgramAddress,
  });
  return { address: derived.value, create: requestOf(instruction) };
}

function delegateTo(stake: Address, vote: Address, by: Address): InstructionRequest {
  return requestOf(stakeClient.getDelegateStakeInstruction({ stake, vote, stakeAuthority: signer(by) }));
}

export function draftCreate(traffic: Traffic, world: World): Draft | null {
  const { random, people } = traffic;
  if (world.stakes.length > 215) return null;
  const owner = random.pick(people).address;
  const balance = world.accounts.get(owner)?.lamports ?? 0n;
  if (balance < 100n * sol) return null;
  const lamports = random.below(15) === 0 ? stakeRent - 1n : stakeRent + amountBelow(traffic, balance / 3n);
  const { address: stake, create } = createStakeAccount(traffic, owner, lamports);
  const withdrawer = random.below(4) === 0 ? random.pick(people).address : owner;
  const initialize =
    random.below(3) === 0
      ? stakeClient.getInitializeCheckedInstruction({
          stake,
          stakeAuthority: owner,
          withdrawAuthority: signer(withdrawer),
        })
      : stakeClient.getInitializeInstruction({
          stake,
          arg0: { staker: owner, withdrawer },
          arg1: drawLockup(traffic, world),
        });
  const delegate = random.below(5) === 0 ? [] : [delegateTo(stake, drawVoteAccount(traffic, world), owner)];
  const instructions = [create, requestOf(initialize), ...delegate];
  return { instructions, payer: owner, isHopeless: lamports < stakeRent };
}

/** Also again after cooling down, and again in the epoch of the deactivation. */
export function draftDelegate(traffic: Traffic, world: World): Draft | null {
  const { random } = traffic;
  const idle = owned(world).filter(
    ({ state }) => state.type === "initialized" || (state as Delegated).delegation.deactivationEpoch !== never,
  );
  const epoch = BigInt(world.bank.epoch);
  // Cooled down by now, or just deactivated.
  const isAble = ({ state }: Owned) =>
    state.type === "initialized" || (epoch - (state as Delegated).delegation.deactivationEpoch) % 4n !== 1n;
  const able = random.below(4) === 0 ? idle : idle.filter(isAble);
  const stake = pickFrom(traffic, random.below(8) === 0 ? owned(world) : able);
  if (stake === null) return null;
  const { by, isForeign } = authorityOr(traffic, stake.state.meta.staker);
  const isSame = stake.state.type === "delegated" && random.below(3) === 0;
  const vote = isSame ? (stake.state as Delegated).delegation.voteAccount : drawVoteAccount(traffic, world);
  return { instructions: [delegateTo(stake.address, vote, by)], isHopeless: isForeign };
}

export function draftSplit(traffic: Traffic, world: World): Draft | null {
  const { random } = traffic;
  if (world.stakes.length > 225) return null;
  const stake = pickFrom(traffic, owned(world));
  if (stake === null) return null;
  const { by, isForeign } = authorityOr(traffic, stake.state.meta.staker);
  const payer = traffic.people[random.below(traffic.people.length)]!.address;
  const { address, create } = createStakeAccount(traffic, payer, random.below(10) === 0 ? stakeRent - 1n : stakeRent);
  const { amount, isHuge } = drawAmount(traffic, stake.account.lamports);
  const split = stakeClient.getSplitInstruction({
    stake: stake.address,
    splitStake: address,
    stakeAuthority: signer(by),
    args: amount,
  });
  return { instructions: [create, requestOf(split)], payer, isHopeless: isForeign || isHuge || amount === 0n };
}

/** Another stake account, mostly with the same owner and the same vote account. */
function companionOf(traffic: Traffic, world: World, stake: Owned): Owned | null {
  const { staker, withdrawer } = stake.state.meta;
  const others = owned(world).filter(({ address }) => address !== stake.address);
  if (traffic.random.below(8) === 0) return pickFrom(traffic, others);
  const alike = others.filter(({ state }) => state.meta.staker === staker && state.meta.withdrawer === withdrawer);
  const voteOf = ({ state }: Owned) => (state.type === "delegated" ? state.delegation.voteAccount : null);
  const same = alike.filter((other) => voteOf(other) === voteOf(stake));
  return pickFrom(traffic, same.length > 0 && traffic.random.below(4) > 0 ? same : alike);
}

export function draftMerge(traffic: Traffic, world: World): Draft | null {
  const stake = pickFrom(traffic, owned(world));
  const source = stake === null ? null : companionOf(traffic, world, stake);
  if (stake === null || source === null) return null;
  const { by, isForeign } = authorityOr(traffic, stake.state.meta.staker);
  const isItself = traffic.random.below(30) === 0;
  const instruction = stakeClient.getMergeInstruction({
    destinationStake: stake.address,
    sourceStake: isItself ? stake.address : source.address,
    stakeAuthority: signer(by),
  });
  return one(instruction, isForeign || isItself);
}

/** Stake that counts, or what is not delegated. */
export function draftMove(traffic: Traffic, world: World): Draft | null {
  const { random } = traffic;
  const isStake = random.below(2) === 0;
  const isLasting = ({ state }: Owned) => state.type === "delegated" && state.delegation.deactivationEpoch === never;
  const able = isStake && random.below(8) > 0 ? owned(world).filter(isLasting) : owned(world);
  const from = pickFrom(traffic, able);
  const to = from === null ? null : companionOf(traffic, world, from);
  if (from === null || to === null) return null;
  const { by, isForeign } = authorityOr(traffic, from.state.meta.staker);
  const stake = from.state.type === "delegated" ? from.state.delegation.stake : 0n;
  const { amount, isHuge } = drawAmount(traffic, isStake ? stake : from.account.lamports - stakeRent - stake);
  const fields = {
    sourceStake: from.address,
    destinationStake: to.address,
    stakeAuthority: signer(by),
    args: amount,
  };
  const instruction = isStake
    ? stakeClient.getMoveStakeInstruction(fields)
    : stakeClient.getMoveLamportsInstruction(fields);
  return one(instruction, isForeign || isHuge || amount === 0n);
}

export function draftDeactivate(traffic: Traffic, world: World): Draft | null {
  const { wanted, random } = traffic;
  const active = delegated(world).filter(({ state }) => state.delegation.deactivationEpoch === never);
  // Away from those who are retired, jailed or gone; seldom from the others, and rather small stakes than large ones.
  const stranded = active.filter(({ state }) => !wanted.includes(state.delegation.voteAccount));
  const from = stranded.length > 0 && random.below(4) > 0 ? stranded : active;
  if (from.length === 0) return null;
  const few = [random.pick(from), random.pick(from), random.pick(from)].slice(random.below(3));
  const stake = few.reduce((a, b) => (b.state.delegation.stake < a.state.delegation.stake ? b : a));
  const { by, isForeign } = authorityOr(traffic, stake.state.meta.staker);
  return one(stakeClient.getDeactivateInstruction({ stake: stake.address, stakeAuthority: signer(by) }), isForeign);
}

export function draftWithdraw(traffic: Traffic, world: World): Draft | null {
  const { random, people } = traffic;
  const idle = owned(world).filter(
    ({ state }) => state.type === "initialized" || (state as Delegated).delegation.deactivationEpoch !== never,
  );
  const stake = pickFrom(traffic, random.below(4) === 0 ? owned(world) : idle);
  if (stake === null) return null;
  const { withdrawer, lockup } = stake.state.meta;
  const { by, isForeign } = authorityOr(traffic, withdrawer);
  const whole = stake.account.lamports;
  const { amount, isHuge } = random.below(3) > 0 ? { amount: whole, isHuge: false } : drawAmount(traffic, whole);
  const recipient = traffic.keys.has(withdrawer) && random.below(3) > 0 ? withdrawer : random.pick(people).address;
  const hasCustodian = traffic.keys.has(lockup.custodian) && random.below(3) === 0;
  const instruction = stakeClient.getWithdrawInstruction({
    stake: stake.address,
    recipient: recipient === stake.address ? random.pick(people).address : recipient,
    withdrawAuthority: signer(by),
    ...(hasCustodian ? { lockupAuthority: signer(lockup.custodian) } : {}),
    args: amount,
  });
  // Whoever signs counts, also a custodian who happens to be the withdrawer.
  return one(instruction, (isForeign && !hasCustodian) || isHuge);
}

export function draftAuthorize(traffic: Traffic, world: World): Draft | null {
  const { random, people } = traffic;
  const stake = pickFrom(traffic, owned(world));
  if (stake === null) return null;
  const { staker, withdrawer, lockup } = stake.state.meta;
  const isStaker = random.below(2) === 0;
  const kind = isStaker ? stakeClient.StakeAuthorize.Staker : stakeClient.StakeAuthorize.Withdrawer;
  const { by, isForeign } = authorityOr(traffic, isStaker && random.below(2) === 0 ? staker : withdrawer);
  const hasCustodian = !isStaker && traffic.keys.has(lockup.custodian) && random.below(2) === 0;
  const newAuthority = random.pick(people).address;
  const common = {
    stake: stake.address,
    authority: signer(by),
    ...(hasCustodian ? { lockupAuthority: signer(lockup.custodian) } : {}),
  };
  const isChecked = random.below(3) === 0;
  const instruction = isChecked
    ? stakeClient.getAuthorizeCheckedInstruction({
        ...common,
        newAuthority: signer(newAuthority),
        stakeAuthorize: kind,
      })
    : stakeClient.getAuthorizeInstruction({ ...common, arg0: newAuthority, arg1: kind });
  return one(instruction, isForeign && !isChecked && !hasCustodian);
}

export function draftLockup(traffic: Traffic, world: World): Draft | null {
  const { random, people } = traffic;
  const stake = pickFrom(traffic, owned(world));
  if (stake === null) return null;
  const { withdrawer, lockup } = stake.state.meta;
  const { by, isForeign } = authorityOr(traffic, random.below(2) === 0 ? withdrawer : lockup.custodian);
  const { unixTimestamp, epoch } = drawLockup(traffic, world);
  const common = { stake: stake.address, authority: signer(by), unixTimestamp, epoch };
  const custodian = random.pick(people).address;
  const isChecked = random.below(3) === 0;
  const instruction = isChecked
    ? stakeClient.getSetLockupCheckedInstruction({ ...common, newAuthority: signer(custodian) })
    : stakeClient.getSetLockupInstruction({ ...common, custodian: random.below(2) === 0 ? custodian : null });
  return one(instruction, isForeign && !isChecked);
}

export function draftDelinquent(traffic: Traffic, world: World): Draft | null {
  const { random, wanted } = traffic;
  const { epoch } = world.bank;
  const isLate = (vote: Address) => (world.votes.get(vote)?.epochCredits.at(-1)?.epoch ?? -5) <= epoch - 5;
  const active = delegated(world).filter(({ state }) => state.delegation.deactivationEpoch === never);
  const late = active.filter(({ state }) => isLate(state.delegation.voteAccount));
  const stake = pickFrom(traffic, late.length > 0 && random.below(5) > 0 ? late : active);
  const reference = pickFrom(traffic, wanted);
  if (stake === null || reference === null) return null;
  return one(
    stakeClient.getDeactivateDelinquentInstruction({
      stake: stake.address,
      delinquentVote: stake.state.delegation.voteAccount,
      referenceVote: reference,
    }),
  );
}

export function draftMinimum(): Draft {
  return one(stakeClient.getGetMinimumDelegationInstruction() as Parameters<typeof requestOf>[0]);
}
