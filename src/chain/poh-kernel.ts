/** The portable implementation of the Proof of History port: our own SHA-256, which runs wherever JavaScript does. */
import { hashChain, hashChains, mix } from "../base/sha256.ts";
import type { PohKernel } from "./crypto.ts";

export const portablePohKernel: PohKernel = { name: "portable", hashChain, hashChains, mix };
