/** Why evidence is refused: the slashing program's own error codes, by name. */
import { type Outcome, type Refusal, refuse } from "../../base/refusal.ts";

/** Codes are part of the protocol: never renumbered. */
export const slashingErrors = {
  /** This chain does not slash. */
  SlashingDisabled: 0,
  /** The bytes are no evidence of a known kind. */
  EvidenceMalformed: 1,
  /** An account is not the one that the evidence speaks of. */
  AccountMismatch: 2,
  /** What was signed may well be signed. */
  NotAnOffence: 3,
  /** A signature is not its signer's. */
  SignatureInvalid: 4,
  /** Somebody signed, but not who answers for this vote account. */
  SignerMismatch: 5,
  /** The vote account had no stake in that epoch. */
  NotAValidator: 6,
  OffenceTooOld: 7,
  OffenceInFuture: 8,
  /** It was convicted of this, or of a later offence of the kind. */
  AlreadyPunished: 9,
  /** A vote is not for the block given: it is for another, or from another chain. */
  BlockMismatch: 10,
  /** Its record is full of convictions that no epoch boundary has settled yet. */
  TooManyPending: 11,
} as const;

export type SlashingErrorName = keyof typeof slashingErrors;

export type SlashingRefusal = Refusal<SlashingErrorName>;

export type SlashingOutcome<T> = Outcome<T, SlashingErrorName>;

export const slashingErrorNames: readonly SlashingErrorName[] = Object.keys(slashingErrors) as SlashingErrorName[];

/** `EvidenceMalformed`, with what a decoder saw. */
export function malformed(problem: string): SlashingRefusal {
  return refuse("EvidenceMalformed", { problem });
}
