import { describe, expect, it } from "vitest";
import { createProgram } from "./program.ts";
import { solanaCommands, suggestCommand } from "./unknown-command.ts";

describe("a command that there is not", () => {
  it("is led to ours where it is the solana CLI's word, and all of these are there", () => {
    expect(suggestCommand("delegate-stake", [])).toBe("escapement says `stake delegate`");
    for (const [theirs, ours] of Object.entries(solanaCommands)) {
      let { commands } = createProgram();
      expect(commands.map((command) => command.name())).not.toContain(theirs);
      for (const word of ours.split(" ")) {
        const found = commands.find((command) => command.name() === word);
        expect(found, ours).toBeDefined();
        commands = found!.commands;
      }
    }
  });

  it("is led to those that begin with it", () => {
    const names = ["create", "delegate", "deactivate"];
    expect(suggestCommand("dele", names)).toBe("Did you mean delegate?");
    expect(suggestCommand("de", names)).toBe("Did you mean delegate or deactivate?");
    for (const word of ["d", "", "xyz", "constructor"]) expect(suggestCommand(word, names), word).toBeNull();
  });
});
