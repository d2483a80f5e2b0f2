/**
 * JSON-RPC whose `sendTransaction` has its signatures checked on all cores. Its answers are those of the method itself, and
 * come a moment later; all else goes on to the RPC behind.
 *
 *     body ──> sends in it? ──> read all ──> signatures, together ──> preflight, submit, answer each in its turn
 *               └── none ──> the RPC behind, at once
 *
 * A batch of nothing but sends is handed to the node as one.
 */
import type { Outcome } from "../base/refusal.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import { answerBatch, batchMax, formatAnswer, type Rpc, requestFor, requestTextMax } from "../rpc/dispatch.ts";
import { failed, internalError, type RpcOutcome } from "../rpc/errors.ts";
import { parseJson } from "../rpc/json.ts";
import { readSending, type Sending, sendVerified } from "../rpc/methods/submission.ts";
import type { NodeView } from "../rpc/node-view.ts";
import type { ControlRpc } from "./control-rpc.ts";
import type { SignaturePool } from "./signature-pool.ts";
import { verifyTransactions } from "./transaction-checks.ts";
import type { TextRpc } from "./web-app.ts";

const methodName = "sendTransaction";

export type SendRpcOptions = {
  readonly view: NodeView;
  readonly pool: Pick<SignaturePool, "check">;
  readonly rpc: Rpc;
  /** What is asked for bodies without a send, and for those that steer the clock too. */
  readonly behind: Pick<ControlRpc, "callText" | "callBody" | "isControlBody">;
  readonly onException: (exception: unknown, method: string) => void;
};

type Send = {
  readonly id: Parameters<typeof formatAnswer>[0];
  readonly sending: RpcOutcome<Sending>;
  verified: Outcome<Verified<Transaction>> | null;
};

export function createSendRpc(options: SendRpcOptions): TextRpc {
  const { behind } = options;
  return {
    callText(text, whenGone) {
      // Most bodies need not be parsed for this: the name stands there as it is, or with an escape.
      const mayName = text.includes(methodName) || text.includes("\\u");
      if (!mayName || text.length > requestTextMax) return behind.callText(text, whenGone);
      const parsed = parseJson(text);
      if (!parsed.ok) return behind.callText(text, whenGone);
      const body = parsed.value;
      const requests: readonly unknown[] = Array.isArray(body) ? body : [body];
      const isSending = requests.some((request) => requestFor(methodName, request) !== null);
      if (!isSending || requests.length > batchMax || behind.isControlBody(body))
        return behind.callBody(body, whenGone?.());
      return answerSends(options, requests, Array.isArray(body));
    },
  };
}

async function answerSends(
  options: SendRpcOptions,
  requests: readonly unknown[],
  isBatch: boolean,
): Promise<string | null> {
  const { rpc } = options;
  const sends = await readAndVerify(options, requests);
  const isAll = sends.every((send) => send !== null);
  const outcomes = isAll ? settle(options, sends) : null;
  let next = 0;
  const answer = (request: unknown): string | null => {
    const index = next++;
    const send = sends[index]!;
    if (send === null) return rpc.answer(request);
    return formatAnswer(send.id, outcomes?.[index] ?? settle(options, [send])[0]!);
  };
  return isBatch ? answerBatch(requests, answer) : answer(requests[0]);
}

/** Of each request to send what it sends, verified; null for the others. */
async function readAndVerify(
  { view, pool, onException }: SendRpcOptions,
  requests: readonly unknown[],
): Promise<readonly (Send | null)[]> {
  const sends = requests.map((request): Send | null => {
    const asked = requestFor(methodName, request);
    if (asked === null) return null;
    return { id: asked.id, sending: guarded(() => readSending(asked.params, view), onException), verified: null };
  });
  const read = sends.flatMap((send) =>
    send?.sending.ok ? [{ send, transaction: send.sending.value.transaction }] : [],
  );
  try {
    const transactions = read.map(({ transaction }) => transaction);
    const verified = await verifyTransactions(transactions, view.chain.crypto.signatures, pool);
    for (const [index, { send }] of read.entries()) send.verified = verified[index]!;
  } catch {
    // The node was closed meanwhile: whoever is still connected hears of an internal error.
  }
  return sends;
}

/** Each one's answer; those that can be are handed in together. */
function settle({ view, onException }: SendRpcOptions, sends: readonly Send[]): readonly RpcOutcome[] {
  const verified = sends.flatMap(({ sending, verified }) =>
    sending.ok && verified !== null ? [{ sending: sending.value, verified }] : [],
  );
  const outcomes = guarded(() => ({ ok: true, value: sendVerified(verified, view) }) as const, onException);
  let next = 0;
  return sends.map(({ sending, verified }) => {
    if (!sending.ok) return sending;
    if (verified === null || !outcomes.ok) return failed(internalError);
    return outcomes.value[next++]!;
  });
}

/** What throws is a mistake of ours: the client learns only that there was one. */
function guarded<T>(run: () => RpcOutcome<T>, onException: SendRpcOptions["onException"]): RpcOutcome<T> {
  try {
    return run();
  } catch (exception) {
    onException(exception, methodName);
    return failed(internalError);
  }
}
