/** Has signatures checked on all cores and closes nothing: a process of its own, which must end by itself, and not before. */
import { nodeSignatures } from "../../src/host/node-crypto.ts";
import { createSignaturePool } from "../../src/host/signature-pool.ts";

const scheme = nodeSignatures.ed25519;
const keypair = scheme.createKeypair(new Uint8Array(32).fill(3));
const message = new Uint8Array(100).fill(7);
const question = { signature: scheme.sign(message, keypair), message, publicKey: keypair.publicKey };
const own = { count: 0 };
const verify: typeof scheme.verify = (...asked) => {
  own.count++;
  return scheme.verify(...asked);
};

const pool = createSignaturePool({ workersMax: 2, verify });
let genuine = 0;
// Until the workers have answered all of it, with this thread doing nothing but wait for them.
do {
  own.count = 0;
  const answers = await pool.check(Array.from({ length: 1000 }, () => question));
  genuine = answers.filter(Boolean).length;
} while (own.count > 0);
process.stdout.write(JSON.stringify({ workers: pool.workers(), genuine }));
