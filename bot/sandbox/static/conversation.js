// One conversation's messages, redrawn only where they changed: nothing jumps, focus stays.

import { assistantWords, avatar, h } from "./dom.js";
import { drawCard } from "./card.js";
import { minutesBetween, moment } from "./times.js";

const PAUSE = 5; // minutes of silence after which a time stands between two messages
const NEAR = 80; // pixels from the end within which the reader wants to stay at the end

export class Conversation {
  /** `press(itemId, key)`; `isPerson(name)` tells people's words from the assistant's. */
  constructor(name, press, isPerson) {
    this.press = press;
    this.isPerson = isPerson;
    this.drawn = new Map();
    this.list = h("div", {
      class: "messages", role: "log", tabindex: "0", "aria-label": `${name}的消息`,
    });
    this.empty = h("p", { class: "messages__empty" }, "还没有消息");
    this.list.append(this.empty);
    this.fresh = false;
  }

  /** Draws the items; returns how many are new or changed. */
  draw(items, now) {
    const list = this.list;
    const stay = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
    this.empty.hidden = items.length > 0;
    let changes = 0;
    let before = null;
    for (const item of items) {
      const stamp = !before || minutesBetween(before.at, item.at) >= PAUSE ? moment(item.at, now) : "";
      changes += this.drawOne(item, stamp);
      before = item;
    }
    this.forget(items);
    if (changes && (stay || !this.fresh)) list.scrollTop = list.scrollHeight;
    this.fresh = true;
    return changes;
  }

  drawOne(item, stamp) {
    const known = this.drawn.get(item.id);
    const shape = JSON.stringify(item);
    if (known) known.time.textContent = stamp;
    if (known?.shape === shape) return 0;
    const time = known?.time ?? h("p", { class: "messages__time" }, stamp);
    const node = this.message(item);
    if (known) {
      node.classList.add("is-changed");
      known.node.replaceWith(node);
    } else {
      if (this.fresh) node.classList.add("is-new");
      this.list.append(time, node);
    }
    this.drawn.set(item.id, { shape, node, time });
    return 1;
  }

  forget(items) {
    const kept = new Set(items.map((item) => item.id));
    for (const [id, { node, time }] of this.drawn) {
      if (kept.has(id)) continue;
      node.remove();
      time.remove();
      this.drawn.delete(id);
    }
  }

  message(item) {
    const attributes = { "data-item": item.id };
    if (item.kind === "notice") {
      return h("p", { ...attributes, class: "notice" }, item.text);
    }
    const edited = item.edited_at ? h("span", { class: "edited" }, "已更新") : null;
    if (item.card) {
      const card = drawCard(item.card, (key) => this.press(item.id, key));
      return h("div", { ...attributes, class: "message message--card" }, card, edited);
    }
    if (item.picture) {
      const image = h("img", { class: "picture", src: item.picture, alt: "图片", loading: "lazy" });
      const whole = h("a", { href: item.picture, target: "_blank", rel: "noopener" }, image);
      return h("div", { ...attributes, class: "message message--picture" }, avatar(item.from),
        h("div", { class: "message__body" },
          h("span", { class: "message__from" }, item.from), whole));
    }
    const words = item.mine || this.isPerson(item.from) ? [item.text] : assistantWords(item.text);
    return h(
      "div",
      { ...attributes, class: `message${item.mine ? " message--mine" : ""}` },
      avatar(item.from),
      h(
        "div",
        { class: "message__body" },
        h("span", { class: "message__from" }, item.from),
        h("p", { class: "bubble" }, words),
        edited,
      ),
    );
  }
}
