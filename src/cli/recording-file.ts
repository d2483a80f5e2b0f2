/**
 * A recorded run as a file: JSON, a frame a line, written as the run goes.
 *
 *     {"header":{…},"frames":[
 *     {"slot":1,…},
 *     {"slot":2,…}
 *     ]}
 */
import { closeSync, openSync, writeSync } from "node:fs";
import * as v from "valibot";
import type { Cluster } from "../sim/cluster.ts";
import { createWatch } from "../sim/watch.ts";
import type { Recording } from "../sim/watch-frame.ts";
import { UsageError } from "./failure.ts";
import { fileError, makeFileError, readTextFile } from "./files.ts";

export type RunRecorder = {
  /** Records every slot of the cluster from now on. */
  readonly onCluster: (cluster: Cluster) => void;
  /** Completes the file. */
  close(): void;
};

export function openRecording(
  path: string,
  named: { readonly seed: string; readonly names: readonly (string | null)[] },
): RunRecorder {
  let file: number;
  try {
    file = openSync(path, "w");
  } catch (error) {
    throw makeFileError(error, path, "recording");
  }
  const write = (text: string) => {
    try {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    } catch (error) {
      throw fileError(error, path, "recording");
    }
  };
  return {
    onCluster(cluster) {
      const watch = createWatch(cluster, { ...named, isWatched: () => true });
      let separator = "\n";
      write(`{"header":${JSON.stringify(watch.header)},"frames":[`);
      watch.listen((frame) => {
        write(`${separator}${JSON.stringify(frame)}`);
        separator = ",\n";
      });
    },
    close() {
      write("\n]}\n");
      closeSync(file);
    },
  };
}

const recordingSchema = v.looseObject({
  header: v.looseObject({ version: v.literal(1), seed: v.string(), validators: v.array(v.looseObject({})) }),
  frames: v.array(
    v.looseObject({
      slot: v.number(),
      blocks: v.array(v.looseObject({ id: v.string() })),
      upcoming: v.array(v.unknown()),
    }),
  ),
});

/** Checked as far as that it is a recording, whole. */
export function readRecording(path: string): { readonly text: string; readonly recording: Recording } {
  const text = readTextFile(path, "recording");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(
      `the recording ${path} is not JSON, or was cut; make one with \`escapement sim run --record run.jsonl\``,
    );
  }
  if (v.is(recordingSchema, value)) return { text, recording: value as unknown as Recording };
  throw new UsageError(`${path} is no recording; make one with \`escapement sim run --record ${path}\``);
}
