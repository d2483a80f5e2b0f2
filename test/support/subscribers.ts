/**
 * Clients of the subscriptions of a node whose every step the test decides (forked-node.ts).
 *
 *     const { node, open } = setUp(); const client = open(); client.subscribe("slotSubscribe"); … client.take()
 *
 * Ordinary methods are not answered: what reaches the RPC comes back as "plain:…" or { echo: … }.
 */
import { expect } from "vitest";
import type { Bank } from "../../src/chain/bank.ts";
import { formatJson, parseJson } from "../../src/rpc/json.ts";
import { createSubscriptions, type SubscriptionLimits } from "../../src/rpc/subscriptions.ts";
import { createForkedNode, type ForkedNode } from "./forked-node.ts";

export type Frame = {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
  readonly method?: string;
  readonly params?: { readonly result: unknown; readonly subscription: number };
};

export function setUp(limits: Partial<SubscriptionLimits> = {}, defer?: (work: () => void) => void) {
  const node = createForkedNode();
  const plain = {
    answer: (request: unknown) => formatJson({ echo: request }),
    callText: (text: string) => `plain:${text}`,
  };
  const options = { view: node.view, rpc: plain, limits };
  const subscriptions = createSubscriptions(defer === undefined ? options : { ...options, defer });
  node.onReport(subscriptions.onReport);
  const open = () => {
    const texts: string[] = [];
    const connection = subscriptions.open((text) => texts.push(text));
    const take = (): Frame[] => texts.splice(0).map(parse);
    let id = 0;
    const ask = (method: string, ...params: unknown[]): Frame => {
      connection.onText(formatJson({ jsonrpc: "2.0", id: ++id, method, params }));
      return parse(texts.shift()!);
    };
    const subscribe = (method: string, ...params: unknown[]): number => {
      const { result, error } = ask(method, ...params);
      expect(error).toBeUndefined();
      return result as number;
    };
    return { ...connection, texts, take, ask, subscribe };
  };
  return { node, subscriptions, open };
}

export function parse(text: string): Frame {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Error(`not JSON: ${text}`);
  return parsed.value as Frame;
}

export const results = (frames: readonly Frame[]) => frames.map((frame) => frame.params?.result);

export function process(node: ForkedNode, ...banks: Bank[]): void {
  for (const bank of banks) {
    node.add(bank);
    node.head(bank);
  }
}
