/**
 * `escapement ctl`: steers a running devnet by its control methods.
 *
 *     ctl warp --epochs 2      escapement_advanceEpochs [2]      Slot: 768    Epoch: 3
 *     ctl pause                escapement_pause
 */
import * as v from "valibot";
import type { OutputFormat } from "../arguments.ts";
import { UsageError } from "../failure.ts";
import { formatFields } from "../format.ts";
import { createProgress, print, printJson } from "../output.ts";
import { count, createRpcClient, type RpcClient } from "../rpc-client.ts";

type ControlOptions = { readonly url: string; readonly output: OutputFormat };

export type WarpOptions = ControlOptions & {
  readonly slots?: number;
  readonly epochs?: number;
  readonly toSlot?: number;
  readonly toEpoch?: number;
  /** Unix seconds. */
  readonly toTimestamp?: number;
};

const positionSchema = v.object({ slot: count, epoch: count });
const travelledSchema = v.pipe(
  v.object({ absoluteSlot: count, epoch: count }),
  v.transform(({ absoluteSlot: slot, epoch }) => ({ slot, epoch })),
);
type Position = v.InferOutput<typeof positionSchema>;

export async function runWarp(options: WarpOptions): Promise<void> {
  const warp = warpOf(options);
  const watching = watchSlots(createRpcClient(options.url), options.slots ?? null);
  try {
    // However long it takes.
    const position = await warp(createRpcClient(options.url, { timeoutMs: null }));
    watching.stop();
    tell(position, options.output);
  } finally {
    watching.stop();
  }
}

type Warp = (client: RpcClient) => Promise<Position>;

function warpOf({ slots, epochs, toSlot, toEpoch, toTimestamp }: WarpOptions): Warp {
  const ways: (Warp | null)[] = [
    slots === undefined ? null : (client) => client.call("escapement_advanceSlots", [slots], positionSchema),
    epochs === undefined ? null : (client) => client.call("escapement_advanceEpochs", [epochs], positionSchema),
    toSlot === undefined ? null : travel({ absoluteSlot: toSlot }),
    toEpoch === undefined ? null : travel({ absoluteEpoch: toEpoch }),
    toTimestamp === undefined ? null : travel({ absoluteTimestamp: toTimestamp * 1000 }),
  ];
  const [way, ...others] = ways.filter((each) => each !== null);
  if (way !== undefined && others.length === 0) return way;
  throw new UsageError("give one of --slots, --epochs, --to-slot, --to-epoch and --to-timestamp");
}

function travel(config: object): Warp {
  return (client) => client.call("surfnet_timeTravel", [config], travelledSchema);
}

const watchIntervalMs = 500;

/** Shows on stderr how far a long warp is; where the devnet cannot be asked, that shows by itself. */
function watchSlots(client: RpcClient, total: number | null): { readonly stop: () => void } {
  const progress = createProgress("slots", total);
  let first: number | null = null;
  const watching = setInterval(() => {
    client.call("getSlot", [{ commitment: "processed" }], count).then(
      (slot) => {
        first ??= slot;
        if (!isStopped) progress.update(slot - first);
      },
      () => {},
    );
  }, watchIntervalMs);
  let isStopped = false;
  const stop = (): void => {
    if (isStopped) return;
    isStopped = true;
    clearInterval(watching);
    progress.finish();
  };
  return { stop };
}

function tell({ slot, epoch }: Position, output: OutputFormat): void {
  if (output === "json") printJson({ slot, epoch });
  else print(formatFields([["Slot", slot] as const, ["Epoch", epoch] as const]));
}

const clockSchema = v.object({ slot: count, epoch: count, running: v.boolean() });

export async function runClock(action: "pause" | "resume", { url, output }: ControlOptions): Promise<void> {
  const clock = await createRpcClient(url).call(`escapement_${action}`, [], clockSchema);
  if (output === "json") {
    printJson(clock);
    return;
  }
  const { slot, epoch, running } = clock;
  print(
    formatFields([
      ["Slot", slot],
      ["Epoch", epoch],
      ["Clock", running ? "running" : "paused"],
    ]),
  );
}
