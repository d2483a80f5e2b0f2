/**
 * The step of an epoch's boundary that settles convictions: takes from every stake that counted for the offender when it
 * offended, own and delegated alike, pays the reporters and burns the rest.
 *
 *     offence in epoch 7, convicted in 7      taken in the first block of 8, before anything else is reckoned
 *
 *     stake at the vote account          effective in 6, 7     pays
 *     active                                   all, all        the share of it
 *     warming up                            a part, more       the share of what was effective in 7
 *     cooling, or inactive since               all, less       the share of what was effective in 6: it is still there
 *     withdrawn, or delegated anew                   -         nothing: its account no longer says where it stood
 *     merged or moved                         as the delegation it went to, which did count by then (stake-merge-kind.ts)
 *
 * The stakes that count in 7 were frozen by what was effective in 6, so both epochs are asked and the larger answer holds:
 * nobody leads with stake that is out of reach because it was cooling. Both are told by the delegation as it stands now:
 * rewards that compounded since are in it, and so are former penalties. A delegation that falls to 0 stays a delegation, of
 * 0 lamports: it can be deactivated and withdrawn as any.
 */
import { assertDefined } from "../../base/assert.ts";
import { compareBytes } from "../../base/bytes.ts";
import { type Account, withData } from "../account.ts";
import { accountsEntries } from "../accounts-tree.ts";
import { slashingProgramAddress, stakeProgramAddress } from "../addresses.ts";
import type { OpeningBank } from "../bank.ts";
import { deposit } from "../deposit.ts";
import { type Address, addressBytes, type Epoch, lamportsOf, u64Max } from "../ids.ts";
import { leastBalance } from "../rent.ts";
import { type DelegatedStakeState, decodeDelegatedStake, encodeStakeState } from "../stake-account.ts";
import { stakeStatusAt } from "../stake-status.ts";
import { readSlashingRecord } from "./jail.ts";
import { computePenalty, type PenaltyLine, type SlashableDelegation } from "./penalty.ts";
import { type Conviction, encodeSlashingRecord, type SlashingRecord } from "./record.ts";

/** By vote account: the address, the account and the record in it. */
type FoundRecord = { readonly address: Address; readonly account: Account; record: SlashingRecord };

/** Settles all pending convictions, older ones first. */
export function takePenalties(opening: OpeningBank): void {
  const records = scanRecords(opening);
  const pending = [...records.values()].flatMap(({ record }) =>
    record.convictions.flatMap((conviction, index) =>
      conviction.settlement === null ? [{ voteAccount: record.voteAccount, conviction, index }] : [],
    ),
  );
  if (pending.length === 0) return;
  pending.sort(
    (a, b) =>
      a.conviction.convictedSlot - b.conviction.convictedSlot ||
      compareBytes(addressBytes(a.voteAccount), addressBytes(b.voteAccount)) ||
      a.index - b.index,
  );
  const stakes = scanDelegations(opening, new Set(pending.map(({ voteAccount }) => voteAccount)));
  const convictedStake = convictedStakeIn(records.values(), opening);
  for (const { voteAccount, index } of pending) {
    const found = assertDefined(records.get(voteAccount), "a pending conviction stands in a record");
    settle(opening, found, index, convictedStake, stakes.get(voteAccount) ?? []);
  }
  for (const voteAccount of new Set(pending.map((each) => each.voteAccount))) {
    const { address, account, record } = assertDefined(records.get(voteAccount), "a record that was settled");
    opening.overlay.set(address, withData(account, encodeSlashingRecord(record)));
  }
}

/** Settles one conviction: the stakes, the reporter, the burn, and what the record says of it. */
function settle(
  opening: OpeningBank,
  found: FoundRecord,
  index: number,
  convictedStake: bigint,
  stakeAccounts: readonly Address[],
): void {
  const { overlay, epoch, rewards } = opening;
  const { params } = opening.chain;
  const conviction = found.record.convictions[index]!;
  const penalty = computePenalty({
    baseBps: conviction.baseBps,
    correlationMultiplier: params.slashCorrelationMultiplier,
    reporterBps: params.slashReporterBps,
    convictedStake,
    totalStake: conviction.totalStake,
    delegations: stakeAccounts.map((address) => delegationAt(opening, address, conviction.offenceEpoch)),
  });
  for (const line of penalty.lines) takeFrom(opening, line);
  // The reporter may have become a program's account, or none that could hold so little: then all of it is burned.
  const { reporter } = conviction;
  const postBalance = deposit(overlay, reporter, penalty.reporterReward, params);
  const paid = postBalance === null ? 0n : penalty.reporterReward;
  if (postBalance !== null) {
    rewards.push({ address: reporter, lamports: paid, postBalance, type: "slashing", commissionBps: null });
  }
  opening.burned += penalty.taken - paid;
  const settled: Conviction = {
    ...conviction,
    settlement: {
      epoch,
      correlatedStake: penalty.correlatedStake,
      correlationBps: penalty.correlationBps,
      shareBps: penalty.shareBps,
      stakeAccounts: penalty.lines.filter(({ taken }) => taken > 0n).length,
      taken: penalty.taken,
      reporterReward: paid,
    },
  };
  found.record = {
    ...found.record,
    takenTotal: addUpTo(u64Max, found.record.takenTotal, penalty.taken),
    convictions: found.record.convictions.with(index, settled),
  };
}

/** The sum, or the most that its place holds. */
function addUpTo(most: bigint, a: bigint, b: bigint): bigint {
  return a > most - b ? most : a + b;
}

function stakeAt(opening: OpeningBank, address: Address): { account: Account; state: DelegatedStakeState } {
  const account = assertDefined(opening.overlay.get(address), "a stake account that was scanned");
  return { account, state: assertDefined(decodeDelegatedStake(account.data), "a delegation that was scanned") };
}

function delegationAt(opening: OpeningBank, address: Address, offenceEpoch: Epoch): SlashableDelegation {
  const { account, state } = stakeAt(opening, address);
  const { delegation } = state;
  const effectiveAt = (epoch: number) =>
    stakeStatusAt(opening.chain.params, delegation, epoch, opening.stakeHistory).effective;
  const then = effectiveAt(offenceEpoch);
  const frozen = offenceEpoch === 0 ? 0n : effectiveAt(offenceEpoch - 1);
  const effective = then > frozen ? then : frozen;
  const above = account.lamports - leastBalance(account.data.length, opening.chain.params);
  return { stakeAccount: address, effective, delegated: delegation.stake, available: above > 0n ? above : 0n };
}

/**
 * Lamports and delegation shrink alike. Where coins were withdrawn while the stake cooled, the delegation is larger than
 * what is there, and falls to that: what still counts of it is never more than the account holds.
 */
function takeFrom(opening: OpeningBank, { stakeAccount, taken, delegated, available }: PenaltyLine): void {
  if (taken === 0n) return;
  const { account, state } = stakeAt(opening, stakeAccount);
  const lamports = lamportsOf(account.lamports - taken);
  const backed = delegated < available ? delegated : available;
  const delegation = { ...state.delegation, stake: lamportsOf(backed - taken) };
  opening.overlay.set(stakeAccount, { ...account, lamports, data: encodeStakeState({ ...state, delegation }) });
  opening.rewards.push({
    address: stakeAccount,
    lamports: -taken,
    postBalance: lamports,
    type: "slashing",
    commissionBps: null,
  });
}

/**
 * The stake of everybody convicted in the `slashCorrelationEpochs` epochs that end here: each validator once, with the most
 * that it had at risk.
 */
function convictedStakeIn(records: Iterable<FoundRecord>, opening: OpeningBank): bigint {
  const first = opening.parent.epoch - opening.chain.params.slashCorrelationEpochs + 1;
  let sum = 0n;
  for (const { record } of records) {
    let most = 0n;
    for (const { convictedEpoch, stakeAtRisk } of record.convictions) {
      if (convictedEpoch >= first && stakeAtRisk > most) most = stakeAtRisk;
    }
    sum += most;
  }
  return sum;
}

/** In the order of their addresses. */
function scanRecords(opening: OpeningBank): Map<Address, FoundRecord> {
  const records = new Map<Address, FoundRecord>();
  for (const [address, { owner }] of accountsEntries(opening.parent.accounts)) {
    if (owner !== slashingProgramAddress) continue;
    const account = opening.overlay.get(address);
    const record = account === null ? null : readSlashingRecord(address, account);
    if (account !== null && record !== null) records.set(record.voteAccount, { address, account, record });
  }
  return records;
}

/** The stake accounts delegated to these vote accounts, by ascending address bytes, as the boundary finds them. */
function scanDelegations(opening: OpeningBank, voteAccounts: ReadonlySet<Address>): Map<Address, Address[]> {
  const delegations = new Map<Address, Address[]>();
  for (const [address, { owner }] of accountsEntries(opening.parent.accounts)) {
    if (owner !== stakeProgramAddress) continue;
    const account = opening.overlay.get(address);
    const state = account?.owner === stakeProgramAddress ? decodeDelegatedStake(account.data) : null;
    if (state === null || !voteAccounts.has(state.delegation.voteAccount)) continue;
    const { voteAccount } = state.delegation;
    const known = delegations.get(voteAccount);
    if (known === undefined) delegations.set(voteAccount, [address]);
    else known.push(address);
  }
  return delegations;
}
