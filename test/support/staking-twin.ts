/**
 * The dumb twin of an epoch's boundary: what stake counts, who is fined, what is frozen and what is paid, reckoned from all
 * accounts and from a history that the twin keeps itself. Written from the rules (warm-up and cool-down as on Solana, with
 * whole numbers; rewards by points; slashing as its modules' stories tell), not from the code: no rule is imported.
 *
 *     accounts before the boundary ──> old shares paid ──> penalties ──> history ──> stake table ──> shares of the pot
 *
 * The pot itself is a float of the year; the twin's must agree with the chain's to a billionth, and then divides the chain's.
 */
import { compareBytes } from "../../src/base/bytes.ts";
import { systemProgramAddress } from "../../src/chain/addresses.ts";
import { type Address, addressBytes } from "../../src/chain/ids.ts";
import type { ChainParams } from "../../src/chain/params.ts";
import { isDelegated, type World } from "./staking-world.ts";

const forever = 2n ** 64n - 1n;
const historyKept = 512n;
const walletRent = 890_880n;

export type Sums = { readonly effective: bigint; readonly activating: bigint; readonly deactivating: bigint };

export type TwinDelegation = {
  readonly address: Address;
  readonly voteAccount: Address;
  stake: bigint;
  readonly activationEpoch: bigint;
  readonly deactivationEpoch: bigint;
  observed: bigint;
  /** What the account holds above its rent reserve. */
  free: bigint;
};

export type TwinEntry = { readonly voteAccount: Address; readonly identity: Address; readonly stake: bigint };

export type TwinConviction = {
  readonly kind: "duplicate-block" | "lockout";
  readonly voteAccount: Address;
  readonly reporter: Address;
  readonly offenceEpoch: number;
  readonly convictedSlot: number;
  readonly convictedEpoch: number;
  readonly stakeAtRisk: bigint;
  readonly totalStake: bigint;
  taken: bigint | null;
};

/** A line of a block's rewards. */
export type TwinPayment = {
  readonly type: "staking" | "voting" | "slashing";
  readonly address: Address;
  readonly lamports: bigint;
};

export type TwinShare = { readonly lamports: bigint; readonly commission: bigint; readonly observed: bigint };

export class StakingTwin {
  readonly params: ChainParams;
  /** Every epoch that ended, from the first. */
  readonly history = new Map<number, Sums>();
  /** By the epoch they are frozen for. */
  readonly tables = new Map<number, readonly TwinEntry[]>();
  readonly commissions = new Map<number, ReadonlyMap<Address, number>>();
  readonly convictions: TwinConviction[] = [];
  /** Shares of the pot that stake accounts have not got yet. */
  due = new Map<Address, TwinShare>();
  #newest = -1;

  constructor(params: ChainParams, genesis: World) {
    this.params = params;
    const epoch = genesis.bank.epoch;
    const table = this.#table(delegationsIn(genesis), genesis, epoch);
    for (const each of [epoch, epoch + 1]) {
      this.tables.set(each, table);
      this.commissions.set(each, commissionsIn(genesis));
    }
  }

  /** The stakes frozen for an epoch, or those that serve it because nobody froze any. */
  tableFor(epoch: number): readonly TwinEntry[] {
    return newestUpTo(this.tables, epoch);
  }

  convict(conviction: Omit<TwinConviction, "stakeAtRisk" | "totalStake" | "taken">): void {
    const table = this.tableFor(conviction.offenceEpoch);
    const own = table.find(({ voteAccount }) => voteAccount === conviction.voteAccount);
    if (own === undefined) throw new Error(`${conviction.voteAccount} was convicted without a stake`);
    const totalStake = table.reduce((sum, { stake }) => sum + stake, 0n);
    this.convictions.push({ ...conviction, stakeAtRisk: own.stake, totalStake, taken: null });
  }

  jailedUntil(voteAccount: Address): bigint {
    let until = 0n;
    for (const each of this.convictions) {
      if (each.voteAccount !== voteAccount) continue;
      const isForEver = each.kind === "duplicate-block" && this.params.slashTombstone;
      const end = isForEver ? forever : BigInt(each.convictedEpoch + 1 + this.params.slashJailEpochs);
      if (end > until) until = end;
    }
    return until;
  }

  isJailed(voteAccount: Address, epoch: number): boolean {
    return BigInt(epoch) < this.jailedUntil(voteAccount);
  }

  /** What counts of a delegation in an epoch, walked epoch by epoch from its activation. */
  statusAt(delegation: Pick<TwinDelegation, "stake" | "activationEpoch" | "deactivationEpoch">, epoch: number): Sums {
    const { stake, activationEpoch: from, deactivationEpoch: to } = delegation;
    const at = BigInt(epoch);
    if (from !== forever && (from === to || at < from)) return { effective: 0n, activating: 0n, deactivating: 0n };
    const upTo = at < to ? at : to;
    const came =
      from === forever ? stake : upTo === from ? 0n : this.#walk(stake, Number(from), Number(upTo), "activating");
    if (at < to) return { effective: came, activating: stake - came, deactivating: 0n };
    if (at === to) return { effective: came, activating: 0n, deactivating: came };
    const left = came - this.#walk(came, Number(to), epoch, "deactivating");
    return { effective: left, activating: 0n, deactivating: left };
  }

  #walk(whole: bigint, from: number, to: number, way: "activating" | "deactivating"): bigint {
    if (this.#entry(from) === null) return whole;
    let moved = 0n;
    for (let epoch = from; epoch < to && moved < whole; epoch++) {
      const cluster = this.#entry(epoch);
      if (cluster === null || cluster[way] === 0n) break;
      const rest = whole - moved;
      const rate = epoch + 1 >= this.params.stakeReducedRateEpoch ? 900n : 2500n;
      let step = (rest * cluster.effective * rate) / (cluster[way] * 10_000n);
      if (step > rest) step = rest;
      if (step < 1n) step = 1n;
      moved += step;
    }
    return moved > whole ? whole : moved;
  }

  /** The chain remembers 512 epochs; whatever is older counts as long settled. */
  #entry(epoch: number): Sums | null {
    if (BigInt(this.#newest - epoch) >= historyKept) return null;
    return this.history.get(epoch) ?? null;
  }

  /**
   * The first block of `epoch`, whose parent left `before`.
   *
   * @param pot the chain's own, and `capitalization` the supply it came from
   * @returns what the block must pay and take at once; what it leaves to be paid is in `due`
   */
  cross(before: World, epoch: number, pot: bigint): readonly TwinPayment[] {
    const payments: TwinPayment[] = [];
    const delegations = delegationsIn(before);
    const ended = before.bank.epoch;
    for (const each of delegations) {
      const share = this.due.get(each.address);
      if (share === undefined) continue;
      each.stake += share.lamports;
      each.free += share.lamports;
      each.observed = share.observed;
      if (share.lamports > 0n) payments.push({ type: "staking", address: each.address, lamports: share.lamports });
    }
    payments.push(...this.#fine(delegations, ended));
    for (let each = ended; each < epoch; each++) {
      const all = delegations.map((delegation) => this.statusAt(delegation, each));
      const sum = (field: keyof Sums) => all.reduce((total, status) => total + status[field], 0n);
      this.history.set(each, {
        effective: sum("effective"),
        activating: sum("activating"),
        deactivating: sum("deactivating"),
      });
      this.#newest = each;
    }
    const table = this.#table(delegations, before, epoch);
    const last = newestUpTo(this.tables, epoch);
    const lastForPay = newestUpTo(this.commissions, ended);
    // An epoch that nobody froze has what was newest when it began.
    for (let each = ended + 2; each <= epoch; each++) {
      if (!this.tables.has(each)) this.tables.set(each, last);
    }
    this.tables.set(epoch + 1, table.length > 0 ? table : last);
    payments.push(...this.#divide(delegations, before, ended, pot, lastForPay));
    this.commissions.set(epoch + 1, commissionsIn(before));
    return payments;
  }

  #fine(delegations: readonly TwinDelegation[], ended: number): TwinPayment[] {
    const { slashCorrelationEpochs, slashCorrelationMultiplier, slashReporterBps } = this.params;
    const most = new Map<Address, bigint>();
    for (const { voteAccount, convictedEpoch, stakeAtRisk } of this.convictions) {
      if (convictedEpoch <= ended - slashCorrelationEpochs) continue;
      if (stakeAtRisk > (most.get(voteAccount) ?? 0n)) most.set(voteAccount, stakeAtRisk);
    }
    const together = [...most.values()].reduce((sum, stake) => sum + stake, 0n);
    const payments: TwinPayment[] = [];
    const open = this.convictions.filter(({ taken }) => taken === null);
    open.sort((a, b) => a.convictedSlot - b.convictedSlot || byAddress(a.voteAccount, b.voteAccount));
    for (const conviction of open) {
      const { totalStake, offenceEpoch, kind } = conviction;
      const base = kind === "lockout" ? this.params.slashLockoutBps : this.params.slashDuplicateBlockBps;
      const counted = min(together, totalStake);
      const more = Number((BigInt(slashCorrelationMultiplier) * counted * 10_000n) / totalStake);
      const bps = BigInt(Math.min(10_000, base + more));
      conviction.taken = 0n;
      for (const each of delegations) {
        if (each.voteAccount !== conviction.voteAccount) continue;
        const then = this.statusAt(each, offenceEpoch).effective;
        const frozen = offenceEpoch > 0 ? this.statusAt(each, offenceEpoch - 1).effective : 0n;
        const due = ((then > frozen ? then : frozen) * bps) / 10_000n;
        const taken = min(due, min(each.stake, each.free));
        if (taken === 0n) continue;
        // Coins withdrawn while they cooled do not count on.
        each.stake = min(each.stake, each.free) - taken;
        each.free -= taken;
        conviction.taken += taken;
        payments.push({ type: "slashing", address: each.address, lamports: -taken });
      }
      const reward = (conviction.taken * BigInt(slashReporterBps)) / 10_000n;
      if (reward > 0n) payments.push({ type: "slashing", address: conviction.reporter, lamports: reward });
    }
    return payments;
  }

  #table(delegations: readonly TwinDelegation[], { votes }: World, epoch: number): TwinEntry[] {
    const table: TwinEntry[] = [];
    for (const [voteAccount, vote] of votes) {
      if (this.isJailed(voteAccount, epoch)) continue;
      let stake = 0n;
      for (const each of delegations)
        if (each.voteAccount === voteAccount) stake += this.statusAt(each, epoch).effective;
      if (stake > 0n) table.push({ voteAccount, identity: vote.node, stake });
    }
    return table.sort((a, b) =>
      a.stake === b.stake ? byAddress(b.voteAccount, a.voteAccount) : a.stake > b.stake ? -1 : 1,
    );
  }

  #divide(
    delegations: readonly TwinDelegation[],
    before: World,
    ended: number,
    pot: bigint,
    asFrozen: ReadonlyMap<Address, number>,
  ): TwinPayment[] {
    const { votes } = before;
    this.due = new Map();
    const anEpochLater = this.commissions.get(ended + 1);
    type Claim = { of: TwinDelegation; points: bigint; observed: bigint; isRewound: boolean; bps: bigint };
    const claims: Claim[] = [];
    let allPoints = 0n;
    for (const of of delegations) {
      const vote = votes.get(of.voteAccount);
      if (vote === undefined) continue;
      const credits = BigInt(vote.epochCredits.at(-1)?.credits ?? 0);
      if (this.isJailed(of.voteAccount, ended)) {
        if (credits !== of.observed) this.due.set(of.address, { lamports: 0n, commission: 0n, observed: credits });
        continue;
      }
      let points = 0n;
      for (const line of credits > of.observed ? vote.epochCredits : []) {
        const [start, end] = [BigInt(line.previousCredits), BigInt(line.credits)];
        const unpaid = of.observed < start ? end - start : of.observed < end ? end - of.observed : 0n;
        points += unpaid * this.statusAt(of, line.epoch).effective;
      }
      allPoints += points;
      const bps =
        asFrozen.get(of.voteAccount) ?? anEpochLater?.get(of.voteAccount) ?? vote.inflationRewardsCommissionBps;
      claims.push({
        of,
        points,
        observed: credits,
        isRewound: credits < of.observed,
        bps: BigInt(Math.min(bps, 10_000)),
      });
    }
    if (allPoints === 0n) return [];
    const commissions = new Map<Address, bigint>();
    let paid = 0n;
    for (const { of, points, observed, isRewound, bps } of claims) {
      if (isRewound || pot === 0n || of.activationEpoch === BigInt(ended)) {
        this.due.set(of.address, { lamports: 0n, commission: 0n, observed });
        continue;
      }
      const reward = (points * pot) / allPoints;
      const commission = (reward * bps) / 10_000n;
      const lamports = (reward * (10_000n - bps)) / 10_000n;
      if (reward === 0n || (bps > 0n && bps < 10_000n && (commission === 0n || lamports === 0n))) continue;
      this.due.set(of.address, { lamports, commission, observed });
      commissions.set(of.voteAccount, (commissions.get(of.voteAccount) ?? 0n) + commission);
      paid += lamports + commission;
    }
    if (paid > pot) throw new Error(`the twin divides ${paid} of ${pot} lamports`);
    return payCommissions(commissions, before);
  }
}

/** To the vote accounts by address, or to whom they name; who cannot hold it does not get it, and nothing is minted. */
function payCommissions(commissions: ReadonlyMap<Address, bigint>, { votes, accounts }: World): TwinPayment[] {
  const payments: TwinPayment[] = [];
  for (const [voteAccount, lamports] of [...commissions].sort(([a], [b]) => byAddress(a, b))) {
    const address = votes.get(voteAccount)!.inflationRewardsCollector;
    const account = accounts.get(address);
    const earlier = payments.filter((payment) => payment.address === address);
    const balance = [...earlier, { lamports: account?.lamports ?? 0n }].reduce(
      (sum, each) => sum + each.lamports,
      lamports,
    );
    const isWallet = (account?.owner ?? systemProgramAddress) === systemProgramAddress && balance >= walletRent;
    if (lamports > 0n && (address === voteAccount || isWallet)) payments.push({ type: "voting", address, lamports });
  }
  return payments;
}

export function delegationsIn({ stakes }: World): TwinDelegation[] {
  return stakes.filter(isDelegated).map(({ address, account, state: { delegation, meta } }) => ({
    address,
    voteAccount: delegation.voteAccount,
    stake: delegation.stake,
    activationEpoch: delegation.activationEpoch,
    deactivationEpoch: delegation.deactivationEpoch,
    observed: delegation.creditsObserved,
    free: account.lamports > meta.rentReserve ? account.lamports - meta.rentReserve : 0n,
  }));
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function commissionsIn({ votes }: World): ReadonlyMap<Address, number> {
  return new Map([...votes].map(([address, state]) => [address, state.inflationRewardsCommissionBps]));
}

function newestUpTo<T>(values: ReadonlyMap<number, T>, epoch: number): T {
  for (let at = epoch; at >= 0; at--) {
    const value = values.get(at);
    if (value !== undefined) return value;
  }
  throw new Error(`nothing frozen up to epoch ${epoch}`);
}

const byAddress = (a: Address, b: Address): number => compareBytes(addressBytes(a), addressBytes(b));
