/**
 * `escapement verify`: every block of a chain again, from genesis, with nothing remembered; one bank in memory.
 *
 *     verify chain.txt             lines of a file        (chain-file.ts)
 *     verify --url localhost       pages of escapement_getBlocks
 */
import * as v from "valibot";
import { formatRefusal } from "../../base/refusal.ts";
import type { Genesis } from "../../chain/genesis.ts";
import { parseGenesis } from "../../chain/genesis-text.ts";
import { parseHash } from "../../chain/ids.ts";
import { type ChainVerification, ChainVerifier } from "../../chain/verify-chain.ts";
import { nodeHashes, nodeSignatures } from "../../host/node-crypto.ts";
import type { OutputFormat } from "../arguments.ts";
import { decodeBlockText, readLines } from "../chain-file.ts";
import { CommandFailure, UsageError } from "../failure.ts";
import { formatFields, formatSol } from "../format.ts";
import { colors, createProgress, formatDuration, print, printJson, say } from "../output.ts";
import { count, createRpcClient, type RpcClient } from "../rpc-client.ts";
import { describeVerification, type FailedVerification } from "../verification.ts";

export type VerifyOptions = {
  readonly url?: string;
  readonly genesisHash?: string;
  readonly lastBlock?: string;
  readonly output: OutputFormat;
};

/** A chain as its source gives it, not yet trusted: the genesis text, then blocks in base64. */
type ChainSource = {
  readonly name: string;
  readonly texts: AsyncGenerator<string, void, undefined>;
  /** Of a devnet: the oldest slot it still has; a long-lived one drops its first blocks. */
  readonly firstAvailableSlot: () => Promise<number | null>;
};

export async function runVerify(file: string | undefined, options: VerifyOptions): Promise<void> {
  for (const [flag, hash] of [
    ["--genesis-hash", options.genesisHash],
    ["--last-block", options.lastBlock],
  ] as const) {
    if (hash !== undefined && parseHash(hash) === null)
      throw new UsageError(`${flag} is no hash: give base58 of 32 bytes`);
  }
  const source = openSource(file, options.url);
  const startedAt = performance.now();
  const result = await verifySource(source, options);
  if (!result.ok) {
    if (options.output === "json") printJson({ ok: false, ...result.failure });
    throw new CommandFailure(describeVerification(result.failure));
  }
  const elapsedMs = Math.round(performance.now() - startedAt);
  if (options.output === "json") printJson(reportOf(result.value, elapsedMs));
  else print(formatResult(result.value, elapsedMs));
  if (options.lastBlock === undefined) say("note: a shortened chain passes too; pin its end with --last-block");
}

function openSource(file: string | undefined, url: string | undefined): ChainSource {
  if (file !== undefined && url !== undefined)
    throw new UsageError("both a file and --url are given; give one of them");
  if (file !== undefined) return { name: file, texts: readLines(file), firstAvailableSlot: async () => null };
  if (url !== undefined) {
    const client = createRpcClient(url);
    const firstAvailableSlot = () => client.call("getFirstAvailableBlock", [], count);
    return { name: url, texts: readPages(client), firstAvailableSlot };
  }
  throw new UsageError("nothing to verify is given; give a chain file, or a running devnet with --url");
}

const genesisSchema = v.pipe(
  v.union([v.string(), v.object({ genesis: v.string() })]),
  v.transform((answer) => (typeof answer === "string" ? answer : answer.genesis)),
);
const blocksSchema = v.object({ blocks: v.array(v.string()), nextSlot: v.nullable(count) });
const blocksPerPage = 200;

async function* readPages(client: RpcClient): AsyncGenerator<string, void, undefined> {
  yield await client.call("escapement_getGenesis", [], genesisSchema);
  let slot: number | null = 0;
  while (slot !== null) {
    const page: v.InferOutput<typeof blocksSchema> = await client.call(
      "escapement_getBlocks",
      [slot, blocksPerPage],
      blocksSchema,
    );
    yield* page.blocks;
    if (page.nextSlot !== null && page.nextSlot <= slot)
      throw new CommandFailure(`${client.url} answered escapement_getBlocks with a page that leads nowhere`);
    slot = page.nextSlot;
  }
}

type Result =
  | { readonly ok: true; readonly value: ChainVerification }
  | { readonly ok: false; readonly failure: FailedVerification };

function fail(index: number, code: string, facts: FailedVerification["facts"] = {}): Result {
  return { ok: false, failure: { index, code, facts } };
}

async function verifySource({ name, texts, firstAvailableSlot }: ChainSource, options: VerifyOptions): Promise<Result> {
  const first = await texts.next();
  if (first.done || first.value.trim() === "") throw new UsageError(`${name} is empty; give a chain file`);
  if (!first.value.startsWith("{"))
    throw new UsageError(
      `${name} is no chain file: its first line is not the text of a genesis; \`escapement sim run --export FILE\` writes one`,
    );
  const genesis = readGenesis(name, first.value);
  const kept = await firstAvailableSlot();
  if (kept !== null && kept > genesis.firstSlot + 1)
    throw new CommandFailure(
      `${name} no longer has its blocks before slot ${kept}: its chain cannot be verified from genesis`,
    );
  const signatures = nodeSignatures[genesis.params.signatureScheme];
  const verifier = new ChainVerifier(genesis, { signatures, ...nodeHashes });
  const { genesisHash } = verifier.chain;
  const expected = options.genesisHash;
  if (expected !== undefined && expected !== genesisHash)
    return fail(-1, "genesis-hash-wrong", { genesisHash, expected });
  const progress = createProgress("blocks", null);
  let index = 0;
  for await (const text of texts) {
    const bytes = decodeBlockText(text);
    if (bytes === null) return fail(index, "block-malformed", { problem: "not base64" });
    const applied = verifier.append(bytes);
    if (!applied.ok) return fail(index, applied.code, applied.facts);
    index++;
    progress.update(index);
  }
  progress.finish();
  if (index === 0) return fail(0, "chain-empty", { genesisHash });
  const { slot, blockId } = verifier.bank;
  if (options.lastBlock !== undefined && options.lastBlock !== blockId)
    return fail(index - 1, "block-id-wrong", {
      slot,
      blockId,
      expected: options.lastBlock,
      problem: "the chain was shortened, or is another fork",
    });
  const finished = verifier.finish();
  return finished.ok ? finished : fail(index - 1, finished.code, finished.facts);
}

function readGenesis(name: string, text: string): Genesis {
  const parsed = parseGenesis(text);
  if (parsed.ok) return parsed.value;
  throw new CommandFailure(`the genesis of ${name} is refused: ${formatRefusal(parsed)}`);
}

function reportOf(verified: ChainVerification, elapsedMs: number) {
  const { supply, ...rest } = verified;
  const amounts = { total: String(supply.total), minted: String(supply.minted), burned: String(supply.burned) };
  return { ok: true, ...rest, supply: amounts, timings: { elapsedMs } };
}

function formatResult(verified: ChainVerification, elapsedMs: number): string {
  const { blocks, skippedSlots, lastSlot, transactions, votes, supply } = verified;
  const fields = formatFields([
    ["Genesis hash", verified.genesisHash],
    ["Last slot", `${lastSlot} (${skippedSlots} skipped)`],
    ["Last block id", verified.lastBlockId],
    ["State hash", verified.stateHash],
    ["Transactions", `${transactions} (${votes} votes)`],
    ["Supply", `${formatSol(supply.total)} SOL (${formatSol(supply.burned)} burned)`],
  ]);
  const what = "leaders, Proof of History, signatures, replayed states, supply";
  return `${fields}\n${colors.green(`Verified: ${blocks} blocks from genesis`)} in ${formatDuration(elapsedMs)}: ${what}`;
}
