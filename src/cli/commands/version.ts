/** `escapement --version [--verbose]`. */
import { hostKernel } from "../../host/poh-kernel.ts";
import { sodiumEd25519 } from "../../host/sodium-ed25519.ts";
import { version } from "../../host/version.ts";
import { formatFields } from "../format.ts";
import { print } from "../output.ts";

export function printVersion(verbose: boolean): void {
  if (!verbose) {
    print(version);
    return;
  }
  const fields = formatFields([
    ["node", process.version],
    ["platform", `${process.platform} ${process.arch}`],
    ["poh kernel", hostKernel().poh.name],
    ["signatures", sodiumEd25519 === null ? `node:crypto (OpenSSL ${process.versions.openssl})` : "libsodium"],
  ]);
  print(version);
  print(fields);
}
