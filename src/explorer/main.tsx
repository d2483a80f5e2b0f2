import { render } from "preact";
import type { Recording } from "../sim/watch-frame.ts";
import { App } from "./app.tsx";
import "./page.css";

/** `view` serves the page with the name of a recording in it. */
async function start(element: HTMLElement): Promise<void> {
  const { protocol, host } = window.location;
  const { recording: file } = document.documentElement.dataset;
  const recording = file === undefined ? null : ((await (await fetch(file)).json()) as Recording);
  element.replaceChildren();
  render(<App url={`${protocol === "https:" ? "wss" : "ws"}://${host}/`} recording={recording} />, element);
}

const element = document.getElementById("page");
if (element !== null) void start(element);
