/**
 * Signatures checked on all cores: questions to the curve go to worker threads in bundles, and the answers come back in the
 * order of the questions, whoever found them.
 *
 *     check(questions) ──> queue ──64──> worker 1 ──> answers          at most 16 bundles wait at a worker
 *                               ──64──> worker 2
 *                               ──16──> this thread, now and then       only what the workers have no room for
 *
 * What waits is bounded by who asks: a server's connections, and the requests of a batch. Who asks first is answered first,
 * in a turn of its own, so that what follows from the answers, as a mempool's arrivals, is in the order of the questions
 * too and not as threads happened to be quick.
 *
 * Workers start when a pool has work for them, so that a program which checks a handful of signatures never has any, and
 * they keep a process alive only while they have questions. One that dies gives its questions back; after some deaths this
 * thread does all. Nothing is shared between threads: a bundle's bytes are handed over and so are its answers.
 */
import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import { assert } from "../base/assert.ts";
import type { CurveQuestion } from "../chain/crypto.ts";
import { nodeSignatures } from "./node-crypto.ts";
import { encodeBundle, type SignatureAnswers, type SignatureBundle, startSignatureWorker } from "./signature-worker.ts";

export type SignaturePool = {
  /**
   * Whether each is a signature of its message: the arrays must not change meanwhile. Who asks first has the answers first.
   * Rejects when the pool is closed meanwhile.
   */
  check(questions: readonly CurveQuestion[]): Promise<readonly boolean[]>;
  /** Ends the workers. */
  close(): Promise<void>;
  /** Threads beside this one, now. */
  readonly workers: () => number;
};

export type SignaturePoolOptions = {
  /** Threads beside this one. Default: one a core, less this one. */
  readonly workersMax?: number;
  /** Signatures that this thread checks alone before it has others start. */
  readonly aloneMax?: number;
  /** What this thread asks. */
  readonly verify?: (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) => boolean;
  readonly startWorker?: () => Worker;
};

const bundleSize = 64;
const bundlesPerWorker = 16;
/** What this thread checks before others have a turn: less than a millisecond's work. */
const ownShare = 16;
const deathsMax = 4;

const closedMessage = "the signature pool is closed";

type Asked = {
  readonly questions: readonly CurveQuestion[];
  readonly answers: boolean[];
  left: number;
  readonly resolve: (answers: readonly boolean[]) => void;
  readonly reject: (error: Error) => void;
};

/** Questions [from, to) of what was asked together. */
type Part = { readonly asked: Asked; from: number; readonly to: number };

type Member = {
  readonly worker: Worker;
  isReady: boolean;
  readonly bundles: Map<number, readonly Part[]>;
};

export function createSignaturePool(options: SignaturePoolOptions = {}): SignaturePool {
  const { workersMax = availableParallelism() - 1, aloneMax = 256 } = options;
  const { verify = nodeSignatures.ed25519.verify, startWorker = () => startSignatureWorker() } = options;
  const queue: Part[] = [];
  /** Not answered yet, in the order asked. */
  const open: Asked[] = [];
  const members = new Set<Member>();
  let checkedHere = 0;
  let bundles = 0;
  let deaths = 0;
  let isTurnDue = false;
  let isClosed = false;

  function check(questions: readonly CurveQuestion[]): Promise<readonly boolean[]> {
    if (isClosed) return Promise.reject(new Error(closedMessage));
    return new Promise((resolve, reject) => {
      const asked = { questions, answers: [], left: questions.length, resolve, reject };
      open.push(asked);
      if (questions.length === 0) {
        resolveInOrder();
        return;
      }
      queue.push({ asked, from: 0, to: questions.length });
      if (checkedHere + questions.length > aloneMax) startMembers();
      // A few wait for others that come in the same turn: a message costs more than the signatures in it.
      if (questions.length >= bundleSize) handOut();
      askSoon();
    });
  }

  function askSoon(): void {
    if (queue.length === 0 || isTurnDue) return;
    isTurnDue = true;
    setImmediate(takeTurn);
  }

  function takeTurn(): void {
    isTurnDue = false;
    if (isClosed) return;
    handOut();
    help();
    askSoon();
  }

  function startMembers(): void {
    while (members.size < workersMax && deaths < deathsMax && !isClosed) {
      const worker = tryStart();
      // Where not even a start can be had, as without the permission, trying again is for nothing.
      if (worker === null) deaths = deathsMax;
      else enlist(worker);
    }
  }

  function tryStart(): Worker | null {
    try {
      return startWorker();
    } catch {
      return null;
    }
  }

  function enlist(worker: Worker): void {
    const member: Member = { worker, isReady: false, bundles: new Map() };
    members.add(member);
    worker.on("message", (message: SignatureAnswers | "ready") => {
      if (message === "ready") member.isReady = true;
      else takeAnswers(member, message);
      resolveInOrder();
      if (member.bundles.size === 0) worker.unref();
      handOut();
      askSoon();
    });
    // An error is followed by an exit.
    worker.on("error", () => {});
    worker.on("exit", () => bury(member));
    // After the listeners: the first for messages has Node wait for the worker again.
    worker.unref();
  }

  /** Its questions go back to the front of the queue. */
  function bury(member: Member): void {
    if (!members.delete(member)) return;
    deaths++;
    queue.unshift(...[...member.bundles.values()].flat());
    if (isClosed) return;
    startMembers();
    handOut();
    askSoon();
  }

  function handOut(): void {
    for (let member = leastBusy(); member !== null && queue.length > 0; member = leastBusy()) {
      const parts = takeParts(queue, bundleSize);
      const id = bundles++;
      if (member.bundles.size === 0) member.worker.ref();
      member.bundles.set(id, parts);
      const bytes = encodeBundle(parts);
      member.worker.postMessage({ id, bytes } satisfies SignatureBundle, [bytes.buffer as ArrayBuffer]);
    }
  }

  /** The one with room that has least to do; null when all have as much as they can hold, or have not started yet. */
  function leastBusy(): Member | null {
    let least: Member | null = null;
    for (const member of members) {
      const { isReady, bundles } = member;
      if (isReady && bundles.size < (least?.bundles.size ?? bundlesPerWorker)) least = member;
    }
    return least;
  }

  /** With what the workers have no room for. */
  function help(): void {
    for (const part of takeParts(queue, ownShare)) {
      for (let index = part.from; index < part.to; index++) {
        const { signature, message, publicKey } = part.asked.questions[index]!;
        answer(part.asked, index, verify(signature, message, publicKey));
        checkedHere++;
      }
    }
    resolveInOrder();
  }

  function resolveInOrder(): void {
    const firstOpen = open.findIndex(({ left }) => left > 0);
    for (const { answers, resolve, reject } of open.splice(0, firstOpen === -1 ? open.length : firstOpen))
      setImmediate(() => (isClosed ? reject(new Error(closedMessage)) : resolve(answers)));
  }

  function close(): Promise<void> {
    isClosed = true;
    for (const { reject } of open.splice(0)) reject(new Error(closedMessage));
    queue.length = 0;
    const ended = [...members].map(({ worker }) => worker.terminate());
    members.clear();
    return Promise.all(ended).then(() => {});
  }

  return { check, close, workers: () => members.size };
}

function takeAnswers(member: Member, { id, answers }: SignatureAnswers): void {
  const parts = member.bundles.get(id);
  assert(parts !== undefined, `a worker answers bundle ${id}, which it was not given`);
  member.bundles.delete(id);
  let at = 0;
  for (const { asked, from, to } of parts)
    for (let index = from; index < to; index++) answer(asked, index, answers[at++] === 1);
}

function answer(asked: Asked, index: number, isGenuine: boolean): void {
  asked.answers[index] = isGenuine;
  asked.left--;
}

/** The first questions of the queue, at most `count`. */
function takeParts(queue: Part[], count: number): Part[] {
  const taken: Part[] = [];
  let left = count;
  while (left > 0 && queue.length > 0) {
    const first = queue[0]!;
    const to = Math.min(first.to, first.from + left);
    taken.push({ asked: first.asked, from: first.from, to });
    left -= to - first.from;
    if (to === first.to) queue.shift();
    else first.from = to;
  }
  return taken;
}
