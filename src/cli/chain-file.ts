/**
 * A whole chain in a file of lines, written and read as a stream.
 *
 *     line 1      the canonical text of its genesis (JSON)
 *     line 2 …    a block each, in order: base64 of its wire bytes
 */
import { closeSync, createReadStream, openSync, writeSync } from "node:fs";
import type { Block } from "../chain/block.ts";
import { encodeBlock } from "../chain/block.ts";
import type { Genesis } from "../chain/genesis.ts";
import { formatGenesis } from "../chain/genesis-text.ts";
import { CommandFailure } from "./failure.ts";
import { fileError, makeFileError } from "./files.ts";

export type ChainFileWriter = { write(block: Block): void; close(): void };

export function openChainFile(path: string, genesis: Genesis): ChainFileWriter {
  let file: number;
  try {
    file = openSync(path, "w");
  } catch (error) {
    throw makeFileError(error, path, "chain file");
  }
  const append = (text: string) => {
    try {
      const bytes = Buffer.from(`${text}\n`);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    } catch (error) {
      throw fileError(error, path, "chain file");
    }
  };
  append(formatGenesis(genesis));
  return {
    write: (block) => append(Buffer.from(encodeBlock(block)).toString("base64")),
    close: () => closeSync(file),
  };
}

/** A line longer than any genesis or block: the file is something else. */
const lineCharsMax = 512 * 1024 * 1024;

/** The file's lines without their ends, one at a time in memory. */
export async function* readLines(path: string): AsyncGenerator<string, void, undefined> {
  let parts: string[] = [];
  let length = 0;
  try {
    for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: 1 << 18 })) {
      const pieces = (chunk as string).split("\n");
      for (const [index, piece] of pieces.entries()) {
        parts.push(piece);
        length += piece.length;
        if (length > lineCharsMax) throw new CommandFailure(`${path} is no chain file: a line of it has no end`);
        if (index === pieces.length - 1) break;
        yield parts.join("");
        parts = [];
        length = 0;
      }
    }
  } catch (error) {
    throw error instanceof CommandFailure ? error : fileError(error, path, "chain file");
  }
  if (length > 0) yield parts.join("");
}

/** The bytes of a block's text; null when it is not base64 in its one proper form. */
export function decodeBlockText(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, "base64");
  return bytes.length > 0 && bytes.toString("base64") === text ? new Uint8Array(bytes) : null;
}
