/**
 * Judges every block of a staking campaign from outside, with sums and comparisons anybody can follow:
 *
 *     each block      every account's balance = what it was + its transactions + the block's rewards, lamport for lamport;
 *                     all balances together = the supply = genesis + minted − burned; nobody below 1 or above 2^64 − 1;
 *                     what refused transactions touched is as it was, but for the fee;
 *                     no stake counts that its account does not hold
 *     each boundary   penalties, history, stake table, commissions, shares: equal to the twin's (staking-twin.ts)
 *     paying blocks   each share once, and credits observed as the twin says; stake accounts stand still till the last
 */
import { equalBytes } from "../../src/base/bytes.ts";
import {
  slashingProgramAddress,
  stakeHistorySysvarAddress,
  stakeProgramAddress,
  sysvarOwnerAddress,
} from "../../src/chain/addresses.ts";
import type { Bank } from "../../src/chain/bank.ts";
import type { Address } from "../../src/chain/ids.ts";
import { rentExemptMinimum } from "../../src/chain/rent.ts";
import { StakingTwin, type TwinPayment } from "./staking-twin.ts";
import { type DelegatedStake, isDelegated, readWorld, type World } from "./staking-world.ts";

const u64Max = 2n ** 64n - 1n;

export class StakingMonitor {
  readonly twin: StakingTwin;
  readonly genesisTotal: bigint;
  world: World;
  boundaries = 0;
  blocks = 0;
  penalties = 0;
  sharesPaid = 0;
  minted = 0n;
  burned = 0n;
  slashed = 0n;
  emptyTables = 0;
  /** Blocks in which some shares were still to be paid. */
  standingStill = 0;

  constructor(genesis: Bank, params: ConstructorParameters<typeof StakingTwin>[0]) {
    this.world = readWorld(genesis);
    this.twin = new StakingTwin(params, this.world);
    this.genesisTotal = sumOf(this.world);
    this.#equal("genesis supply", genesis.supply.total, this.genesisTotal);
  }

  /** The next block's bank. Throws where it differs from what must be. */
  onBlock(bank: Bank): World {
    const before = this.world;
    this.#equal("parent", bank.parentId, before.bank.blockId);
    const after = readWorld(bank);
    this.world = after;
    this.blocks++;
    this.#checkLeader(bank);
    this.#checkBalances(before, after);
    this.#checkSupply(before.bank, bank, after);
    const expected = bank.epoch > before.bank.epoch ? this.#cross(before, after) : [];
    this.#checkPayments(bank, expected);
    this.#checkShares(before, after, expected.length > 0 || bank.epoch > before.bank.epoch);
    this.#checkRefused(before, after);
    if (bank.epoch === before.bank.epoch) this.#checkEffective(before, after);
    for (const stake of after.stakes) if (isDelegated(stake)) this.#checkBacking(stake, bank.epoch);
    return after;
  }

  #fail(what: string): never {
    const { slot, epoch } = this.world.bank;
    throw new Error(`slot ${slot}, epoch ${epoch}: ${what}`);
  }

  #equal(what: string, actual: unknown, expected: unknown): void {
    if (actual !== expected) this.#fail(`${what} is ${String(actual)}, not ${String(expected)}`);
  }

  #checkLeader({ epoch, leader }: Bank): void {
    const table = this.twin.tableFor(epoch);
    if (!table.some(({ identity, stake }) => identity === leader && stake > 0n)) this.#fail(`${leader} has no stake`);
  }

  /** Follows each lamport through the block: what the chain paid first, then the transactions, then the leader's fees. */
  #checkBalances(before: World, after: World): void {
    const { bank } = after;
    const balances = new Map<Address, bigint>();
    for (const [address, { lamports }] of before.accounts) balances.set(address, lamports);
    const pay = ({ address, lamports, postBalance, type }: Bank["rewards"][number]) => {
      const balance = (balances.get(address) ?? 0n) + lamports;
      balances.set(address, balance);
      this.#equal(`${address} after a ${type} reward`, postBalance, balance);
      if (balance < 0n) this.#fail(`${address} owes ${balance}`);
    };
    for (const reward of bank.rewards) if (reward.type !== "fee") pay(reward);
    let [baseFees, priorityFees] = [0n, 0n];
    for (const { transaction, error, fee, preBalances, postBalances } of bank.results) {
      const feeTotal = fee.base + fee.priority;
      baseFees += fee.base;
      priorityFees += fee.priority;
      let lost = 0n;
      for (const [index, address] of transaction.accountKeys.entries()) {
        this.#equal(`${address} before ${transaction.signature}`, preBalances[index], balances.get(address) ?? 0n);
        const post = postBalances[index]!;
        if (post < 0n || post > u64Max) this.#fail(`${address} has ${post} lamports`);
        if (error !== null) {
          this.#equal(`${address} after a refusal`, post, preBalances[index]! - (index === 0 ? feeTotal : 0n));
        }
        lost += preBalances[index]! - post;
        balances.set(address, post);
      }
      this.#equal(`what ${transaction.signature} lost`, lost, feeTotal);
    }
    const fees = bank.rewards.filter(({ type }) => type === "fee");
    for (const reward of fees) pay(reward);
    for (const { address } of fees) this.#checkCollector(after, address);
    const paid = fees.reduce((sum, { lamports }) => sum + lamports, 0n);
    const share = (baseFees * BigInt(this.twin.params.feeBurnPercent)) / 100n;
    const isBurned = fees.length === 0;
    this.#equal("fees burned", bank.feesBurned, isBurned ? baseFees + priorityFees : share);
    this.#equal("fees paid", paid, isBurned ? 0n : baseFees + priorityFees - share);
    for (const [address, { lamports }] of after.accounts) {
      if (lamports < 1n || lamports > u64Max) this.#fail(`${address} has ${lamports} lamports`);
      this.#equal(`the balance of ${address}`, lamports, balances.get(address) ?? 0n);
      balances.delete(address);
    }
    for (const [address, lamports] of balances)
      if (lamports !== 0n) this.#fail(`${lamports} lamports of ${address} are lost`);
  }

  /** Fees go to the leader, or to whom its vote account names after the block's transactions. */
  #checkCollector({ bank, votes }: World, address: Address): void {
    const led = this.twin.tableFor(bank.epoch).filter(({ identity }) => identity === bank.leader);
    const named = led.map(({ voteAccount }) => votes.get(voteAccount)?.blockRevenueCollector ?? bank.leader);
    if (!named.includes(address)) this.#fail(`the fees went to ${address}`);
  }

  #checkSupply(parent: Bank, bank: Bank, world: World): void {
    let [minted, taken, given] = [0n, 0n, 0n];
    for (const { type, lamports } of bank.rewards) {
      if (type === "staking" || type === "voting") minted += lamports;
      if (type === "slashing" && lamports < 0n) taken -= lamports;
      if (type === "slashing" && lamports > 0n) given += lamports;
      if (type !== "slashing" && lamports <= 0n) this.#fail(`a ${type} reward of ${lamports}`);
    }
    const burned = taken - given + bank.feesBurned;
    this.#equal("minted", bank.supply.minted - parent.supply.minted, minted);
    this.#equal("burned", bank.supply.burned - parent.supply.burned, burned);
    this.#equal("the supply", bank.supply.total, this.genesisTotal + bank.supply.minted - bank.supply.burned);
    this.#equal("the sum of all balances", sumOf(world), bank.supply.total);
    this.minted += minted;
    this.burned += burned;
    this.slashed += taken;
  }

  /** The first block of an epoch: everything but its transactions, as the twin has it. */
  #cross(before: World, after: World): readonly TwinPayment[] {
    const { twin } = this;
    const { bank } = after;
    const { epoch } = bank;
    const progress = bank.rewardsProgress;
    if (progress === null) this.#fail("a boundary without rewards");
    const { pot } = progress.rewards;
    this.#checkPot(before.bank, epoch, pot);
    const penalties = twin.convictions.filter(({ taken }) => taken === null);
    const payments = twin.cross(before, epoch, pot);
    this.boundaries++;
    this.penalties += penalties.length;
    this.#checkHistory(after, before.bank.epoch);
    const table = bank.stakeTables.get((epoch + 1) as Bank["epoch"])?.entries ?? [];
    const line = ({ voteAccount, identity, stake }: (typeof table)[number]) => `${voteAccount} ${identity} ${stake}`;
    const expected = twin.tableFor(epoch + 1) as unknown as typeof table;
    this.#equal(`the stake table of ${epoch + 1}`, table.map(line).join("\n"), expected.map(line).join("\n"));
    if (expected === twin.tableFor(epoch)) this.emptyTables++;
    for (const each of [epoch - 1, epoch, epoch + 1]) {
      const known = bank.stakeTables.get(each as Bank["epoch"])?.entries ?? [];
      const wanted = twin.tableFor(each) as unknown as typeof known;
      this.#equal(`the table kept of ${each}`, known.map(line).join("\n"), wanted.map(line).join("\n"));
    }
    const commissions = bank.commissionTables.get((epoch + 1) as Bank["epoch"]) ?? new Map();
    const inOrder = (entries: Iterable<readonly [Address, number]>) => [...entries].map(String).sort().join(" ");
    this.#equal("the frozen commissions", inOrder(commissions), inOrder(twin.commissions.get(epoch + 1)!));
    this.#checkRecords(before, after);
    const total = [...twin.due.values()].reduce((sum, { lamports, commission }) => sum + lamports + commission, 0n);
    this.#equal("the rewards' total", progress.rewards.total, total);
    if (total > pot) this.#fail(`${total} lamports from a pot of ${pot}`);
    const { partitions } = progress.rewards;
    const most = Math.max(1, Math.floor(twin.params.slotsPerEpoch / 10));
    if (partitions.length > most) this.#fail(`${partitions.length} partitions`);
    const listed = partitions.flat().map(({ stakeAccount }) => stakeAccount);
    this.#equal("accounts in partitions", new Set(listed).size, listed.length);
    for (const address of twin.due.keys()) if (!listed.includes(address)) this.#fail(`${address} is in no partition`);
    return payments;
  }

  /** By the engine's own power: it may differ in the last bit. */
  #checkPot(parent: Bank, epoch: number, pot: bigint): void {
    const { params } = this.twin;
    const slotsPerYear = (365.242199 * 24 * 3600 * 1000) / params.slotDurationMs;
    const year = (epoch * params.slotsPerEpoch) / slotsPerYear;
    const tapered = (params.inflationInitialBps / 1e4) * (1 - params.inflationTaperBps / 1e4) ** year;
    const rate = Math.max(tapered, params.inflationTerminalBps / 1e4);
    const expected = rate * Number(parent.supply.total) * (params.slotsPerEpoch / slotsPerYear);
    if (Math.abs(Number(pot) - expected) > 1 + expected * 1e-9) this.#fail(`the pot is ${pot}, not about ${expected}`);
  }

  /** The account that clients read: entries newest first, four numbers each. */
  #checkHistory(after: World, ended: number): void {
    const { epoch } = after.bank;
    const data = after.accounts.get(stakeHistorySysvarAddress)?.data;
    if (data === undefined) this.#fail("no stake history");
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const u64 = (at: number) => view.getBigUint64(at, true);
    const { history } = this.twin;
    this.#equal("epochs in the history", u64(0), BigInt(Math.min(512, history.size)));
    const count = this.boundaries % 50 === 0 ? Math.min(512, history.size) : Math.min(history.size, epoch - ended + 2);
    for (let index = 0; index < count; index++) {
      const at = 8 + 32 * index;
      const sums = history.get(epoch - 1 - index)!;
      const expected = [BigInt(epoch - 1 - index), sums.effective, sums.activating, sums.deactivating];
      const actual = [0, 8, 16, 24].map((offset) => u64(at + offset));
      this.#equal("a history entry", actual.join(" "), expected.join(" "));
    }
  }

  #checkRecords(before: World, { records }: World): void {
    for (const voteAccount of before.records.keys()) {
      const record = records.get(voteAccount);
      if (record === undefined) this.#fail(`the record of ${voteAccount} is gone`);
      const own = this.twin.convictions.filter((each) => each.voteAccount === voteAccount);
      const taken = own.reduce((sum, each) => sum + (each.taken ?? 0n), 0n);
      this.#equal(`what ${voteAccount} paid`, record.takenTotal, taken);
    }
  }

  /** Once the twin has heard of this block's convictions: the records have the same ones. */
  checkTerms(): void {
    const { records } = this.world;
    const convicted = new Set(this.twin.convictions.map(({ voteAccount }) => voteAccount));
    this.#equal("validators with a record", records.size, convicted.size);
    for (const [voteAccount, record] of records) {
      const own = this.twin.convictions.filter((each) => each.voteAccount === voteAccount);
      this.#equal(`the term of ${voteAccount}`, record.jailedUntilEpoch, this.twin.jailedUntil(voteAccount));
      this.#equal(`the convictions of ${voteAccount}`, record.convictionsTotal, own.length);
    }
  }

  /** Whether its stake counts for nothing in the epoch to come, or ever. */
  isOut(voteAccount: Address): boolean {
    return this.twin.isJailed(voteAccount, this.world.bank.epoch + 1) || !this.world.votes.has(voteAccount);
  }

  isOutForEver(voteAccount: Address): boolean {
    return this.twin.jailedUntil(voteAccount) === u64Max;
  }

  /** What the chain itself paid and took in this block. */
  #checkPayments({ rewards }: Bank, expected: readonly TwinPayment[]): void {
    const line = ({ type, address, lamports }: TwinPayment) => `${type} ${address} ${lamports}`;
    const due = expected.map(line);
    // Shares that a boundary found unpaid are paid there; in any other block only shares of the partition that is due.
    const isShare = (each: Bank["rewards"][number]) => each.type === "staking" && expected.length === 0;
    const actual = rewards
      .filter((each) => each.type !== "fee" && !isShare(each))
      .map((each) => line(each as TwinPayment));
    this.#equal("what the block paid and took", actual.sort().join("\n"), due.sort().join("\n"));
  }

  /** Shares arrive, each once, and nothing else happens to delegations until all have arrived. */
  #checkShares(before: World, after: World, isBoundary: boolean): void {
    const { bank } = after;
    const { due } = this.twin;
    const progress = bank.rewardsProgress;
    if (progress === null) return;
    const isPaid = progress.partitionsPaid === progress.rewards.partitions.length;
    if (isBoundary) {
      if (!isPaid) this.#checkStandingStill(after);
      if (isPaid && due.size > 0) this.#fail("shares are due and none will be paid");
      return;
    }
    const wasPaid = before.bank.rewardsProgress?.partitionsPaid === progress.rewards.partitions.length;
    const shares = bank.rewards.filter(({ type }) => type === "staking");
    if (wasPaid) {
      if (shares.length > 0) this.#fail("a share is paid after the last one");
      return;
    }
    const old = new Map(before.stakes.filter(isDelegated).map((stake) => [stake.address, stake]));
    const now = new Map(after.stakes.filter(isDelegated).map((stake) => [stake.address, stake]));
    for (const { address, lamports } of shares) {
      const share = due.get(address);
      this.#equal(`the share of ${address}`, lamports, share?.lamports);
      if (share === undefined) continue;
      due.delete(address);
      this.sharesPaid++;
      if (!isPaid) this.#checkGrown(old.get(address), now.get(address), share.lamports, share.observed);
    }
    if (!isPaid) {
      this.#checkStandingStill(after);
      return;
    }
    for (const [address, share] of due) {
      if (share.lamports > 0n) this.#fail(`${address} was not paid its ${share.lamports} lamports`);
      // Transactions may move it again in this very block.
      if (touchedIn(bank).has(address)) continue;
      this.#equal(`credits observed by ${address}`, now.get(address)?.state.delegation.creditsObserved, share.observed);
    }
    due.clear();
  }

  #checkGrown(
    old: DelegatedStake | undefined,
    now: DelegatedStake | undefined,
    lamports: bigint,
    observed: bigint,
  ): void {
    if (old === undefined || now === undefined) this.#fail("a share went to no delegation");
    this.#equal("the delegation's stake", now.state.delegation.stake, old.state.delegation.stake + lamports);
    this.#equal("credits observed", now.state.delegation.creditsObserved, observed);
  }

  #checkStandingStill({ bank }: World): void {
    this.standingStill++;
    for (const { transaction, error } of bank.results) {
      const touches = transaction.instructions.some(
        ({ programIndex, data }) => transaction.accountKeys[programIndex] === stakeProgramAddress && data[0] !== 13,
      );
      if (touches && error === null) this.#fail(`${transaction.signature} moved a stake while rewards are paid`);
    }
  }

  /**
   * Within an epoch transactions change what will count, never what counts: splits, merges and moves only hand it on, but for
   * the rounding of parts. Shares of the pot may add to it.
   */
  #checkEffective(before: World, after: World): void {
    const { bank } = after;
    const touched = touchedIn(bank);
    let shares = 0n;
    for (const { type, address, lamports } of bank.rewards) {
      if (type !== "staking") continue;
      touched.add(address);
      shares += lamports;
    }
    if (touched.size === 0) return;
    const effectiveIn = (world: World) => {
      let sum = 0n;
      for (const stake of world.stakes) {
        if (!touched.has(stake.address) || !isDelegated(stake)) continue;
        sum += this.twin.statusAt(stake.state.delegation, bank.epoch).effective;
      }
      return sum;
    };
    const [old, now] = [effectiveIn(before), effectiveIn(after)];
    const rounding = 100n * BigInt(touched.size);
    if (now < old - rounding || now > old + shares + rounding) this.#fail(`${old} lamports that count became ${now}`);
  }

  /** Who is named by refused transactions alone has the very data that it had. */
  #checkRefused(before: World, after: World): void {
    const { bank } = after;
    const touched = touchedIn(bank);
    for (const { address } of bank.rewards) touched.add(address);
    for (const { transaction, error } of bank.results) {
      if (error === null) continue;
      for (const address of transaction.accountKeys) {
        const [old, now] = [before.accounts.get(address), after.accounts.get(address)];
        if (touched.has(address) || old?.owner === sysvarOwnerAddress) continue;
        // The chain itself pays and fines, and writes into records what a conviction cost.
        const isChainAtWork = before.bank.rewardsProgress !== bank.rewardsProgress;
        if (isChainAtWork && (old?.owner === stakeProgramAddress || old?.owner === slashingProgramAddress)) continue;
        const isSame =
          old === now ||
          (old !== undefined && now !== undefined && old.owner === now.owner && equalBytes(old.data, now.data));
        // The fee may have emptied the payer.
        if (!isSame && now !== undefined) this.#fail(`${transaction.signature} was refused and changed ${address}`);
      }
    }
  }

  /** A stake that was never deactivated is there in full; of any other, what still counts. */
  #checkBacking({ address, account, state }: DelegatedStake, epoch: number): void {
    const { stake, deactivationEpoch } = state.delegation;
    const held = account.lamports - rentExemptMinimum(account.data.length, this.twin.params);
    if (deactivationEpoch === u64Max) {
      if (held < stake) this.#fail(`${address} delegates ${stake} and holds ${held}`);
      return;
    }
    if (held >= stake) return;
    const { effective } = this.twin.statusAt(state.delegation, epoch);
    if (held < 0n || held < effective) this.#fail(`${effective} lamports of ${address} count, and it holds ${held}`);
  }
}

function touchedIn(bank: Bank): Set<Address> {
  const touched = new Set<Address>();
  for (const { transaction, error } of bank.results) {
    if (error !== null) continue;
    for (const [index, address] of transaction.accountKeys.entries()) {
      if (transaction.isWritable[index]) touched.add(address);
    }
  }
  return touched;
}

function sumOf({ accounts }: World): bigint {
  let sum = 0n;
  for (const { lamports } of accounts.values()) sum += lamports;
  return sum;
}
