/** The command's process: its streams and its exit code. What a command line does is run-command.ts's to say. */
import { exitCodes } from "./failure.ts";
import { runCommand } from "./run-command.ts";

// Whoever reads us may stop reading (`| head`): that is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(exitCodes.ok);
    throw error;
  });
}

process.exitCode = await runCommand(process.argv.slice(2));
