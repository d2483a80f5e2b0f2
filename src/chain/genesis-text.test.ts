import { base64 } from "@scure/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTestNetwork } from "../../test/support/chain-builder.ts";
import { reducedWarmupFeatureAddress, slotHistorySysvarAddress } from "./addresses.ts";
import { createGenesisBank } from "./bank.ts";
import { createChain } from "./chain.ts";
import { genesisSysvarLamports } from "./genesis-sysvars.ts";
import { computeGenesisHash, formatGenesis, parseGenesis } from "./genesis-text.ts";
import { type Address, compareAddresses } from "./ids.ts";
import { portablePohKernel } from "./poh-kernel.ts";
import { portableSignatures } from "./signature-schemes.ts";

type Fields = Record<string, unknown>;

/** A genesis text's JSON, for tests to break in any place. */
type Document = {
  params: Fields;
  creationTime?: unknown;
  firstSlot?: unknown;
  validators: Fields[];
  standIns: unknown;
  accounts: Fields[];
  extra?: unknown;
};

const genesis = createTestNetwork({
  stakes: [6n, 3n],
  accounts: 1,
  params: { tutorialSeed: 'a "seed" \\ é\n' },
}).genesis;
const text = formatGenesis(genesis);
const hash = computeGenesisHash(genesis);
const document = () => JSON.parse(text) as Document;

function changed(change: (document: Document) => void): string {
  const broken = document();
  change(broken);
  return JSON.stringify(broken);
}

describe("genesis text", () => {
  it("leads back to the genesis it was written from, and to its hash", () => {
    const parsed = parseGenesis(text);
    expect(parsed).toEqual({ ok: true, value: genesis });
    expect(parsed.ok && computeGenesisHash(parsed.value)).toBe(hash);
    expect(parsed.ok && formatGenesis(parsed.value)).toBe(text);
    expect(parseGenesis(`\n${text}\n`).ok).toBe(true);
  });

  it("commits to stand-ins too", () => {
    const [a, b] = genesis.validators;
    const withStandIn = { ...genesis, standIns: [{ identity: a!.identity, signer: b!.identity }] };
    expect(parseGenesis(formatGenesis(withStandIn))).toEqual({ ok: true, value: withStandIn });
    expect(computeGenesisHash(withStandIn)).not.toBe(hash);
  });

  it("is refused, or is another chain, with any one character changed, left out or put in", () => {
    const edits = fc.record({
      at: fc.nat(text.length - 1),
      put: fc.constantFrom("", "0", "1", "9", "a", "A", '"', ",", "{", "}", " ", "-", "."),
      removed: fc.nat(1),
    });
    fc.assert(
      fc.property(edits, ({ at, put, removed }) => {
        const edited = text.slice(0, at) + put + text.slice(at + removed);
        if (edited.trim() === text) return;
        const parsed = parseGenesis(edited);
        if (parsed.ok) {
          expect(computeGenesisHash(parsed.value)).not.toBe(hash);
          // And such a chain can begin: nothing is left to assert about it.
          const signatures = portableSignatures[parsed.value.params.signatureScheme];
          createGenesisBank(createChain(parsed.value, { signatures, poh: portablePohKernel }));
        } else {
          expect(["genesis-malformed", "params-invalid"]).toContain(parsed.code);
        }
      }),
      { seed: 1234, numRuns: 300 },
    );
  });

  it.each([
    ["", "not JSON"],
    ["{", "not JSON"],
    [`${text}x`, "not JSON"],
  ])("refuses %j", (broken, problem) => {
    expect(parseGenesis(broken)).toEqual({ ok: false, code: "genesis-malformed", facts: { problem } });
  });

  it.each(["null", "[]", "5", '"x"', "{}"])("refuses the JSON %s", (broken) => {
    expect(parseGenesis(broken)).toMatchObject({ ok: false, code: "genesis-malformed" });
  });

  it.each([
    ["creationTime", (d: Document) => (d.creationTime = -1)],
    ["creationTime", (d: Document) => (d.creationTime = "1700000000")],
    ["firstSlot", (d: Document) => (d.firstSlot = 0.5)],
    ["firstSlot", (d: Document) => (d.firstSlot = 2 ** 53)],
    ["firstSlot", (d: Document) => delete d.firstSlot],
    ["params.profile", (d: Document) => (d.params.profile = "mainnet")],
    ["params.slotsPerEpoch", (d: Document) => (d.params.slotsPerEpoch = "32")],
    ["params.slotsPerEpoch", (d: Document) => delete d.params.slotsPerEpoch],
    ["params.epochWarmup", (d: Document) => (d.params.epochWarmup = 0)],
    ["params.tutorialSeed", (d: Document) => (d.params.tutorialSeed = null)],
    ["params.lamportsPerSignature", (d: Document) => (d.params.lamportsPerSignature = 5000)],
    ["params.lamportsPerSignature", (d: Document) => (d.params.lamportsPerSignature = "-1")],
    ["params.lamportsPerSignature", (d: Document) => (d.params.lamportsPerSignature = "0x10")],
    ["validators.1.identity", (d: Document) => (d.validators[1]!.identity = "x")],
    ["validators.0.extra", (d: Document) => (d.validators[0]!.extra = 1)],
    ["standIns", (d: Document) => (d.standIns = {})],
    ["accounts.2.lamports", (d: Document) => (d.accounts[2]!.lamports = 5)],
    ["accounts.2.lamports", (d: Document) => (d.accounts[2]!.lamports = "18446744073709551616")],
    ["accounts.0.owner", (d: Document) => (d.accounts[0]!.owner = "1".repeat(31))],
    ["accounts.0.data", (d: Document) => (d.accounts[0]!.data = "=")],
    ["accounts.0.executable", (d: Document) => (d.accounts[0]!.executable = 1)],
    ["extra", (d: Document) => (d.extra = 1)],
  ] as [string, (d: Document) => void][])("refuses a wrong %s, and says where", (at, change) => {
    expect(parseGenesis(changed(change))).toMatchObject({ ok: false, code: "genesis-malformed", facts: { at } });
  });

  it.each([
    ["leaderPolicy", "random"],
    ["signatureScheme", "rsa"],
    ["slotsPerEpoch", 31],
    ["hashesPerTick", 1],
    ["blockBytesMax", 1],
    ["lamportsPerSignature", "1000000000001"],
    ["stakeMinimumDelegation", "0"],
  ])("refuses params.%s = %s as params-invalid", (field, value) => {
    expect(parseGenesis(changed((d) => (d.params[field] = value)))).toMatchObject({
      code: "params-invalid",
      facts: { field },
    });
  });

  it("refuses a first slot from which no clock could go on", () => {
    const toTutorial = (d: Document, firstSlot: number) => {
      d.firstSlot = firstSlot;
      d.params.leaderPolicy = "tutorial";
      d.params.slotsPerRotation = 1;
    };
    expect(parseGenesis(changed((d) => toTutorial(d, 1_000_000))).ok).toBe(true);
    for (const change of [
      (d: Document) => toTutorial(d, 1_000_001),
      (d: Document) => {
        d.firstSlot = 2 ** 52 + 1;
      },
    ]) {
      expect(parseGenesis(changed(change))).toMatchObject({ code: "genesis-malformed", facts: { at: "firstSlot" } });
    }
  });

  it("refuses every other text of the same document", () => {
    const others = [
      JSON.stringify(document(), null, 1),
      changed((d) => (d.params.extra = 1)),
      changed((d) => {
        const { creationTime } = d;
        delete d.creationTime;
        d.creationTime = creationTime;
      }),
      text.replace('"firstSlot":0', '"firstSlot":0,"firstSlot":0'),
      text.replace('"firstSlot":0', '"firstSlot":-0'),
      text.replace('"firstSlot":0', '"firstSlot":0e1'),
      text.replace('"lamports":"1"', '"lamports":"01"'),
      text.replace('"firstSlot"', '"\\u0066irstSlot"'),
      text.replace('"params":{', '"params":{"__proto__":{"a":1},'),
      text.replace('"params":{', '"params":{"constructor":1,'),
      text.replace('"accounts":[', '"__proto__":{},"accounts":['),
    ];
    for (const other of others) {
      expect(other).not.toBe(text);
      expect(parseGenesis(other)).toMatchObject({ ok: false, code: "genesis-malformed" });
    }
    expect(({} as Record<string, unknown>).a).toBeUndefined();
  });

  it("refuses accounts out of order, or twice", () => {
    const problem = "accounts are not in address order, each once";
    const swap = (d: Document) => d.accounts.reverse();
    const twice = (d: Document) => d.accounts.splice(1, 0, d.accounts[0]!);
    for (const change of [swap, twice]) expect(parseGenesis(changed(change))).toMatchObject({ facts: { problem } });
  });

  describe("money that cannot be", () => {
    const stakeIndex = document().accounts.findIndex(({ owner }) => String(owner).startsWith("Stake"));
    const voteAccounts = (d: Document) => d.accounts.filter(({ owner }) => String(owner).startsWith("Vote1"));

    it("refuses an account without lamports", () => {
      expect(parseGenesis(changed((d) => (d.accounts[2]!.lamports = "0")))).toMatchObject({
        code: "genesis-malformed",
        facts: { problem: "an account without lamports", at: "accounts.2" },
      });
    });

    it("refuses an account that the rules put there, which follows from the rest of the text", () => {
      for (const address of [slotHistorySysvarAddress, reducedWarmupFeatureAddress]) {
        const listed = changed((d) => {
          d.accounts.push({ ...d.accounts[0]!, address });
          d.accounts.sort((a, b) => compareAddresses(a.address as Address, b.address as Address));
        });
        expect(parseGenesis(listed)).toMatchObject({
          facts: { problem: "an account that the rules put there", address },
        });
      }
    });

    it("refuses a supply above 2^64 - 1, and takes one of exactly that", () => {
      const implied = genesisSysvarLamports(genesis.params);
      const supply = genesis.accounts.reduce((sum, [, { lamports }]) => sum + lamports, implied);
      const wallet = document().accounts.findIndex(({ owner }) => owner === "1".repeat(32));
      const raised = (by: bigint) =>
        changed((d) => (d.accounts[wallet]!.lamports = String(BigInt(String(d.accounts[wallet]!.lamports)) + by)));
      const room = 2n ** 64n - 1n - supply;
      expect(parseGenesis(raised(room)).ok).toBe(true);
      expect(parseGenesis(raised(room + 1n))).toMatchObject({ facts: { problem: "a supply above 2^64 - 1" } });
    });

    it("refuses stake that its account does not hold", () => {
      const claimed = (stake: bigint) =>
        changed((d) => {
          const data = base64.decode(String(d.accounts[stakeIndex]!.data));
          new DataView(data.buffer).setBigUint64(156, stake, true);
          d.accounts[stakeIndex]!.data = base64.encode(data);
        });
      const held = BigInt(String(document().accounts[stakeIndex]!.lamports));
      expect(parseGenesis(claimed(held)).ok).toBe(true);
      for (const stake of [held + 1n, 2n ** 64n - 1n]) {
        expect(parseGenesis(claimed(stake))).toMatchObject({
          facts: { problem: "more stake than lamports", at: `accounts.${stakeIndex}` },
        });
      }
    });

    it("refuses a chain that nobody could lead", () => {
      const noVotes = changed((d) => {
        const votes = voteAccounts(d);
        d.accounts = d.accounts.filter((account) => !votes.includes(account));
      });
      expect(parseGenesis(noVotes)).toMatchObject({ facts: { problem: "no vote account has stake" } });
    });
  });
});
