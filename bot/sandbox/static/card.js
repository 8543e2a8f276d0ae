// A card as both platforms show it: from top to bottom, buttons last.

import { assistantWords, h, icon, link } from "./dom.js";

const TONES = {
  1: "primary", 2: "soft", 3: "danger", 4: "plain",
  primary: "primary", blue: "primary", danger: "danger", red: "danger",
  soft: "soft", gray: "plain", plain: "plain",
};

/** `press(key)` resolves once the platform has taken the press. */
export function drawCard(card, press) {
  return h(
    "article",
    { class: `card${card.status ? " card--settled" : ""}`, "aria-label": card.title },
    card.source ? h("p", { class: "card__source" }, card.source) : null,
    h(
      "header",
      { class: "card__head" },
      h(
        "div",
        { class: "card__titles" },
        h("h3", { class: "card__title" }, card.title),
        card.subtitle ? h("p", { class: "card__subtitle" }, card.subtitle) : null,
      ),
      card.menu?.length && !card.status ? menu(card.menu, press) : null,
    ),
    card.rows?.length ? rows(card.rows) : null,
    card.quote ? quote(card.quote) : null,
    card.text ? h("p", { class: "card__text" }, assistantWords(card.text)) : null,
    card.link ? link(card.link, ["查看全部", icon("open")], { class: "card__link" }) : null,
    card.status
      ? h("p", { class: "card__status" }, icon("check"), card.status)
      : buttons(card.buttons ?? [], press),
  );
}

function rows(list) {
  const value = (row) => (row.url ? link(row.url, row.value) : row.value);
  return h(
    "dl",
    { class: "card__rows" },
    list.map((row) => h("div", { class: "card__row" }, h("dt", {}, row.name), h("dd", {}, value(row)))),
  );
}

function quote({ title, text }) {
  return h(
    "blockquote",
    { class: "card__quote" },
    title ? h("p", { class: "card__quote-title" }, title) : null,
    h("p", {}, text),
  );
}

function buttons(list, press) {
  if (!list.length) return null;
  return h("div", { class: `card__buttons card__buttons--${Math.min(list.length, 4)}` }, list.map(one));

  function one(button) {
    const look = `card__button card__button--${TONES[button.style] ?? "plain"}`;
    if (button.url) return link(button.url, [button.text, icon("open")], { class: look });
    return h(
      "button",
      {
        class: look, type: "button", disabled: button.disabled, "data-key": button.key,
        onclick: (event) => pressed(event.currentTarget, button.key, press),
      },
      button.text,
    );
  }
}

/** Holds a button down until the platform answered, so that nobody presses it twice. */
async function pressed(button, key, press) {
  button.disabled = true;
  button.classList.add("is-busy");
  await press(key);
  button.disabled = false;
  button.classList.remove("is-busy");
}

function menu(entries, press) {
  const list = h(
    "div",
    { class: "menu__list", role: "menu", hidden: true },
    entries.map((entry) =>
      h(
        "button",
        {
          class: "menu__entry", type: "button", role: "menuitem", "data-key": entry.key,
          onclick: () => {
            show(false);
            opener.focus();
            press(entry.key);
          },
        },
        entry.text,
      ),
    ),
  );
  const opener = h(
    "button",
    {
      class: "menu__opener", type: "button", "aria-label": "更多操作",
      "aria-haspopup": "menu", "aria-expanded": "false",
      onclick: () => show(list.hidden),
    },
    icon("more"),
  );
  const whole = h("div", { class: "menu", onkeydown: walk, onfocusout: leave }, opener, list);
  return whole;

  function show(open) {
    list.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    if (open) list.firstElementChild.focus();
  }

  function leave(event) {
    if (!list.hidden && !whole.contains(event.relatedTarget)) show(false);
  }

  function walk(event) {
    if (list.hidden) return;
    const items = [...list.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") {
      show(false);
      opener.focus();
    } else if (step) {
      event.preventDefault();
      items.at((items.indexOf(document.activeElement) + step) % items.length).focus();
    }
  }
}
