/**
 * What runs on the other cores: it reads a bundle of questions to the Ed25519 curve, and answers each with a byte.
 *
 *     bundle    question, question, …        question = message length u32 | signature 64 | public key 32 | message
 *     answers   1 genuine, 0 not
 *
 * The bytes were judged by the one rule before (ed25519-rule.ts), so that only the equation is left, by the same library as
 * in the main thread. The program is kept as text, because it must run from the sources, from the built package and from a
 * bundle alike, and Node starts threads from plain JavaScript only.
 */
import { Worker } from "node:worker_threads";
import { assert } from "../base/assert.ts";
import type { CurveQuestion } from "../chain/crypto.ts";
import { sodiumModule } from "./sodium-ed25519.ts";

export type SignatureBundle = { readonly id: number; readonly bytes: Uint8Array };

export type SignatureAnswers = { readonly id: number; readonly answers: Uint8Array };

const headBytes = 4 + 64 + 32;

export function encodeBundle(
  parts: readonly {
    readonly asked: { readonly questions: readonly CurveQuestion[] };
    readonly from: number;
    readonly to: number;
  }[],
): Uint8Array {
  let length = 0;
  for (const { asked, from, to } of parts) {
    for (let index = from; index < to; index++) length += headBytes + asked.questions[index]!.message.length;
  }
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { asked, from, to } of parts) {
    for (let index = from; index < to; index++) {
      const { signature, message, publicKey } = asked.questions[index]!;
      // One of another length would shift all that follow it in the bundle.
      assert(
        signature.length === 64 && publicKey.length === 32,
        "a question has a signature and a key of their lengths",
      );
      view.setUint32(at, message.length);
      bytes.set(signature, at + 4);
      bytes.set(publicKey, at + 68);
      bytes.set(message, at + headBytes);
      at += headBytes + message.length;
    }
  }
  return bytes;
}

const program = `
const { parentPort, workerData } = require("node:worker_threads");

function bySodium() {
  const sodium = require(workerData.sodiumModule);
  return (signature, message, publicKey) => sodium.crypto_sign_verify_detached(signature, message, publicKey);
}

function byNode() {
  const { createPublicKey, verify } = require("node:crypto");
  const keys = new Map();
  return (signature, message, publicKey) => {
    const x = Buffer.from(publicKey).toString("base64url");
    let key = keys.get(x);
    if (key === undefined) {
      if (keys.size >= 20000) keys.clear();
      key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
      keys.set(x, key);
    }
    return verify(null, message, key, signature);
  };
}

const verify = workerData.sodiumModule === null ? byNode() : bySodium();

parentPort.on("message", ({ id, bytes }) => {
  const answers = new Uint8Array(Math.ceil(bytes.length / ${headBytes}));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let count = 0;
  for (let at = 0; at < bytes.length; ) {
    const message = at + ${headBytes};
    const end = message + view.getUint32(at);
    const signature = bytes.subarray(at + 4, at + 68);
    answers[count++] = verify(signature, bytes.subarray(message, end), bytes.subarray(at + 68, message)) ? 1 : 0;
    at = end;
  }
  parentPort.postMessage({ id, answers }, [answers.buffer]);
});
parentPort.postMessage("ready");
`;

/** By libsodium from that module, or by node:crypto. */
export function startSignatureWorker(module: string | null = sodiumModule): Worker {
  return new Worker(program, {
    eval: true,
    workerData: { sodiumModule: module },
    // Nothing of the program's own flags: a loader or a profiler there would slow every start.
    execArgv: [],
  });
}
