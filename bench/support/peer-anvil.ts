/**
 * Anvil, the peer behind JSON-RPC: transfers a second from the first one sent to the last one in a block, read from the
 * blocks themselves; time until it answers; idle memory. Its settings are those it does best with of the ones below, which
 * `npm run bench:peers -- settings` tries:
 *
 *     --block-time 1              its default, a block a transaction, falls behind under a backlog
 *     --disable-block-gas-limit   else a block holds 1,428 transfers
 *     --prune-history             no states of old blocks in memory
 *     --order fifo                no sorting by fee
 */
import { type ChildProcess, spawn } from "node:child_process";
import { signEthereumTransfers } from "./ethereum-transfers.ts";
import { anvilPath } from "./install-peers.ts";
import { bodyOf, createJsonRpcClient, type JsonRpcClient, postAll } from "./json-rpc-client.ts";
import { freePort } from "./ports.ts";
import { pause, residentMb, stop, untilAnswered } from "./processes.ts";

const accounts = 64;

export const anvilVariants: Readonly<Record<string, readonly string[]>> = {
  best: ["--block-time", "1", "--disable-block-gas-limit", "--prune-history", "--order", "fifo"],
  history: ["--block-time", "1", "--disable-block-gas-limit"],
  mixed: ["--block-time", "1", "--mixed-mining", "--disable-block-gas-limit", "--prune-history", "--order", "fifo"],
  "half-second": ["--block-time", "0.5", "--disable-block-gas-limit", "--prune-history", "--order", "fifo"],
  "two-seconds": ["--block-time", "2", "--disable-block-gas-limit", "--prune-history", "--order", "fifo"],
  threads: ["--block-time", "1", "--disable-block-gas-limit", "--prune-history", "--order", "fifo", "--threads", "2"],
  default: [],
};

type Launched = { readonly child: ChildProcess; readonly url: string; readonly answerMs: number };

async function launch(settings: readonly string[]): Promise<Launched> {
  const port = await freePort();
  const startedAt = performance.now();
  const args = ["--port", String(port), "--quiet"];
  const child = spawn(anvilPath(), [...args, ...settings], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}/`;
  return { child, url, answerMs: (await untilAnswered(url, "eth_chainId", child)) - startedAt };
}

export type AnvilRun = { readonly perSecond: number; readonly acceptedPerSecond: number; readonly rssMb: number };

/** `batch` requests in a body; `counted` transfers after some to warm up. */
export async function measureAnvil(batch: number, counted: number, variant = "best"): Promise<AnvilRun> {
  const warmUp = Math.ceil(counted / 4 / batch) * batch;
  const raw = await signEthereumTransfers(accounts, warmUp + counted, batch);
  const requests = raw.map((transaction) => ({ method: "eth_sendRawTransaction", params: [transaction] }));
  const bodies =
    batch === 1
      ? requests.map((request) => bodyOf(request))
      : Array.from({ length: requests.length / batch }, (_, index) =>
          bodyOf(requests.slice(index * batch, (index + 1) * batch)),
        );
  const sized = ["--accounts", String(accounts), "--no-request-size-limit"];
  const { child, url } = await launch([...sized, ...anvilVariants[variant]!]);
  const client = createJsonRpcClient(url, 64);
  try {
    const counter = createBlockCounter(client);
    const concurrency = batch === 1 ? 32 : 8;
    const send = async (part: readonly Buffer[], until: number) => {
      const startedAt = performance.now();
      const { errors } = await postAll(client, part, { concurrency });
      if (errors > 0) throw new Error(`Anvil refused ${errors} transfers`);
      const acceptedMs = performance.now() - startedAt;
      await counter.untilMined(until);
      return { acceptedMs, minedMs: performance.now() - startedAt };
    };
    await send(bodies.slice(0, warmUp / batch), warmUp);
    const { acceptedMs, minedMs } = await send(bodies.slice(warmUp / batch), warmUp + counted);
    const perSecond = (ms: number) => Math.round((counted * 1000) / ms);
    return {
      perSecond: perSecond(minedMs),
      acceptedPerSecond: perSecond(acceptedMs),
      rssMb: Math.round(residentMb(child)),
    };
  } finally {
    client.close();
    await stop(child);
  }
}

/** Transactions in blocks, each block asked for once. */
function createBlockCounter(client: JsonRpcClient) {
  let next = 1;
  let mined = 0;
  return {
    async untilMined(count: number): Promise<void> {
      const deadline = performance.now() + 60_000;
      while (mined < count) {
        const newest = Number(await client.call<string>("eth_blockNumber", []));
        for (; next <= newest; next++) {
          const number = `0x${next.toString(16)}`;
          mined += Number(await client.call<string>("eth_getBlockTransactionCountByNumber", [number]));
        }
        if (performance.now() > deadline) throw new Error(`Anvil holds ${mined} of ${count} transfers in blocks`);
        if (mined < count) await pause(10);
      }
    },
  };
}

/** As it comes, with a block a second; memory after so many seconds. */
export async function measureAnvilStart(idleSeconds: number) {
  const { child, answerMs } = await launch(["--block-time", "1"]);
  await pause(1000 * idleSeconds);
  const idleMb = residentMb(child);
  await stop(child);
  return { answerMs, idleMb };
}
