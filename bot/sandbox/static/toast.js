import { h, icon } from "./dom.js";

const STAYS = 6000;

/** Says in one sentence what went wrong, and goes by itself. */
export function toast(sentence) {
  const shown = h(
    "div",
    { class: "toast" },
    h("span", {}, sentence),
    h(
      "button",
      { class: "toast__close", type: "button", "aria-label": "关闭提示", onclick: () => shown.remove() },
      icon("close"),
    ),
  );
  document.getElementById("toasts").append(shown);
  setTimeout(() => shown.remove(), STAYS);
}

/** Runs an action of the user's; a refusal becomes a toast. Resolves to whether it went well. */
export async function attempt(action) {
  try {
    await action();
    return true;
  } catch (refusal) {
    toast(refusal.message);
    return false;
  }
}
