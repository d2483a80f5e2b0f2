import { createHash } from "node:crypto";
import { deserialize, serialize } from "node:v8";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyAccountChanges } from "../chain/accounts-tree.ts";
import { lamportsOf } from "../chain/ids.ts";
import { createDevnet, type Devnet, DevnetError } from "./devnet.ts";
import { type Dump, decodeDump, encodeDump } from "./world-dump.ts";

const params = { slotsPerEpoch: 32, hashesPerTick: 4, ticksPerSlot: 2 };
const devnet = createDevnet({ validators: 3, accounts: 1, params });
afterAll(() => devnet.close());
let bytes: Uint8Array;
beforeAll(async () => {
  await devnet.advanceSlots(60);
  bytes = devnet.dump();
});

const load = (dump: Uint8Array): Devnet => createDevnet({ load: dump });
const refusalOf = (dump: Uint8Array) => {
  try {
    load(dump);
  } catch (error) {
    if (error instanceof DevnetError) return error.refusal;
    throw error;
  }
  return null;
};
/** As a liar would write it: changed, under a checksum that is right. */
function forged(change: (dump: Dump) => void): Uint8Array {
  const dump = decodeDump(bytes);
  if (!dump.ok) throw new Error(dump.code);
  change(dump.value);
  return encodeDump(dump.value);
}
const sealed = (payload: Uint8Array) =>
  Buffer.concat([bytes.subarray(0, 16), createHash("sha256").update(payload).digest(), payload]);
/** The observer's root, as an object that can be changed. */
const rootOf = ({ memory }: Dump) => memory.cluster.nodes.at(-1)!.validator.tree.root;

describe("a dump", () => {
  it("holds the banks of the roots and replays the others", async () => {
    const again = load(bytes);
    expect(again.view.bank("processed")).toEqual(devnet.view.bank("processed"));
    expect(again.traceHash).toBe(devnet.traceHash);
    await again.close();
    expect(bytes.length).toBeLessThan(3_000_000);
  });

  it("is refused when it is something else, was cut, or changed anywhere", () => {
    expect(refusalOf(new Uint8Array(0))?.code).toBe("dump-unknown");
    expect(refusalOf(bytes.subarray(1))?.code).toBe("dump-unknown");
    for (const length of [48, 1000, bytes.length - 1])
      expect(refusalOf(bytes.subarray(0, length))?.code).toBe("dump-torn");
    for (const at of [16, 48, 5000, bytes.length - 1]) {
      const bent = bytes.slice();
      bent[at]! ^= 1;
      expect(refusalOf(bent)?.code, `byte ${at}`).toBe("dump-torn");
    }
  });

  it("is refused when its checksum is right and its content is not", () => {
    const content = deserialize(bytes.subarray(48)) as object;
    expect(refusalOf(sealed(serialize({ ...content, format: 2 })))).toMatchObject({
      code: "dump-of-another-version",
      facts: { format: "2", expected: 3, problem: expect.stringContaining("another version") },
    });
    expect(refusalOf(sealed(Buffer.from("no serializer wrote this")))?.code).toBe("dump-malformed");
    expect(
      refusalOf(sealed(serialize({ format: 3, options: {}, genesisHash: "x", memory: {}, shared: [] })))?.code,
    ).toBe("dump-of-another-chain");
  });

  it("cannot hand out coins, nor a block that nobody built", () => {
    const rich = forged((dump) => {
      const root = rootOf(dump);
      const { address } = devnet.accounts[0]!;
      const account = { ...devnet.genesis.accounts[0]![1], lamports: lamportsOf(1n) };
      const accounts = applyAccountChanges(root.bank.accounts, [{ address, account }]);
      Object.assign(root, { bank: Object.freeze({ ...root.bank, accounts }) });
    });
    expect(refusalOf(rich)).toMatchObject({ code: "dump-lies", facts: { node: 3 } });
    const bent = forged((dump) => {
      const [child] = rootOf(dump).children;
      Object.assign(child!, { block: Object.freeze({ ...child!.block!, entries: child!.block!.entries.slice(1) }) });
    });
    expect(refusalOf(bent)).toMatchObject({
      code: "dump-lies",
      facts: { problem: expect.stringContaining("refused") },
    });
  });

  it("stands beside no other option but the length of history", async () => {
    expect(() => createDevnet({ load: bytes, seed: "7" })).toThrow("the dump says it");
    const short = createDevnet({ load: bytes, ledgerSlotsMax: 10 });
    await short.advanceSlots(1);
    expect([...short.blocks()].length).toBeLessThan(45);
    await short.close();
  });
});
