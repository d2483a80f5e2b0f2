/**
 * Which stake accounts may become one: those at rest. What warms up or cools down by parts stays by itself.
 *
 *     inactive     initialized, or cooled down whole           nothing counts
 *     activating   delegated in this epoch                     nothing counts yet
 *     active       warmed up whole, not deactivated            all of it counts
 *
 * Credits observed say how far a stake was paid. Of two stakes they become the average weighted by stake, rounded up, so
 * that merging never earns anything:  (100 credits, 3 SOL) + (200, 1 SOL) = (125, 4 SOL).
 *
 * Source: solana-program/stake, program/src/helpers/merge.rs.
 */
import { type Lamports, u64Max } from "../ids.ts";
import { type Lockup, never, type StakeDelegation, type StakeMeta, type StakeState } from "../stake-account.ts";
import { stakeStatusAt } from "../stake-status.ts";
import type { InstructionContext, InstructionError } from "./instruction-context.ts";
import { isLockupInForce } from "./stake-authority.ts";
import { stakeError } from "./stake-errors.ts";
import { type Answer, answer, fail, statusNow } from "./stake-state.ts";

export type MergeKind =
  /** `flags`: of the delegation it once had. */
  | { readonly type: "inactive"; readonly meta: StakeMeta; readonly flags: number }
  | { readonly type: "activating"; readonly meta: StakeMeta; readonly delegation: StakeDelegation }
  | { readonly type: "active"; readonly meta: StakeMeta; readonly delegation: StakeDelegation };

export function mergeKindOf(context: InstructionContext, state: StakeState): Answer<MergeKind> {
  if (state.type === "initialized") return answer({ type: "inactive", meta: state.meta, flags: 0 });
  if (state.type !== "delegated") return fail("InvalidAccountData");
  const { meta, delegation } = state;
  const { effective, activating, deactivating } = statusNow(context, delegation);
  const isMoving = activating > 0n || deactivating > 0n;
  if (effective === 0n) {
    return answer(
      isMoving ? { type: "activating", meta, delegation } : { type: "inactive", meta, flags: delegation.flags },
    );
  }
  return isMoving ? fail(stakeError("MergeTransientStake")) : answer({ type: "active", meta, delegation });
}

/** The same authorities, and the same lockup or none in force. */
export function checkMetasMerge(context: InstructionContext, a: StakeMeta, b: StakeMeta): InstructionError | null {
  const { env } = context;
  const areUnlocked = !isLockupInForce(a.lockup, env, null) && !isLockupInForce(b.lockup, env, null);
  const areAlike = a.staker === b.staker && a.withdrawer === b.withdrawer;
  return areAlike && (areUnlocked || isSameLockup(a.lockup, b.lockup)) ? null : stakeError("MergeMismatch");
}

function isSameLockup(a: Lockup, b: Lockup): boolean {
  return a.unixTimestamp === b.unixTimestamp && a.epoch === b.epoch && a.custodian === b.custodian;
}

/**
 * On a chain that slashes, active stake does not go to a younger delegation that did not count whole in an epoch for which
 * evidence may still come: what counted then is told by the activation epoch alone (slashing/take-penalties.ts), and the
 * older stake would be out of reach, though it counts.
 */
export function checkStaysInReach(
  context: InstructionContext,
  from: StakeDelegation,
  into: StakeDelegation,
): InstructionError | null {
  const { params, epoch, stakeHistory } = context.env;
  if (!params.slashing || !isYounger(into, from)) return null;
  const oldest = Math.max(0, epoch - params.slashEvidenceEpochs);
  const counted = stakeStatusAt(params, into, oldest, stakeHistory).effective;
  return counted < into.stake ? stakeError("MergeTransientStake") : null;
}

/** Stake that is active since genesis has no epoch of activation; it is older than any other. */
function isYounger(a: StakeDelegation, b: StakeDelegation): boolean {
  return a.activationEpoch !== never && (b.activationEpoch === never || a.activationEpoch > b.activationEpoch);
}

/** The delegation with more stake, which was paid up to `creditsObserved`. */
export function absorbStake(
  delegation: StakeDelegation,
  lamports: bigint,
  creditsObserved: bigint,
): Answer<StakeDelegation> {
  const credits = weighCredits(delegation, lamports, creditsObserved);
  if (credits === null) return fail("ArithmeticOverflow");
  const grown = addStake(delegation, lamports);
  return grown.ok ? answer({ ...grown.value, creditsObserved: credits }) : grown;
}

export function addStake(delegation: StakeDelegation, lamports: bigint): Answer<StakeDelegation> {
  const stake = delegation.stake + lamports;
  return stake > u64Max ? fail("InsufficientFunds") : answer({ ...delegation, stake: stake as Lamports });
}

const u128Max = 2n ** 128n - 1n;

function weighCredits(delegation: StakeDelegation, lamports: bigint, creditsObserved: bigint): bigint | null {
  if (delegation.creditsObserved === creditsObserved) return creditsObserved;
  const stake = delegation.stake + lamports;
  const weighted = delegation.creditsObserved * delegation.stake + creditsObserved * lamports + stake;
  if (stake === 0n || stake > u64Max || weighted > u128Max) return null;
  return (weighted - 1n) / stake;
}
