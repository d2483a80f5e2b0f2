import { existsSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Devnet } from "../host/devnet.ts";
import { checkDumpPath, writeDump } from "./dump-file.ts";

const folder = mkdtempSync(join(tmpdir(), "dump-file-"));
const devnet = { slot: 7, dump: () => Uint8Array.of(1, 2, 3) } as unknown as Devnet;

it("a dump's place is looked at before the devnet starts, and left as it was", () => {
  const path = join(folder, "world.dump");
  checkDumpPath(path);
  expect(existsSync(path) || existsSync(`${path}.part`)).toBe(false);
  expect(() => checkDumpPath(join(folder, "none", "world.dump"))).toThrow("its folder does not exist");
  mkdirSync(join(folder, "folder"));
  expect(() => checkDumpPath(join(folder, "folder"))).toThrow("it is a directory");
});

it("a dump is written whole, or what was wrong is told", () => {
  const path = join(folder, "written.dump");
  expect(writeDump(devnet, path)).toBeNull();
  expect([...readFileSync(path)]).toEqual([1, 2, 3]);
  expect(existsSync(`${path}.part`)).toBe(false);
  expect(writeDump(devnet, join(folder, "none", "world.dump"))?.message).toContain("could not be written: ENOENT");
});
