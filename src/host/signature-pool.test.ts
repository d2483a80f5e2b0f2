import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { bundleProgram } from "../../test/support/bundle-program.ts";
import { ed25519Cases } from "../../test/support/ed25519-cases.ts";
import { utf8Bytes } from "../base/bytes.ts";
import type { CurveQuestion } from "../chain/crypto.ts";
import { portableEd25519 } from "../chain/ed25519.ts";
import { nodeSignatures } from "./node-crypto.ts";
import { triageEd25519 } from "./node-ed25519.ts";
import { createSignaturePool, type SignaturePool, type SignaturePoolOptions } from "./signature-pool.ts";
import { encodeBundle, startSignatureWorker } from "./signature-worker.ts";
import { sodiumModule } from "./sodium-ed25519.ts";

const scheme = nodeSignatures.ed25519;
const keypair = scheme.createKeypair(new Uint8Array(32).fill(3));

/** Genuine but for every third, whose message is another; as long as its number says. */
function questionAt(index: number): CurveQuestion {
  const message = utf8Bytes("x".repeat(index % 200) + index);
  const signature = scheme.sign(index % 3 === 0 ? utf8Bytes("another") : message, keypair);
  return { signature, message, publicKey: keypair.publicKey };
}

const questions = Array.from({ length: 1500 }, (_, index) => questionAt(index));
const expected = questions.map((_, index) => index % 3 !== 0);

const open: SignaturePool[] = [];
function openPool(options: SignaturePoolOptions): SignaturePool {
  const pool = createSignaturePool(options);
  open.push(pool);
  return pool;
}
afterEach(async () => {
  for (const pool of open.splice(0)) await pool.close();
});

/** A pool whose workers are all at work: what this thread would check is counted. */
async function warmPool(options: SignaturePoolOptions = {}) {
  const own = { count: 0 };
  const verify: typeof scheme.verify = (...asked) => {
    own.count++;
    return scheme.verify(...asked);
  };
  const pool = openPool({ workersMax: 1, aloneMax: 0, verify, ...options });
  do {
    own.count = 0;
    await pool.check(questions.slice(0, 64));
  } while (own.count > 0);
  return { pool, own };
}

describe("a pool of signature checks", () => {
  it("answers as the scheme, in the order of the questions, alone and with workers, in one call or in many", async () => {
    for (const workersMax of [0, 1, 3]) {
      const pool = openPool({ workersMax, aloneMax: 0 });
      for (let round = 0; round < 3; round++) {
        const sizes = [1, 63, 64, 65, 0, 1500, 2];
        const answers = await Promise.all(sizes.map((size) => pool.check(questions.slice(0, size))));
        expect(answers).toEqual(sizes.map((size) => expected.slice(0, size)));
      }
    }
  });

  it("has the same answer from libsodium and node:crypto in a worker to every odd signature that the bytes leave open", async () => {
    const cases = ed25519Cases().flatMap(({ signature, message, publicKey, valid }) => {
      const asked = triageEd25519(signature, message, publicKey);
      if (typeof asked === "boolean") expect(valid).toBe(false);
      return typeof asked === "boolean" ? [] : [{ asked, valid }];
    });
    expect(cases.length).toBeGreaterThan(100);
    for (const module of new Set([sodiumModule, null])) {
      const { pool, own } = await warmPool({ startWorker: () => startSignatureWorker(module) });
      const answers = await pool.check(cases.map(({ asked }) => asked));
      expect(answers).toEqual(cases.map(({ valid }) => valid));
      expect(own.count).toBe(0);
    }
  });

  it("checks messages of any length in a worker", async () => {
    const { pool, own } = await warmPool();
    const signed = [0, 65_535, 65_536, 65_537, 1_000_000, 1].map((length): CurveQuestion => {
      const message = new Uint8Array(length).fill(length);
      return { signature: scheme.sign(message, keypair), message, publicKey: keypair.publicKey };
    });
    const asked = [...signed, { ...signed[2]!, message: new Uint8Array(0) }];
    expect(await pool.check(asked)).toEqual([true, true, true, true, true, true, false]);
    expect(own.count).toBe(0);
  });

  it("hands no worker a signature or a key of another length", () => {
    const [question] = questions as [CurveQuestion];
    for (const odd of [{ signature: new Uint8Array(63) }, { publicKey: new Uint8Array(33) }]) {
      const asked = { questions: [{ ...question, ...odd }] };
      expect(() => encodeBundle([{ asked, from: 0, to: 1 }])).toThrow("of their lengths");
    }
  });

  it("starts no thread for a handful", async () => {
    const pool = openPool({ workersMax: 2 });
    await pool.check(questions.slice(0, 256));
    expect(pool.workers()).toBe(0);
    await pool.check(questions.slice(0, 1));
    expect(pool.workers()).toBe(2);
  });

  it("helps only with what the workers have no room for", async () => {
    const { pool, own } = await warmPool();
    expect(await pool.check(questions.slice(0, 1024))).toEqual(expected.slice(0, 1024));
    expect(own.count).toBe(0);
    const [first, second] = [pool.check(questions), pool.check(questions)];
    expect([await first, await second]).toEqual([expected, expected]);
    expect(own.count).toBeGreaterThan(0);
  });

  it("goes on when a worker dies: its questions are asked again, and another one starts, until too many have died", async () => {
    const started: Worker[] = [];
    const startWorker = () => {
      const worker = startSignatureWorker();
      started.push(worker);
      return worker;
    };
    const { pool } = await warmPool({ startWorker });
    for (let round = 0; round < 6; round++) {
      const answers = pool.check(questions);
      void started.at(-1)!.terminate();
      expect(await answers).toEqual(expected);
      await turn();
    }
    await expect.poll(() => pool.workers()).toBe(0);
    expect(started).toHaveLength(4);
    expect(await pool.check(questions)).toEqual(expected);
  });

  it("checks all in this thread when its workers cannot run", async () => {
    const pool = openPool({ workersMax: 2, aloneMax: 0, startWorker: () => new Worker("nonsense(", { eval: true }) });
    expect(await pool.check(questions)).toEqual(expected);
    await expect.poll(() => pool.workers()).toBe(0);
    expect(await pool.check(questions)).toEqual(expected);
  });

  it("checks all in this thread where threads cannot be started, and tries no more", async () => {
    let tries = 0;
    const startWorker = () => {
      tries++;
      throw new Error("ERR_ACCESS_DENIED");
    };
    const pool = openPool({ workersMax: 2, aloneMax: 0, startWorker });
    expect(await pool.check(questions)).toEqual(expected);
    expect(await pool.check(questions)).toEqual(expected);
    expect([pool.workers(), tries]).toEqual([0, 1]);
  });

  it("when it closes, whoever waits is told so, and whoever asks later", async () => {
    const { pool } = await warmPool();
    const [waiting, queued] = [pool.check(questions), pool.check(questions)];
    const heard = Promise.allSettled([waiting, queued]);
    await pool.close();
    expect((await heard).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expect(pool.check(questions)).rejects.toThrow("closed");
    expect(pool.workers()).toBe(0);
  });

  it("answers in the order asked, though this thread is done with the last before a worker is with the first", async () => {
    const started: Worker[] = [];
    const deaf = 'require("node:worker_threads").parentPort.on("message", () => {}).postMessage("ready")';
    const startWorker = () => {
      const worker = started.length === 0 ? new Worker(deaf, { eval: true }) : startSignatureWorker();
      started.push(worker);
      return worker;
    };
    const own = { count: 0 };
    const verify: typeof scheme.verify = (...asked) => {
      own.count++;
      return scheme.verify(...asked);
    };
    const pool = openPool({ workersMax: 1, aloneMax: 0, startWorker, verify });
    await pool.check(questions.slice(0, 1));
    await once(started[0]!, "message");
    const order: string[] = [];
    const follow = async (name: string, size: number) => {
      await pool.check(questions.slice(0, size));
      // However much comes between the answer and what is done with it.
      for (let step = name === "large" ? 20 : 0; step > 0; step--) await null;
      order.push(name);
    };
    own.count = 0;
    const all = [follow("large", 16 * 64), follow("small", 1), follow("empty", 0), follow("last", 3)];
    await expect.poll(() => own.count).toBe(4);
    await turn();
    expect(order).toEqual([]);
    void started[0]!.terminate();
    await Promise.all(all);
    expect(order).toEqual(["large", "small", "empty", "last"]);
  });

  it("bundles a few that come one by one in the same turn, and leaves the arrays to whoever asks", async () => {
    const { pool } = await warmPool();
    const alone = questions.slice(0, 40).map((question) => pool.check([question]));
    expect((await Promise.all(alone)).flat()).toEqual(expected.slice(0, 40));
    const asked = [questionAt(1), questionAt(3)];
    expect(await pool.check(asked)).toEqual([true, false]);
    for (const { signature, message, publicKey } of asked) {
      expect([signature.length, publicKey.length]).toEqual([64, 32]);
      expect(portableEd25519.verify(signature, message, publicKey)).toBe(asked[0]!.signature === signature);
    }
  });

  it("keeps a process alive while workers have its questions, and no longer", async () => {
    const folder = mkdtempSync(join(tmpdir(), "escapement-signature-pool-"));
    try {
      const program = join(folder, "program.mjs");
      await bundleProgram("test/support/signature-pool-program.ts", program);
      // Rejects where the process ends otherwise than with 0, or not at all.
      const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 15_000 });
      expect(JSON.parse(stdout)).toEqual({ workers: 2, genuine: 1000 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
