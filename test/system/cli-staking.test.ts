/** The whole life of stake at the command line, against a real devnet that begins from a genesis file. */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCli } from "../support/cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "escapement-staking-"));
const cli = createCli(folder);

const genesis = `
seed: rehearsal
params:
  { slotsPerEpoch: 512, slotDurationMs: 100, ticksPerSlot: 1, hashesPerTick: 2, stakeWarmup: instant,
    stakeMinimumDelegation: 1000000000, delinquentSlotDistance: 32 }
accounts:
  - { name: alice, sol: 500 }
  - { name: bob, sol: 50 }
validators:
  - { name: north, stake: 4000 }
  - { name: south, stake: 1000, commission: 7.5 }
  - { name: asleep, stake: 10, status: delinquent }
  - { name: bad, stake: 10, status: jailed, jailedUntilEpoch: 900, slashed: 12.5 }
stakeAccounts:
  - { validator: north, stake: 20, state: active, staker: alice }
  - { validator: south, stake: 30, state: deactivating, staker: alice, lockup: { epoch: 1000, custodian: bob } }
  - { stake: 5, state: initialized, staker: bob }
`;

let dev: ChildProcess;
// biome-ignore lint/suspicious/noExplicitAny: the line that says the devnet is ready
let ready: any;
const addresses: Record<string, string> = {};
/** Of the validators, in the file's order. */
let votes: string[];

const at = () => ["--url", ready.rpcUrl];
const run = (...args: string[]) => cli.run(...args, ...at());
const json = (...args: string[]) => cli.json(...args, ...at());
const asAlice = ["--keypair", "alice.json"];

/** Into an epoch, and past the block that pays the rewards of the one before. */
async function warpEpochs(count: string) {
  await json("ctl", "warp", "--epochs", count);
  await json("ctl", "warp", "--slots", "3");
}

/** A command that must fail, with one sentence before the logs and nothing on stdout. */
async function fails(words: readonly string[], message: RegExp, code = 1) {
  const outcome = await run(...words);
  expect(outcome.stderr, words.join(" ")).toMatch(message);
  expect(outcome.stderr, words.join(" ")).not.toMatch(/\n {4}at /);
  expect([outcome.code, outcome.stdout], words.join(" ")).toEqual([code, ""]);
}

async function key(name: string, ...flags: string[]): Promise<string> {
  const made = await cli.run("keygen", "--outfile", `${name}.json`, ...flags);
  expect(made.code, made.stderr).toBe(0);
  addresses[name] = made.stdout.trim();
  return addresses[name];
}

beforeAll(async () => {
  writeFileSync(join(folder, "genesis.yaml"), genesis);
  const started = await cli.startDev("--genesis", "genesis.yaml", "--genesis-time", "1767225600");
  dev = started.child;
  ready = started.ready;
  votes = ready.validators.map(({ voteAccountPubkey }: { voteAccountPubkey: string }) => voteAccountPubkey);
  const seeded = ["--seed", "rehearsal"];
  await Promise.all([key("alice", ...seeded, "--index", "0"), key("bob", ...seeded, "--index", "1")]);
  await Promise.all(["stake", "part", "other"].map((name) => key(name)));
  await Promise.all([
    key("north-identity", ...seeded, "--role", "identity", "--index", "0"),
    key("vote"),
    key("identity"),
  ]);
}, 60_000);

afterAll(() => {
  dev?.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

describe("a genesis file", () => {
  it("is what the devnet begins with", () => {
    expect(ready).toMatchObject({ seed: "rehearsal", slotsPerEpoch: 512, slotDurationMs: 100 });
    const balances = ready.accounts.map(({ address, lamports }: Record<string, string>) => [address, lamports]);
    expect(balances).toEqual([
      [addresses.alice, "500000000000"],
      [addresses.bob, "50000000000"],
    ]);
    expect(ready.reproduce).toContain("--genesis genesis.yaml");
  });

  it("is inspected as a file, as a running devnet's and in a chain file alike", async () => {
    const file = await cli.json("genesis", "inspect", "genesis.yaml");
    expect(file).toMatchObject({
      genesisHash: ready.genesisHash,
      epoch: 0,
      params: { slotsPerEpoch: 512, stakeWarmup: "instant", stakeMinimumDelegation: 1_000_000_000 },
      stakes: {
        active: { accounts: 5, locked: 0 },
        deactivating: { accounts: 1, locked: 1 },
        initialized: { accounts: 1 },
      },
    });
    expect(file.validators.map(({ status }: { status: string }) => status)).toEqual([
      "active",
      "active",
      "delinquent",
      "jailed",
    ]);
    expect(file.validators[3]).toMatchObject({ jailedUntilEpoch: 900, slashed: 12_500_000_000, activatedStake: 0 });
    expect(file.validators[1]).toMatchObject({ commission: 7.5, activatedStake: 1_030_000_000_000 });
    const running = await json("genesis", "inspect");
    expect(running).toMatchObject({ genesisHash: ready.genesisHash, supply: file.supply, stakes: file.stakes });
    const run = [
      "sim",
      "run",
      "--genesis",
      "genesis.yaml",
      "--slots",
      "40",
      "--export",
      "chain",
      "--slots-per-epoch",
      "32",
    ];
    const report = await cli.json(...run);
    expect(report).toMatchObject({ slot: 40, epoch: 1, verification: { ok: true } });
    const exported = await cli.json("genesis", "inspect", "chain");
    expect(exported).toMatchObject({
      genesisHash: report.genesisHash,
      params: { slotsPerEpoch: 32 },
      supply: file.supply,
    });
    const shown = await cli.run("genesis", "inspect", "genesis.yaml");
    expect(shown.stdout).toMatch(
      /Genesis hash: .*\n[\s\S]*jailed to 900[\s\S]*deactivating +1 +1[\s\S]*slotsPerEpoch:/,
    );
    expect(shown.stderr).toContain("gives no creationTime");
  });

  it("is refused where it makes no sense, with the place", async () => {
    writeFileSync(join(folder, "wrong.yaml"), "validators: [{ stake: 1, status: jailed }]");
    writeFileSync(join(folder, "nobody.yaml"), "validators: [{ stake: 1, status: tombstoned }]");
    const cases: readonly (readonly [string, RegExp])[] = [
      ["genesis inspect missing.yaml", /missing.yaml/],
      ["genesis inspect wrong.yaml", /at validators.0\): status jailed and jailedUntilEpoch go together/],
      ["genesis inspect nobody.yaml", /no chain can begin as nobody.yaml says: all-validators-jailed/],
      ["sim run --genesis wrong.yaml", /the genesis file wrong.yaml cannot be used/],
      ["dev --genesis nobody.yaml", /nobody is left to lead/],
      ["dev --genesis genesis.yaml --validators 3", /both --genesis and --validators are given/],
      ["genesis inspect genesis.yaml --url localhost", /both a file and --url/],
    ];
    for (const [words, message] of cases) {
      const { code, stdout, stderr } = await cli.run(...words.split(" "));
      expect(stderr, words).toMatch(message);
      expect([code, stdout, stderr.trim().split("\n").length], words).toEqual([2, "", 1]);
    }
  });
});

describe("wrong usage", () => {
  it("is told before anything is sent, with exit code 2", async () => {
    const stake = "stake create stake.json";
    const cases: readonly (readonly [string, RegExp])[] = [
      [`${stake} -1 --keypair alice.json`, /'-1' is invalid/],
      [`${stake} NaN --keypair alice.json`, /'NaN' is invalid.*Give an amount of SOL above 0/],
      [`${stake} 1e30 --keypair alice.json`, /is invalid/],
      [`${stake} 99999999999999999999 --keypair alice.json`, /is invalid/],
      [`${stake} 0 --keypair alice.json`, /above 0/],
      [`${stake} 5`, /no key file is given for whoever funds it; give --from FILE, or --keypair FILE/],
      [`${stake} 5 --keypair nobody.json`, /there is no key file nobody.json/],
      [`${stake} 5 --keypair genesis.yaml`, /genesis.yaml cannot be used: it is not JSON/],
      [`stake create alice.json 5 --keypair alice.json`, /would fund itself/],
      [`${stake} 5 --keypair alice.json --lockup-date tomorrow`, /RFC 3339/],
      [`${stake} 5 --keypair alice.json --lockup-epoch -3`, /whole number/],
      [
        `${stake} 5 --keypair alice.json --custodian nobody`,
        /the custodian nobody is neither an address nor a key file/,
      ],
      [`stake delegate nowhere ${"1".repeat(32)} --keypair alice.json`, /the stake account nowhere is neither/],
      ["stake authorize stake.json --keypair alice.json", /nothing is to change; give --new-stake-authority/],
      ["stake merge stake.json stake.json --keypair alice.json", /cannot be merged into itself/],
      ["stake withdraw stake.json alice.json all --keypair alice.json", /ALL, or AVAILABLE/],
      ["vote create vote.json identity.json identity.json --keypair alice.json", /allow-unsafe-authorized-withdrawer/],
      ["vote update-commission vote.json 101 alice.json", /0 to 100 percent/],
      ["stake-account stake.json --starting-epoch 3", /give --with-rewards too/],
      ["validators --sort beauty", /Allowed choices are delinquent, commission/],
    ];
    // Two at a time: a process each.
    for (let i = 0; i < cases.length; i += 2) {
      await Promise.all(cases.slice(i, i + 2).map(([words, message]) => fails(words.split(" "), message, 2)));
    }
  });
});

describe("a stake", () => {
  it("is created, shown with the solana CLI's fields, and not twice", async () => {
    const made = await json("stake", "create", "stake.json", "100", ...asAlice);
    expect(made).toEqual({ signature: expect.stringMatching(/^\w{80,90}$/) });
    expect(await json("stake-account", "stake.json")).toEqual({
      stakeType: "Initialized",
      accountBalance: 100_000_000_000,
      creditsObserved: 0,
      staker: addresses.alice,
      withdrawer: addresses.alice,
      rentExemptReserve: 2_282_880,
    });
    await fails(["stake", "create", "stake.json", "5", ...asAlice], /there is an account .* already/);
    await fails(
      ["stake", "create", "part.json", "9999", ...asAlice],
      /has 39\d.\d+ SOL, and 9999 SOL and the fee are to leave it/,
    );
    await fails(
      ["stake", "create", "part.json", "0.001", ...asAlice],
      /keeps at least 0.00228288 SOL, its rent reserve/,
    );
  });

  it("is delegated by its authority, to a vote account, and then warms up", async () => {
    await warpEpochs("1");
    const delegate = ["stake", "delegate", "stake.json"];
    await fails([...delegate, addresses.bob!, ...asAlice], /is no vote account: it is a wallet.*validators/);
    await fails([...delegate, addresses.other!, ...asAlice], /is no vote account: there is no such account/);
    await fails(
      [...delegate, votes[0]!, "--keypair", "bob.json"],
      /the stake authority of \w+ is \w+, and \w+ signed \(MissingReq/,
    );
    await fails(["stake", "delegate", votes[0]!, votes[0]!, ...asAlice], /is no stake account: it is a vote account/);
    const { code, stderr } = await run(...delegate, votes[0]!, ...asAlice);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/delegated to .*, confirmed in slot \d+\n$/)]);
    expect(await json("stake-account", "stake.json")).toMatchObject({
      stakeType: "Stake",
      delegatedStake: 99_997_717_120,
      delegatedVoteAccountAddress: votes[0],
      activatingStake: 99_997_717_120,
      activationEpoch: expect.any(Number),
    });
    await fails(
      ["stake", "withdraw", "stake.json", "alice.json", "5", ...asAlice],
      /5 SOL are asked for, but 0 SOL .*99.99771712 SOL are delegated to \w+; `escapement stake deactivate/,
    );
    await fails(
      ["stake", "withdraw", "stake.json", "alice.json", "AVAILABLE", ...asAlice],
      /nothing of \w+ can be withdrawn now/,
    );
  });

  it("counts from the next epoch on, and earns", async () => {
    await warpEpochs("2");
    const view = await json("stake-account", "stake.json", "--with-rewards", "--num-rewards-epochs", "2");
    expect(view.activeStake).toBeGreaterThanOrEqual(99_997_717_120);
    expect(view.epochRewards.length).toBeGreaterThan(0);
    const [reward] = view.epochRewards.slice(-1);
    expect(Object.keys(reward)).toEqual([
      "amount",
      "postBalance",
      "effectiveSlot",
      "epoch",
      "commission",
      "percentChange",
      "apr",
      "blockTime",
    ]);
    expect(reward.postBalance).toBe(view.accountBalance);
    const explained = await json("explain", "reward", addresses.stake!, "--epoch", String(reward.epoch));
    expect(explained.staker).toBe(String(reward.amount));
    const reasons = [votes[0]!, "other.json", (await json("stakes", votes[3]!))[0].stakePubkey].map((account) =>
      json("explain", "reward", account),
    );
    expect((await Promise.all(reasons)).map(({ reason }) => reason)).toEqual([
      "not-a-stake-account",
      "no-such-account",
      "validator-jailed",
    ]);
    const shown = await run("stake-account", "stake.json", "--with-rewards");
    expect(shown.stdout).toMatch(/State: +active\n[\s\S]*Epoch Rewards:\n *Epoch +Reward Slot/);
    const vote = await json("vote-account", votes[0]!, "--with-rewards");
    expect(vote).toMatchObject({
      validatorIdentity: addresses["north-identity"],
      commission: 5,
      authorizedWithdrawer: addresses["north-identity"],
      votes: expect.any(Array),
      epochRewards: [{ commission: 5 }],
    });
    expect(Object.values(vote.authorizedVoters)).toContain(addresses["north-identity"]);
  });

  it("is split and merged, but not too small, nor with what is unlike", async () => {
    const split = (amount: string) => ["stake", "split", "stake.json", "part.json", amount, ...asAlice];
    await fails(
      split("0.5"),
      /a delegation has at least 1 SOL, both what is split off and what stays.*\(InsufficientDelegation\)/,
    );
    await fails(split("5000"), /5000 SOL cannot be split off|a delegation has at least/);
    expect((await run(...split("30"))).stderr).toMatch(/30 SOL split off/);
    const part = await json("stake-account", "part.json");
    expect(part.delegatedStake).toBeGreaterThanOrEqual(30_000_000_000);
    expect(part.activeStake).toBe(part.delegatedStake);
    await fails(split("5"), /exists already: it is a stake account/);
    const bobs = (await json("stakes", "--withdraw-authority", addresses.bob!))[0].stakePubkey;
    await fails(["stake", "merge", "stake.json", bobs, ...asAlice], /are not alike.*\(MergeMismatch\)/);
    await fails(
      ["stake", "merge", "stake.json", "other.json", ...asAlice],
      /is no stake account: there is no such account/,
    );
    expect((await run("stake", "merge", "stake.json", "part.json", ...asAlice)).code).toBe(0);
    expect((await run("stake-account", "part.json")).stderr).toMatch(/is no stake account/);
    expect((await json("stake-account", "stake.json")).delegatedStake).toBeGreaterThanOrEqual(99_997_717_120);
  });

  it("is deactivated, and withdrawn when it has cooled down", async () => {
    await warpEpochs("1");
    const withdraw = ["stake", "withdraw", "stake.json", "bob.json", "ALL", ...asAlice];
    await fails(
      ["stake", "deactivate", "stake.json", "--delinquent", ...asAlice],
      /no validator voted in each of the last 5 epochs|MinimumDelinquent/,
    );
    expect((await run("stake", "deactivate", "stake.json", ...asAlice)).code).toBe(0);
    await fails(["stake", "deactivate", "stake.json", ...asAlice], /deactivated already.*\(AlreadyDeactivated\)/);
    await fails(
      withdraw,
      /these [\d.]+ SOL, deactivated in epoch \d+, are still delegated until epoch \d+ \(now it is \d+\)/,
    );
    await warpEpochs("1");
    const { stderr, code } = await run(...withdraw);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/1\d\d\.\d+ SOL from/)]);
    await fails(["stake-account", "stake.json"], /is no stake account: there is no such account/);
  });
});

describe("authorities and lockups", () => {
  it("are changed, kept to, and told when they stand in the way", async () => {
    const derived = ["--seed", "savings"];
    const create = [
      "stake",
      "create",
      "other.json",
      "3",
      ...derived,
      ...asAlice,
      "--lockup-date",
      "2100-01-01T00:00:00Z",
    ];
    expect((await run(...create, "--custodian", "bob.json")).code).toBe(0);
    const [locked] = (await json("stakes", "--withdraw-authority", addresses.alice!)).filter(
      ({ accountBalance }: { accountBalance: number }) => accountBalance === 3_000_000_000,
    );
    expect(locked).toMatchObject({ custodian: addresses.bob, unixTimestamp: 4_102_444_800, epoch: 0 });
    const withdraw = ["stake", "withdraw", "other.json", "alice.json", "1", ...derived, ...asAlice];
    await fails(
      withdraw,
      /is locked up until 2100-01-01T00:00:00Z \(4102444800\); wait, or have its custodian \w+ sign.*\(LockupInForce\)/,
    );
    expect((await run(...withdraw, "--custodian", "bob.json")).code).toBe(0);
    const account = locked.stakePubkey;
    await fails(
      ["stake", "set-lockup", account, "--lockup-epoch", "0", ...asAlice],
      /the custodian of \w+ is \w+, and \w+ signed/,
    );
    const freed = ["--lockup-epoch", "0", "--lockup-date", "1970-01-01T00:00:00Z", "--custodian", "bob.json"];
    expect((await run("stake", "set-lockup", account, ...freed, "--fee-payer", "alice.json")).code).toBe(0);
    const authorize = ["stake", "authorize", account, "--new-stake-authority", addresses.bob!];
    await fails(
      [...authorize, "--new-withdraw-authority", addresses.bob!, "--keypair", "bob.json"],
      /authority of \w+ is \w+, and \w+ signed/,
    );
    expect((await run(...authorize, "--new-withdraw-authority", addresses.bob!, ...asAlice)).code).toBe(0);
    expect(await json("stake-account", account)).toMatchObject({ staker: addresses.bob, withdrawer: addresses.bob });
    await fails(withdraw, /the withdraw authority of \w+ is \w+, and \w+ signed/);
  });

  it("are told apart: whoever may withdraw a stake may not delegate it", async () => {
    const create = ["stake", "create", "part.json", "3", ...asAlice, "--withdraw-authority", "bob.json"];
    expect((await run(...create)).code).toBe(0);
    const { alice, bob, part } = addresses;
    await fails(
      ["stake", "delegate", "part.json", votes[0]!, "--keypair", "bob.json"],
      new RegExp(`the stake authority of ${part} is ${alice}, and ${bob} signed`),
    );
  });
});

describe("validators", () => {
  it("show who is delinquent and who is jailed, sorted as asked", async () => {
    const all = await json("validators");
    expect(Object.keys(all)).toEqual([
      "totalActiveStake",
      "totalCurrentStake",
      "totalDelinquentStake",
      "validators",
      "averageSkipRate",
      "averageStakeWeightedSkipRate",
      "stakeByVersion",
    ]);
    const statuses = Object.fromEntries(
      all.validators.map((each: { voteAccountPubkey: string; status: string }) => [
        each.voteAccountPubkey,
        each.status,
      ]),
    );
    expect(votes.map((vote) => statuses[vote])).toEqual(["active", "active", "delinquent", "jailed"]);
    const sorted = await json("validators", "--sort", "commission", "--reverse");
    expect(sorted.validators[0]).toMatchObject({
      voteAccountPubkey: votes[1],
      commission: 8,
      inflationRewardsCommissionBps: 750,
    });
    const shown = await run("validators", "--number", "--sort", "stake");
    expect(shown.stdout).toMatch(/jailed to 900[\s\S]*\n4 .*active[\s\S]*\nActivating stake:/);
  });

  it("have stakes, by vote account and owner", async () => {
    const ofSouth = await json("stakes", votes[1]!);
    expect(ofSouth.map(({ delegatedVoteAccountAddress: vote }: Record<string, string>) => vote)).toEqual([
      votes[1],
      votes[1],
    ]);
    const both = await json("stakes", votes[0]!, votes[1]!);
    expect(both.length).toBe(4);
    const ofAlice = await run("stakes", "alice.json");
    expect(ofAlice.stdout).toBe("There are no such stake accounts.\n");
    expect(ofAlice.stderr).toMatch(/is no vote account: it is a wallet/);
    expect((await run("validators")).stdout).toMatch(/ 7.5% /);
  });

  it("explain what they were slashed for", async () => {
    const explained = await json("explain", "slash", votes[3]!);
    expect(explained).toMatchObject({
      status: "jailed",
      jailedUntilEpoch: 900,
      takenTotal: "12500000000",
      convictionsTotal: 1,
    });
    const identity = ready.validators[3].identityPubkey;
    expect((await run("explain", "slash", identity)).stdout).toMatch(
      /Taken in all: 12500000000 lamports \(12.5 SOL\)[\s\S]*1 older/,
    );
    await fails(["explain", "slash", votes[0]!], /was never convicted/);
    await fails(["explain", "slash", addresses.alice!], /is no validator's vote account or identity/);
  });
});

describe("a vote account", () => {
  it("is made, changed, and gives its coins back", async () => {
    const make = ["vote", "create", "vote.json", "identity.json", addresses.alice!, ...asAlice];
    expect((await run(...make, "--commission", "7.25")).code).toBe(0);
    await fails(make, /there is an account .* already/);
    expect(await json("vote-account", "vote.json")).toMatchObject({
      validatorIdentity: addresses.identity,
      authorizedWithdrawer: addresses.alice,
      commission: 8,
      inflationRewardsCommissionBps: 725,
      votes: [],
    });
    await fails(
      ["vote", "update-commission", "vote.json", "3", "bob.json"],
      /the authorized withdrawer of \w+ is \w+, and \w+ signed/,
    );
    expect((await run("vote", "update-commission", "vote.json", "3", "alice.json")).code).toBe(0);
    expect((await run("vote", "update-validator", "vote.json", "bob.json", "alice.json")).code).toBe(0);
    expect((await run("vote", "authorize-voter", "vote.json", "alice.json", addresses.bob!)).code).toBe(0);
    expect(await json("vote-account", "vote.json")).toMatchObject({ validatorIdentity: addresses.bob, commission: 3 });
    await fails(["vote", "withdraw", "vote.json", "alice.json", "ALL", ...asAlice], /no more than its rent reserve/);
    await fails(["vote", "withdraw", "vote.json", "alice.json", "7", ...asAlice], /7 SOL are asked for/);
    await fails(
      ["vote", "withdraw", "alice.json", "alice.json", "1", ...asAlice],
      /is no vote account: it is a wallet/,
    );
    await fails(
      ["vote", "close", votes[0]!, "alice.json", "--keypair", "north-identity.json"],
      /earned credits.*ActiveVoteAccountClose/,
    );
    expect((await run("vote", "authorize-withdrawer", "vote.json", "alice.json", addresses.bob!)).code).toBe(0);
    expect((await run("vote", "close", "vote.json", "bob.json", "--keypair", "bob.json")).stderr).toMatch(/is closed/);
    await fails(["vote-account", "vote.json"], /is no vote account/);
  });
});

describe("a chain of the tutorial's curve", () => {
  it("takes the same commands, with its own keys", async () => {
    const fast = ["--slot-ms", "25", "--ticks-per-slot", "1", "--hashes-per-tick", "2", "--slots-per-epoch", "1024"];
    const { child, ready: other } = await cli.startDev("--scheme", "secp256k1", "--validators", "1", ...fast);
    const curve = ["--scheme", "secp256k1"];
    await Promise.all([key("owner", "--seed", "escapement", ...curve), key("coin", ...curve)]);
    const url = ["--url", other.rpcUrl];
    const vote = other.validators[0].voteAccountPubkey;
    expect((await cli.run("stake", "create", "coin.json", "7", "--keypair", "owner.json", ...url)).code).toBe(0);
    expect((await cli.run("stake", "delegate", "coin.json", vote, "--keypair", "owner.json", ...url)).code).toBe(0);
    expect(await cli.json("stake-account", "coin.json", ...url)).toMatchObject({ delegatedVoteAccountAddress: vote });
    const mixed = await cli.run("stake", "create", "part.json", "7", "--keypair", "owner.json", ...url);
    expect([mixed.code, mixed.stderr]).toEqual([2, expect.stringContaining("a chain has one curve")]);
    child.kill("SIGKILL");
  });
});
