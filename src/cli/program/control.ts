/** Commands that steer a running devnet. */
import type { Command } from "commander";
import { advanceSlotsMax } from "../../host/clock-methods.ts";
import { count, outputOption, urlOption } from "./options.ts";
import { addWorld } from "./world.ts";

export function addControl(program: Command): void {
  const ctl = program.command("ctl").description("steer a running devnet: its clock, its faults, its snapshots");
  ctl
    .command("warp")
    .description("run ahead as fast as slots go, with blocks, votes and rewards; nothing is left out")
    .addOption(count("--slots <n>", "so many slots on", 1, advanceSlotsMax))
    .addOption(count("--epochs <n>", "to the first slot of the n-th next epoch", 1, advanceSlotsMax))
    .addOption(count("--to-slot <slot>", "to a slot", 0, Number.MAX_SAFE_INTEGER))
    .addOption(count("--to-epoch <epoch>", "to an epoch's first slot", 0, Number.MAX_SAFE_INTEGER))
    .addOption(count("--to-timestamp <unix seconds>", "to a time of the chain", 0, 253_402_300_799))
    .addOption(urlOption())
    .addOption(outputOption())
    .action(async (options) => (await import("../commands/ctl.ts")).runWarp(options));
  for (const [name, description] of [
    ["pause", "hold the devnet's clock and end what warps; requests are still answered"],
    ["resume", "let the devnet's clock go on"],
  ] as const) {
    ctl
      .command(name)
      .description(description)
      .addOption(urlOption())
      .addOption(outputOption())
      .action(async (options) => (await import("../commands/ctl.ts")).runClock(name, options));
  }
  addWorld(ctl);
}
