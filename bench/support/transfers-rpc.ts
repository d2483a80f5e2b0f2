/**
 * Transfers over JSON-RPC: the devnet listens, and a client in another process sends what it signed before, watches the
 * chain's blocks, and says how long it took.
 *
 *     this process: devnet, listen ──url──> another: sign ──> sendTransaction × n, `batch` in a body ──> getBlock … all there
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Hash, signatureOf } from "../../src/chain/ids.ts";
import { nodeSignatures } from "../../src/host/node-crypto.ts";
import { bodyOf, createJsonRpcClient, type JsonRpcClient, postAll } from "./json-rpc-client.ts";
import { makeRecipients, signTransfers } from "./signed-transfers.ts";
import { checkBalances, createTransferDevnet, payersCount, recipientsCount } from "./transfers-in-process.ts";

/** Bodies under way at a time. */
const concurrencyOf = (batch: number) => (batch === 1 ? 32 : 8);
const underWayMax = 8000;

/** Starts the devnet here and the client elsewhere. */
export async function measureRpc(batch = "100"): Promise<object> {
  const devnet = createTransferDevnet();
  const { rpcUrl } = await devnet.listen({ rpcPort: 0 });
  devnet.start();
  const before = process.cpuUsage();
  const counts = batch === "1" ? ["20000", "5000"] : ["60000", "20000"];
  const keys = JSON.stringify(devnet.accounts.map(({ secretKey }) => Buffer.from(secretKey).toString("base64")));
  const self = fileURLToPath(import.meta.url);
  const { execPath, execArgv } = process;
  const args = execArgv.filter((arg) => !arg.startsWith("--cpu-prof"));
  const client = spawn(execPath, [...args, self, "--one", "rpc-client", rpcUrl, batch, ...counts], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  client.stdin.end(keys);
  let text = "";
  client.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const status = await new Promise<number | null>((resolve) => client.on("close", resolve));
  if (status !== 0) throw new Error(`the client ended with ${status}: ${text}`);
  const result = JSON.parse(text.trim().split("\n").at(-1)!) as object;
  const total = counts.reduce((sum, count) => sum + Number(count), 0);
  checkBalances(devnet.view.bank("confirmed"), makeRecipients(recipientsCount), total);
  await devnet.close();
  const { user, system } = process.cpuUsage(before);
  const serverCpuMicrosEach = Math.round((10 * (user + system)) / total) / 10;
  return { ...result, serverCpuMicrosEach, serverRssMb: Math.round(process.memoryUsage().rss / 2 ** 20) };
}

async function readKeys(): Promise<Uint8Array[]> {
  let text = "";
  for await (const part of process.stdin.setEncoding("utf8")) text += part;
  return (JSON.parse(text) as string[]).map((key) => Uint8Array.from(Buffer.from(key, "base64")));
}

/** In the other process. */
export async function runRpcClient(url = "", batch = "100", counted = "60000", warmUp = "20000"): Promise<object> {
  const keys = await readKeys();
  if (keys.length !== payersCount) throw new Error(`${keys.length} keys of payers; there should be ${payersCount}`);
  const scheme = nodeSignatures.ed25519;
  const payers = keys.map((seed) => scheme.createKeypair(seed));
  const recipients = makeRecipients(recipientsCount);
  const client = createJsonRpcClient(url, 64);
  const { value } = await client.call<{ value: { blockhash: string } }>("getLatestBlockhash", [
    { commitment: "confirmed" },
  ]);
  const total = Number(warmUp) + Number(counted);
  const wires = signTransfers({ scheme, payers, recipients, blockhash: value.blockhash as Hash, count: total });
  const bodies = makeBodies(wires, Number(batch));
  const ours = new Set<string>(wires.map((wire) => signatureOf(wire.subarray(1, 65))));
  const follower = await followBlocks(client, ours);
  const send = async (from: number, to: number): Promise<number> => {
    const startedAt = performance.now();
    let sent = from;
    const mayGoOn = async (): Promise<void> => {
      sent += Number(batch);
      while (sent - follower.confirmed() > underWayMax) await follower.more();
    };
    const part = bodies.slice(from / Number(batch), to / Number(batch));
    const { errors } = await postAll(client, part, { concurrency: concurrencyOf(Number(batch)), mayGoOn });
    const acceptedMs = performance.now() - startedAt;
    if (errors > 0) throw new Error(`${errors} were refused`);
    while (follower.confirmed() < to) await follower.more();
    accepted = Math.round(((to - from) * 1000) / acceptedMs);
    return performance.now() - startedAt;
  };
  let accepted = 0;
  await send(0, Number(warmUp));
  const elapsedMs = await send(Number(warmUp), total);
  follower.stop();
  client.close();
  const perSecond = Math.round((Number(counted) * 1000) / elapsedMs);
  return { perSecond, acceptedPerSecond: accepted, elapsedMs: Math.round(elapsedMs), batch: Number(batch) };
}

function makeBodies(wires: readonly Uint8Array[], batch: number): Buffer[] {
  const requests = wires.map((wire) => ({
    method: "sendTransaction",
    params: [Buffer.from(wire).toString("base64"), { encoding: "base64", preflightCommitment: "processed" }],
  }));
  if (batch === 1) return requests.map((request) => bodyOf(request));
  return Array.from({ length: Math.ceil(requests.length / batch) }, (_, index) =>
    bodyOf(requests.slice(index * batch, (index + 1) * batch)),
  );
}

/** Reads each confirmed block's signatures once, and counts those that are ours. */
async function followBlocks(client: JsonRpcClient, ours: ReadonlySet<string>) {
  const commitment = { commitment: "confirmed" } as const;
  let next = (await client.call<number>("getSlot", [commitment])) + 1;
  let count = 0;
  let isOver = false;
  let wake: () => void = () => {};
  const blockConfig = { ...commitment, transactionDetails: "signatures", rewards: false };
  const follow = async (): Promise<void> => {
    while (!isOver) {
      const slots = await client.call<number[]>("getBlocks", [next, next + 64, commitment]);
      for (const slot of slots) {
        const { signatures } = await client.call<{ signatures: string[] }>("getBlock", [slot, blockConfig]);
        for (const signature of signatures) if (ours.has(signature)) count++;
      }
      next = (slots.at(-1) ?? next - 1) + 1;
      wake();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  follow().catch((error: unknown) => {
    throw error;
  });
  return {
    confirmed: () => count,
    more: () =>
      new Promise<void>((resolve) => {
        const before = wake;
        wake = () => {
          before();
          resolve();
        };
      }),
    stop: () => {
      isOver = true;
    },
  };
}
