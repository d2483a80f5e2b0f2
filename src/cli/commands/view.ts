/** `escapement view FILE`: a recorded run on the page, to scrub through. */
import { openViewServer } from "../../host/view-server.ts";
import { CommandFailure } from "../failure.ts";
import { print, say } from "../output.ts";
import { readRecording } from "../recording-file.ts";
import { untilStopped } from "../until-stopped.ts";

export type ViewOptions = { readonly port: number; readonly host: string };

export async function runView(path: string, { port, host }: ViewOptions): Promise<void> {
  const { text, recording } = readRecording(path);
  const server = await openViewServer({ text, host, port }).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "EADDRINUSE" ? `port ${port} is in use; give another with --port` : error.message;
    throw new CommandFailure(`the page cannot be served: ${why}`, { cause: error });
  });
  const stopped = untilStopped();
  print(`${recording.frames.length} slots of seed ${recording.header.seed}: ${server.url}`);
  say("Ctrl-C ends it");
  await stopped;
  await server.close();
}
