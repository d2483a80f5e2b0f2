/**
 * Lets `@solana/kit` talk to a node in the same process, without a port.
 *
 *     const rpc = createSolanaRpcFromTransport(createInProcessTransport(devnetRpc));
 *     const subs = createSolanaRpcSubscriptionsFromTransport(createInProcessSubscriptionsTransport(subscriptions));
 *
 * Requests and answers still go through text, by kit's own JSON: a client sees exactly what it would see over HTTP.
 */
import {
  createRpcSubscriptionsTransportFromChannelCreator,
  getDataPublisherFromEventEmitter,
  getRpcSubscriptionsChannelWithBigIntJSONSerialization,
  type RpcSubscriptionsChannel,
  type RpcSubscriptionsChannelCreator,
  type RpcSubscriptionsTransport,
  type RpcTransport,
} from "@solana/kit";
import type { Subscriptions } from "../rpc/subscriptions.ts";
import type { TextRpc } from "./web-app.ts";

export function createInProcessTransport(rpc: TextRpc): RpcTransport {
  return async <TResponse>({ payload, signal }: Parameters<RpcTransport>[0]): Promise<TResponse> => {
    signal?.throwIfAborted();
    const answer = await rpc.callText(formatKitJson(payload), signal && (() => signal));
    // As over a wire, the answer comes in a later turn, and not to a caller who has given up by then.
    await nextTurn();
    signal?.throwIfAborted();
    return (answer === null ? undefined : parseKitJson(answer)) as TResponse;
  };
}

export function createInProcessSubscriptionsTransport(subscriptions: Subscriptions): RpcSubscriptionsTransport {
  return createRpcSubscriptionsTransportFromChannelCreator(createInProcessChannelCreator(subscriptions));
}

/** A channel per subscription, as nothing is saved by sharing one. It closes when its signal aborts. */
export function createInProcessChannelCreator(
  subscriptions: Subscriptions,
): RpcSubscriptionsChannelCreator<unknown, unknown> {
  return async ({ abortSignal }) => {
    abortSignal.throwIfAborted();
    const events = new EventTarget();
    let isOpen = true;
    // Each frame has a turn of its own: kit starts to listen for the answer after it has sent, and for
    // notifications after it has read the answer.
    const deliver = (text: string): void => {
      setImmediate(() => {
        if (isOpen) events.dispatchEvent(new CustomEvent("message", { detail: text }));
      });
    };
    const connection = subscriptions.open(deliver);
    const close = (): void => {
      isOpen = false;
      connection.close();
    };
    abortSignal.addEventListener("abort", close, { once: true });
    const channel: RpcSubscriptionsChannel<string, string> = {
      ...getDataPublisherFromEventEmitter<{ message: CustomEvent<string> }>(events),
      send: async (text) => {
        if (isOpen) connection.onText(text);
      },
    };
    return getRpcSubscriptionsChannelWithBigIntJSONSerialization(channel);
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** kit keeps its JSON to itself but for this channel, which formats what it sends and parses what it receives. */
function formatKitJson(value: unknown): string {
  let text = "";
  const channel = getRpcSubscriptionsChannelWithBigIntJSONSerialization({
    on: () => () => {},
    send: async (sent) => {
      text = sent;
    },
  });
  void channel.send(value);
  return text;
}

function parseKitJson(text: string): unknown {
  let value: unknown;
  const channel = getRpcSubscriptionsChannelWithBigIntJSONSerialization({
    on: (_type, subscriber) => {
      (subscriber as (message: string) => void)(text);
      return () => {};
    },
    send: async () => {},
  });
  channel.on("message", (message) => {
    value = message;
  });
  return value;
}
