/**
 * Where frames come from: a running devnet, over the WebSocket that clients use, or a recording.
 *
 *     connect(url)   escapement_watchSubscribe, then escapement_getWatch, then what is told; again whenever the line is cut
 *     open(file)     all frames at once
 */
import type { WatchEvent, WatchFrame, WatchHeader, WatchTable } from "../sim/watch-frame.ts";

export type Snapshot = { readonly id: number; readonly slot: number; readonly epoch: number };

export type Status = {
  readonly slot: number;
  readonly running: boolean;
  readonly snapshots: readonly Snapshot[];
  readonly reverts: number;
};

/** What makes the devnet go. */
export type Software = { readonly version: string; readonly pohKernel: string };

type State = {
  readonly software: Software;
  readonly header: WatchHeader;
  readonly frames: readonly WatchFrame[];
  readonly events: readonly WatchEvent[];
  readonly status: Status;
};

/** What a page does with what it hears. */
export type Hearer = {
  /** All anew: a page that opens, a world put back, a line that was cut. */
  onState(state: State): void;
  /** `table`: of a world that changed while no slot passed. */
  onFrames(frames: readonly WatchFrame[], status: Status, table: WatchTable | null): void;
  onLine(isUp: boolean): void;
};

export class RpcFailure extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export type Live = { call<T>(method: string, params?: readonly unknown[]): Promise<T>; close(): void };

type Answer = {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
  readonly method?: string;
  readonly params?: {
    readonly result: { readonly frames: readonly WatchFrame[]; readonly status: Status; readonly table?: WatchTable };
  };
};

const retryMs = 1000;

/** Whole numbers that a double would round become bigints: lamports go far beyond 2^53. Frames have none. */
export function parseExactly(text: string): unknown {
  if (!/[:[,]\s*-?\d{16,}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, context?: { readonly source?: string }) => {
    const source = context?.source;
    const isRounded = typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? "");
    return isRounded && source !== undefined ? BigInt(source) : value;
  });
}

export function connect(url: string, hearer: Hearer): Live {
  let socket: WebSocket | null = null;
  let nextId = 1;
  let isClosed = false;
  let reverts = -1;
  let newest = -1;
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();

  function call<T>(method: string, params: readonly unknown[] = []): Promise<T> {
    return new Promise((resolve, reject) => {
      if (socket === null || socket.readyState !== WebSocket.OPEN) {
        reject(new Error("the devnet does not answer: is it running?"));
        return;
      }
      const id = nextId++;
      waiting.set(id, { resolve, reject });
      socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    });
  }

  async function refresh(): Promise<void> {
    const state = await call<State>("escapement_getWatch");
    reverts = state.status.reverts;
    newest = state.frames.at(-1)?.slot ?? -1;
    hearer.onState(state);
  }

  function onText(text: string): void {
    const { id, result, error, method, params } = parseExactly(text) as Answer;
    if (method === "escapement_watchNotification" && params !== undefined) {
      const { frames, status, table = null } = params.result;
      // Another world's, or some were left out: the whole is asked for.
      const isNext = frames.length === 0 || newest < 0 || frames[0]!.slot <= newest + 1;
      if (status.reverts !== reverts || !isNext) void refresh().catch(() => {});
      else {
        newest = Math.max(newest, frames.at(-1)?.slot ?? newest);
        hearer.onFrames(frames, status, table);
      }
    } else if (id !== undefined) {
      const asked = waiting.get(id);
      waiting.delete(id);
      if (error !== undefined) asked?.reject(new RpcFailure(error.code, error.message));
      else asked?.resolve(result as never);
    }
  }

  function open(): void {
    socket = new WebSocket(url);
    socket.onopen = async () => {
      try {
        await call("escapement_watchSubscribe");
        await refresh();
        hearer.onLine(true);
      } catch {
        socket?.close();
      }
    };
    socket.onmessage = ({ data }) => onText(String(data));
    socket.onclose = () => {
      for (const { reject } of waiting.values()) reject(new Error("the devnet has gone"));
      waiting.clear();
      if (isClosed) return;
      hearer.onLine(false);
      setTimeout(open, retryMs);
    };
  }

  open();
  return {
    call,
    close() {
      isClosed = true;
      socket?.close();
    },
  };
}
