/**
 * A staking campaign: a `lab` network of five validators and 200 stake accounts in all states, run through many short epochs
 * with random traffic, validators that go away and come back, and validators that are caught. Everything follows from
 * one seed; every block is judged from outside (staking-monitor.ts).
 *
 *     runCampaign({ seed: "1", epochs: 12 })  ──>  what happened, counted; throws at the first block that is not right
 *
 * A validator that is out for ever makes a new vote account under its old identity, and stake finds its way there.
 */
import { createRandom, type Random } from "../../src/base/random.ts";
import type { Bank } from "../../src/chain/bank.ts";
import type { Block } from "../../src/chain/block.ts";
import type { Keypair } from "../../src/chain/crypto.ts";
import { genesisStakeStates } from "../../src/chain/genesis-stakes.ts";
import { type Address, lamportsPerSol } from "../../src/chain/ids.ts";
import { type ChainParams, createParams } from "../../src/chain/params.ts";
import { Cluster } from "../../src/sim/cluster.ts";
import { wipeDisk } from "../../src/sim/disk.ts";
import { createNetwork, type Network, type StakePlan } from "../../src/sim/network.ts";
import { createValidator } from "../../src/validator/validator.ts";
import { testCrypto } from "./clusters.ts";
import type { Traffic } from "./staking-drafts.ts";
import {
  type Accusation,
  accuseFalsely,
  accuseOfBrokenLockout,
  accuseOfDuplicateBlock,
  type Court,
  evidenceInstruction,
  type Suspect,
} from "./staking-misbehaviour.ts";
import { StakingMonitor } from "./staking-monitor.ts";
import { drawIntents, type Intent, sign } from "./staking-traffic.ts";
import { createVoteAccount } from "./staking-vote-drafts.ts";
import { readWorld, type World } from "./staking-world.ts";

const sol = lamportsPerSol;
const slotsPerEpoch = 32;
const validatorCount = 5;
const stakeAccountCount = 200;
const peopleCount = 20;
/** Longer than anybody is ever away: he may be the only one who is not in jail. */
const standstillSlots = 10 * slotsPerEpoch;

export type CampaignOptions = {
  readonly seed: string;
  readonly epochs: number;
  readonly params?: Partial<ChainParams>;
  /** How many times as often validators are caught; 1: one in a dozen epochs. */
  readonly misbehaviour?: number;
  /** Kinds of traffic to leave out. */
  readonly without?: readonly string[];
  /** How many blocks from genesis on to keep, for a verification from outside. */
  readonly keepBlocks?: number;
  readonly onEpoch?: (campaign: Campaign) => void;
};

/** Why true evidence may convict nobody: it had no stake, it is too late, it was punished, its record is full. */
const excuses = new Set([6, 7, 9, 11].map((code) => JSON.stringify({ InstructionError: [0, { Custom: code }] })));

type Counts = { accepted: number; refused: number; readonly errors: Map<string, number> };

/** A validator's node, and the vote account it votes with now. */
type Runner = Suspect & { readonly node: number; replacement: Address | null; awayUntil: number };

export class Campaign {
  readonly network: Network;
  readonly cluster: Cluster;
  readonly monitor: StakingMonitor;
  readonly counts = new Map<string, Counts>();
  readonly blocks: Block[] = [];
  readonly convictions = new Map<string, number>();
  /** Epochs that validators were away, vote accounts given up; times that a third of them and more were away, or all. */
  readonly events = { offlineEpochs: 0, retired: 0, stalls: 0, blackouts: 0, lost: 0 };
  readonly stakeAccounts = { least: stakeAccountCount, most: stakeAccountCount };
  world: World;
  readonly #random: Random;
  readonly #traffic: Traffic;
  readonly #runners: Runner[];
  readonly #pending = new Map<string, Intent & { readonly accusation?: Accusation; readonly reporter?: Address }>();
  readonly #recent: Block[] = [];
  readonly #used: Accusation[] = [];
  readonly #options: CampaignOptions;
  #failure: unknown = null;

  constructor(options: CampaignOptions) {
    const { seed } = options;
    this.#options = options;
    this.#random = createRandom(seed, "campaign");
    this.network = createCampaignNetwork(seed, options.params ?? {});
    this.cluster = new Cluster({
      network: this.network,
      crypto: testCrypto,
      onReport: (node, report) => {
        if (node !== validatorCount || report.type !== "block-added" || this.#failure !== null) return;
        try {
          this.#onBlock(report.block, report.bank);
        } catch (error) {
          this.#failure = error;
        }
      },
    });
    const genesis = this.cluster.observing.tree.root.bank;
    this.monitor = new StakingMonitor(genesis, this.cluster.chain.params);
    this.world = readWorld(genesis);
    const { validators, accounts, faucet } = this.network;
    this.#runners = validators.map(({ identity, voteAccount }, node) => ({
      identity,
      voteAccount,
      node,
      replacement: null,
      awayUntil: 0,
    }));
    const people = accounts.slice(1);
    const pairs: Keypair[] = [...accounts, faucet, ...validators.map(({ identity }) => identity)];
    this.#traffic = {
      random: createRandom(seed, "traffic"),
      scheme: testCrypto.signatures,
      keys: new Map(pairs.map((pair) => [pair.address, pair])),
      people,
      stranger: accounts[0]!,
      faucet,
      seed,
      created: 0,
      wanted: [],
      running: new Set(),
    };
  }

  run(): void {
    const slots = this.#options.epochs * slotsPerEpoch;
    for (let slot = 1; slot <= slots; slot++) {
      this.#steer(slot);
      this.#submit();
      this.cluster.advanceSlot();
      if (this.#failure !== null) throw this.#failure;
      if (slot - this.world.bank.slot > standstillSlots) throw new Error(`slot ${slot}: the chain stands still`);
      if (slot % slotsPerEpoch === 0) this.#options.onEpoch?.(this);
    }
  }

  #onBlock(block: Block, bank: Bank): void {
    this.world = this.monitor.onBlock(bank);
    if (this.blocks.length < (this.#options.keepBlocks ?? 0)) this.blocks.push(block);
    this.#recent.push(block);
    if (this.#recent.length > 2 * slotsPerEpoch) this.#recent.shift();
    for (const { transaction, error } of bank.results) {
      const intent = this.#pending.get(transaction.signature);
      if (intent === undefined) continue;
      this.#pending.delete(transaction.signature);
      this.#count(intent.kind, error === null ? null : JSON.stringify(error));
      if (intent.accusation?.isTrue === true && error !== null && !excuses.has(JSON.stringify(error))) {
        throw new Error(`slot ${bank.slot}: true evidence was refused: ${JSON.stringify(error)}`);
      }
      if (error !== null) continue;
      if (intent.isHopeless) throw new Error(`slot ${bank.slot}: a hopeless ${intent.kind} was accepted`);
      if (intent.accusation !== undefined) this.#convict(intent.accusation, intent.reporter!, bank);
    }
    this.monitor.checkTerms();
    const { stakeAccounts } = this;
    stakeAccounts.least = Math.min(stakeAccounts.least, this.world.stakes.length);
    stakeAccounts.most = Math.max(stakeAccounts.most, this.world.stakes.length);
  }

  #count(kind: string, error: string | null): void {
    const counts = this.counts.get(kind) ?? { accepted: 0, refused: 0, errors: new Map<string, number>() };
    this.counts.set(kind, counts);
    if (error === null) counts.accepted++;
    else {
      counts.refused++;
      counts.errors.set(error, (counts.errors.get(error) ?? 0) + 1);
    }
  }

  #convict({ kind, voteAccount, offenceSlot, name }: Accusation, reporter: Address, bank: Bank): void {
    const offenceEpoch = Math.floor(offenceSlot / slotsPerEpoch);
    this.monitor.twin.convict({
      kind,
      voteAccount,
      reporter,
      offenceEpoch,
      convictedSlot: bank.slot,
      convictedEpoch: bank.epoch,
    });
    this.convictions.set(name, (this.convictions.get(name) ?? 0) + 1);
  }

  /** Who is online, who votes with which account, where stake is wanted. */
  #steer(slot: number): void {
    const { world, monitor } = this;
    const { epoch } = world.bank;
    for (const runner of this.#runners) {
      if (runner.awayUntil !== 0 && runner.awayUntil <= slot) this.#comeBack(runner);
      if (this.#canReplace(runner)) this.#replace(runner);
    }
    if (slot % slotsPerEpoch === 5) this.#sendAway(slot);
    const table = new Map(monitor.twin.tableFor(epoch + 1).map(({ voteAccount, stake }) => [voteAccount, stake]));
    const newest = this.#runners.map(({ voteAccount, replacement }) => replacement ?? voteAccount);
    const free = newest.filter((vote) => !monitor.isOut(vote));
    const stakeOf = (vote: Address) => table.get(vote) ?? 0n;
    this.#traffic.wanted = free.sort((a, b) =>
      stakeOf(a) < stakeOf(b) ? -1 : stakeOf(a) > stakeOf(b) ? 1 : a < b ? -1 : 1,
    );
    this.#traffic.running = new Set(
      this.#runners.flatMap(({ voteAccount, replacement }) => [voteAccount, replacement ?? voteAccount]),
    );
  }

  /** Not while the old vote account is still to lead: it may be the only one. */
  #canReplace({ voteAccount, replacement, awayUntil }: Runner): boolean {
    const { bank, votes } = this.world;
    if (replacement === null || !votes.has(replacement) || awayUntil !== 0) return false;
    const leads = (epoch: number) =>
      this.monitor.twin.tableFor(epoch).some((entry) => entry.voteAccount === voteAccount);
    return !leads(bank.epoch) && !leads(bank.epoch + 1);
  }

  /** Its node starts again with the new vote account and an empty tower. */
  #replace(runner: Runner): void {
    const { cluster } = this;
    const node = cluster.nodes[runner.node]!;
    const { identity, work } = node.validator;
    cluster.setOnline(runner.node, false);
    const root = cluster.observing.tree.root.bank;
    const voteAccount = runner.replacement!;
    node.validator = createValidator({ chain: cluster.chain, identity, voteAccount, work, genesisBank: root });
    wipeDisk(node.disk);
    cluster.setOnline(runner.node, true);
    const fresh = { ...runner, voteAccount, replacement: null };
    this.#runners[this.#runners.indexOf(runner)] = fresh;
    this.events.retired++;
  }

  /** Mostly one validator, while two thirds of the stake stay; seldom more, and very seldom everybody. */
  #sendAway(slot: number): void {
    const random = this.#random;
    const isAway = (runner: Runner) => runner.awayUntil !== 0;
    this.events.offlineEpochs += this.#runners.filter(isAway).length;
    const dice = random.below(300);
    if (dice === 0) {
      this.events.blackouts++;
      const until = slot + 10 + random.below(80);
      for (const runner of this.#runners) this.#leave(runner, until);
      return;
    }
    if (dice < 6) {
      this.events.stalls++;
      for (const runner of random.shuffled(this.#runners).slice(0, 2 + random.below(2)))
        this.#leave(runner, slot + 20 + random.below(50));
      return;
    }
    if (dice > 60 || this.#runners.some(isAway)) return;
    const table = this.monitor.twin.tableFor(this.world.bank.epoch + 1);
    const total = table.reduce((sum, { stake }) => sum + stake, 0n);
    const runner = random.pick(this.#runners);
    const own = table.find(({ voteAccount }) => voteAccount === runner.voteAccount)?.stake ?? 0n;
    const ghosts = table
      .filter(({ voteAccount }) => !this.#runners.some((other) => other.voteAccount === voteAccount))
      .reduce((sum, { stake }) => sum + stake, 0n);
    if (3n * (own + ghosts) < total) this.#leave(runner, slot + slotsPerEpoch * (1 + random.below(9)));
  }

  #leave(runner: Runner, until: number): void {
    runner.awayUntil = Math.max(runner.awayUntil, until);
    this.cluster.setOnline(runner.node, false);
  }

  #submit(): void {
    const { world } = this;
    const { without = [] } = this.#options;
    const drawn = drawIntents(this.#traffic, world).filter(({ kind }) => !without.includes(kind));
    const intents: (Intent & { readonly accusation?: Accusation; readonly reporter?: Address })[] = drawn;
    intents.push(...this.#accuse(), ...this.#makeReplacements());
    if (intents.length === 0) return;
    for (const intent of intents) this.#pending.set(intent.transaction.signature, intent);
    const refusals = this.cluster.submit(intents.map(({ transaction }) => transaction));
    for (const [signature, refusal] of refusals) {
      const intent = this.#pending.get(signature);
      this.#pending.delete(signature);
      if (intent !== undefined) this.#count(intent.kind, `at the door: ${refusal.code}`);
    }
    if (this.#pending.size > 2000) {
      const oldest = this.#pending.keys().next().value!;
      this.#pending.delete(oldest);
      this.events.lost++;
    }
  }

  #accuse() {
    const random = this.#random;
    if (this.#recent.length < 20) return [];
    const court: Court = {
      random,
      scheme: testCrypto.signatures,
      genesisHash: this.cluster.chain.genesisHash,
      blocks: this.#recent,
      stranger: this.#traffic.stranger,
    };
    const dice = random.below(Math.floor(9600 / (this.#options.misbehaviour ?? 1)));
    const suspect = random.pick(this.#runners);
    const other = this.#runners[(this.#runners.indexOf(suspect) + 1) % validatorCount]!;
    let accusation: Accusation | null = null;
    if (dice < 6) accusation = accuseOfDuplicateBlock(court, suspect);
    else if (dice < 36) accusation = accuseOfBrokenLockout(court, suspect);
    else if (dice < 276) accusation = accuseFalsely(court, suspect, other);
    else if (dice < 396 && this.#used.length > 0) {
      // True evidence handed in again, while it is young and when it is old.
      accusation = { ...random.pick(this.#used.slice(-4)), name: "replay" };
    }
    if (accusation === null) return [];
    if (accusation.isTrue && accusation.name !== "replay") this.#used.push(accusation);
    const reporter = random.pick(this.#traffic.people).address;
    const instruction = evidenceInstruction(accusation, reporter);
    const transaction = sign(this.#traffic, this.world, [instruction], reporter);
    const kind = `evidence: ${accusation.name}`;
    const again = accusation.name === "replay" ? this.#isPunished(accusation) : false;
    return [{ kind, isHopeless: !accusation.isTrue || again, transaction, accusation, reporter }];
  }

  /** Whether the offence lies before a conviction for one of its kind, which covers it. */
  #isPunished({ voteAccount, kind, offenceSlot }: Accusation): boolean {
    return this.monitor.twin.convictions.some(
      (each) => each.voteAccount === voteAccount && each.kind === kind && each.convictedSlot >= offenceSlot,
    );
  }

  /** Whoever is out for ever makes a new vote account. */
  #makeReplacements(): Intent[] {
    const intents: Intent[] = [];
    for (const runner of this.#runners) {
      const isAsked = runner.replacement !== null && !this.world.votes.has(runner.replacement);
      if (isAsked && this.world.bank.slot % 8 === 0) runner.replacement = null;
      if (runner.replacement !== null || !this.monitor.isOutForEver(runner.voteAccount)) continue;
      const { address } = runner.identity;
      const { voteAccount, instructions } = createVoteAccount(this.#traffic, address, address);
      runner.replacement = voteAccount;
      const transaction = sign(this.#traffic, this.world, instructions, address);
      intents.push({ kind: "replace-vote-account", isHopeless: false, transaction });
    }
    return intents;
  }

  /** Brings everybody back, waits, and throws unless all have the observer's state. */
  expectAgreement(): void {
    for (const runner of this.#runners) this.#comeBack(runner);
    for (let slot = 0; slot < slotsPerEpoch; slot++) {
      this.cluster.advanceSlot();
      if (this.#failure !== null) throw this.#failure;
    }
    const states = new Map(
      this.cluster.nodes.map(({ validator }, node) => [validator.consensus.head().bank.stateHash, node]),
    );
    if (states.size !== 1) throw new Error(`validators have ${states.size} states: ${[...states]}`);
    if (!states.has(this.world.bank.stateHash)) throw new Error("the monitor judged another chain");
  }

  #comeBack(runner: Runner): void {
    runner.awayUntil = 0;
    this.cluster.setOnline(runner.node, true);
  }
}

function createCampaignNetwork(seed: string, overrides: Partial<ChainParams>): Network {
  const params = createParams("lab", {
    slotsPerEpoch,
    slotsPerRotation: 2,
    ticksPerSlot: 2,
    hashesPerTick: 8,
    blockhashTtl: 150,
    stakeRewardsPerBlock: 70,
    ...overrides,
  });
  if (!params.ok) throw new Error(JSON.stringify(params.facts));
  const network = createNetwork(
    {
      seed,
      params: params.value,
      creationTime: 1_700_000_000,
      validators: Array.from({ length: validatorCount }, (_, index) => ({
        stake: BigInt(10_000 + 1000 * index) * sol,
        commission: [0, 5, 10, 50, 100][index]!,
      })),
      accounts: peopleCount + 1,
      accountLamports: 5_000n * sol,
      stakes: planStakes(createRandom(seed, "genesis")),
    },
    testCrypto.signatures,
  );
  if (!network.ok) throw new Error(`${network.code} ${JSON.stringify(network.facts)}`);
  return network.value;
}

/** In all states, a seventh of them locked. Half of the people own most of them, so that there is something to merge. */
function planStakes(random: Random): StakePlan[] {
  return Array.from({ length: stakeAccountCount }, (_, index) => {
    const state = index % 2 === 0 ? "active" : genesisStakeStates[index % genesisStakeStates.length]!;
    const owner = 1 + random.below(random.below(4) === 0 ? peopleCount : peopleCount / 2);
    const isLocked = random.below(7) === 0;
    const lockup = {
      unixTimestamp: BigInt(1_700_000_000 + random.below(200)),
      epoch: BigInt(random.below(30)),
      custodian: 1 + random.below(peopleCount),
    };
    return {
      validator: state === "initialized" ? null : random.below(validatorCount),
      stake: random.belowBig(1_000n * sol) + sol,
      state,
      staker: owner,
      withdrawer: random.below(5) === 0 ? 1 + random.below(peopleCount) : owner,
      ...(isLocked ? { lockup } : {}),
    };
  });
}

/** What happened, in lines. */
export function describeCampaign(campaign: Campaign): string {
  const { monitor, events, convictions, stakeAccounts, world } = campaign;
  const kinds = [...campaign.counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = kinds.map(([kind, { accepted, refused }]) => `  ${kind}: ${accepted} accepted, ${refused} refused`);
  const { supply, slot, epoch, transactionCount, voteCount } = world.bank;
  const inSol = (lamports: bigint) => `${lamports / sol} SOL`;
  return [
    `slot ${slot}, epoch ${epoch}: ${monitor.blocks} blocks, ${monitor.boundaries} boundaries, ${transactionCount - voteCount} transactions, ${voteCount} votes`,
    `  stake accounts ${stakeAccounts.least} to ${stakeAccounts.most}; shares paid ${monitor.sharesPaid}; blocks in which stakes stood still ${monitor.standingStill}`,
    `  minted ${inSol(monitor.minted)}, slashed ${inSol(monitor.slashed)}, burned ${inSol(monitor.burned)}, supply ${inSol(supply.total)}`,
    `  convictions ${[...convictions].map(([name, count]) => `${count} × ${name}`).join(", ")}; penalties settled ${monitor.penalties}; tables carried on ${monitor.emptyTables}`,
    `  epochs away ${events.offlineEpochs}, stalls ${events.stalls}, blackouts ${events.blackouts}, vote accounts retired ${events.retired}, transactions never seen again ${events.lost}`,
    ...lines,
  ].join("\n");
}

export function runCampaign(options: CampaignOptions): Campaign {
  const campaign = new Campaign(options);
  campaign.run();
  return campaign;
}
