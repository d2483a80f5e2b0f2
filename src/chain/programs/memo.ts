/**
 * The memo program, at its three addresses: a note in the log, and a list of who signed it.
 *
 *     accounts [ alice ], data "hello"
 *     Program log: Signed by alice…
 *     Program log: Memo (len 5): "hello"
 *
 * Every account listed must sign, and the note must be UTF-8. On Solana it is not built in, so what it takes depends on
 * its machine code; here it is 1,800 units, 350 for each byte and 13,500 for each signer, within 1 percent of the program
 * at MemoSq4g… (566 bytes without a signer use up the default limit there too). All three addresses behave alike.
 *
 * Source: solana-program/memo, README and program.
 */
import {
  LEGACY_MEMO_PROGRAM_ADDRESS_V1,
  LEGACY_MEMO_PROGRAM_ADDRESS_V3,
  MEMO_PROGRAM_ADDRESS,
} from "@solana-program/memo";
import { validUtf8Length } from "../../base/utf8.ts";
import type { Address } from "../ids.ts";
import {
  addressAt,
  consumeUnits,
  type InstructionContext,
  type InstructionError,
  isSignerAt,
  type Program,
} from "./instruction-context.ts";

const unitsBase = 1_800;
const unitsPerByte = 350;
const unitsPerSigner = 13_500;

const textDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

export const memoPrograms: readonly Program[] = [
  createMemoProgram(MEMO_PROGRAM_ADDRESS),
  createMemoProgram(LEGACY_MEMO_PROGRAM_ADDRESS_V3),
  createMemoProgram(LEGACY_MEMO_PROGRAM_ADDRESS_V1),
];

function createMemoProgram(address: string): Program {
  return { address: address as Address, name: "memo_program", builtinUnits: 0, process: processMemo };
}

function processMemo(context: InstructionContext): InstructionError | null {
  const unitsBefore = context.shared.computeUnitsLeft;
  const error = noteMemo(context);
  const units = unitsBefore - context.shared.computeUnitsLeft;
  context.shared.log(`Program ${context.programAddress} consumed ${units} of ${unitsBefore} compute units`);
  return error;
}

function noteMemo(context: InstructionContext): InstructionError | null {
  const units = unitsBase + unitsPerByte * context.data.length + unitsPerSigner * context.accountIndices.length;
  const exceeded = consumeUnits(context, units);
  if (exceeded !== null) return exceeded;
  let isSignatureMissing = false;
  for (let index = 0; index < context.accountIndices.length; index++) {
    if (isSignerAt(context, index)) context.shared.log(`Program log: Signed by ${addressAt(context, index)}`);
    else isSignatureMissing = true;
  }
  if (isSignatureMissing) return "MissingRequiredSignature";
  const validLength = validUtf8Length(context.data);
  if (validLength < context.data.length) {
    context.shared.log(`Program log: Invalid UTF-8, from byte ${validLength}`);
    return "InvalidInstructionData";
  }
  const text = textDecoder.decode(context.data);
  context.shared.log(`Program log: Memo (len ${context.data.length}): ${quote(text)}`);
  return null;
}

const escapes: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
  '"': '\\"',
  "\\": "\\\\",
};

/** As Rust's debug form, of which it escapes the control characters only: what else is unprintable depends on a Unicode version. */
function quote(text: string): string {
  let quoted = "";
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0);
    quoted += escapes[character] ?? (isControl ? `\\u{${code.toString(16)}}` : character);
  }
  return `"${quoted}"`;
}
