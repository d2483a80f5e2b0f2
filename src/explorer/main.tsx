import { render } from "preact";
import { App } from "./app.tsx";
import "./page.css";

const { protocol, host } = window.location;
const element = document.getElementById("page");
if (element !== null) {
  element.replaceChildren();
  render(<App url={`${protocol === "https:" ? "wss" : "ws"}://${host}/`} />, element);
}
