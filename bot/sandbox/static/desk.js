// A person's window: who it is, the conversations, the words being written.

import * as api from "./api.js";
import { Conversation } from "./conversation.js";
import { avatar, h, icon } from "./dom.js";
import { clockTime } from "./times.js";
import { attempt } from "./toast.js";

const ROLES = { client: "客户", rep: "销售", manager: "主管" };
const PLATFORMS = { wechat: "微信", wecom: "企业微信", dingtalk: "钉钉" };
const TALLEST = 112;

export class Desk {
  /** `office.refresh()` after an act; `office.isPerson(name)`. */
  constructor(person, office) {
    this.person = person;
    this.office = office;
    this.chats = new Map();
    this.unread = new Map();
    this.drafts = new Map();
    this.current = person.conversations[0]?.id ?? null;
    this.build();
  }

  build() {
    const { person } = this;
    this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": `${person.name}的会话`, onkeydown: (e) => this.walkTabs(e) });
    this.body = h("div", { class: "window__body", role: "tabpanel" });
    this.time = h("span", { class: "phone-bar__time" });
    this.input = h("textarea", {
      class: "composer__input", rows: "1", autocomplete: "off", "aria-label": `以${person.name}的身份写消息`,
      onkeydown: (event) => this.typed(event),
      oninput: () => this.fit(),
    });
    this.sendButton = h("button", { class: "composer__send", type: "submit", "aria-label": "发送" }, icon("send"));
    this.composer = h("form", { class: "composer", onsubmit: (event) => this.submit(event) }, this.input, this.sendButton);
    this.closed = h("p", { class: "composer-closed", hidden: true });
    this.window = h("div", { class: "window" }, this.head(), this.tabs, this.body, this.composer, this.closed);
    this.node = h(
      "section",
      { class: `desk desk--${person.role}`, id: `desk-${person.id}`, "aria-label": `${person.name}的窗口`, "data-person": person.id },
      this.caption(),
      this.window,
    );
  }

  caption() {
    const { name, role, title, platforms } = this.person;
    const where = platforms.map((platform) => PLATFORMS[platform] ?? platform).join(" · ");
    return h(
      "header",
      { class: "caption" },
      avatar(name),
      h(
        "div",
        { class: "caption__who" },
        h("h2", { class: "caption__name" }, name, h("span", { class: "caption__role" }, title || (ROLES[role] ?? role))),
        h("p", { class: "caption__where" }, where),
      ),
    );
  }

  head() {
    this.title = h("span", { class: "window__title" });
    this.platform = h("span", { class: "window__platform" });
    const enterAgain =
      this.person.role === "client"
        ? h(
            "button",
            {
              class: "window__enter", type: "button", title: "重新打开客服会话", "aria-label": "重新打开客服会话",
              onclick: () => this.act(() => api.enter(this.person.id)),
            },
            icon("enter"),
          )
        : null;
    const bar =
      this.person.role === "client"
        ? h("div", { class: "phone-bar", "aria-hidden": "true" }, this.time, h("span", { class: "phone-bar__battery" }))
        : null;
    return h("div", { class: "window__head" }, bar, h("div", { class: "window__line" }, this.title, this.platform, enterAgain));
  }

  // What the state says.

  draw(person, items, now) {
    this.person = person;
    this.time.textContent = clockTime(now);
    if (!person.conversations.some(({ id }) => id === this.current)) {
      this.current = person.conversations[0]?.id ?? null;
    }
    let changes = 0;
    for (const conversation of person.conversations) {
      const mine = items.filter((item) => item.conversation === conversation.id);
      changes += this.drawConversation(conversation, mine, now);
    }
    this.drawTabs();
    this.drawComposer();
    return changes;
  }

  drawConversation(conversation, items, now) {
    let chat = this.chats.get(conversation.id);
    const first = !chat;
    if (first) {
      chat = new Conversation(
        conversation.name,
        (item, key) => this.act(() => api.press(this.person.id, item, key)),
        this.office.isPerson,
      );
      this.chats.set(conversation.id, chat);
      this.body.append(chat.list);
    }
    const shown = conversation.id === this.current;
    chat.list.hidden = !shown;
    chat.list.classList.toggle("messages--client", conversation.platform === "wechat");
    const changes = chat.draw(items, now);
    const opened = first && this.office.started();
    if ((changes || opened) && !shown) this.unread.set(conversation.id, true);
    if (shown) this.unread.delete(conversation.id);
    return this.office.started() ? changes : 0;
  }

  drawTabs() {
    const { conversations } = this.person;
    const now = conversations.find(({ id }) => id === this.current);
    this.node.dataset.platform = now?.platform ?? this.person.platforms[0];
    this.title.textContent = now?.name ?? this.person.name;
    this.platform.textContent = PLATFORMS[now?.platform] ?? "";
    this.tabs.hidden = conversations.length < 2;
    const shape = JSON.stringify([conversations.map(({ id, name }) => [id, name]), this.current, [...this.unread.keys()]]);
    if (shape === this.tabsShape) return;
    this.tabsShape = shape;
    const focused = this.tabs.contains(document.activeElement);
    this.tabs.replaceChildren(...conversations.map((conversation) => this.tab(conversation)));
    if (focused) this.tabs.querySelector("[aria-selected=true]")?.focus();
  }

  tab({ id, name }) {
    const selected = id === this.current;
    return h(
      "button",
      {
        class: "tab", type: "button", role: "tab", "aria-selected": String(selected),
        tabindex: selected ? "0" : "-1", "data-conversation": id,
        onclick: () => this.open(id),
      },
      h("span", { class: "tab__name" }, name),
      this.unread.has(id) ? h("span", { class: "dot" }, h("span", { class: "visually-hidden" }, "有新消息")) : null,
    );
  }

  walkTabs(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const ids = this.person.conversations.map(({ id }) => id);
    this.open(ids.at((ids.indexOf(this.current) + step) % ids.length));
    this.tabs.querySelector("[aria-selected=true]").focus();
  }

  drawComposer() {
    const now = this.person.conversations.find(({ id }) => id === this.current);
    const open = Boolean(now?.can_write);
    this.composer.hidden = !open;
    this.closed.hidden = open;
    this.closed.textContent = now?.hint || "这个会话里不能写";
    this.input.placeholder = (open && now.hint) || (now ? `发给${now.name}` : "");
  }

  // What the person does.

  open(conversation) {
    if (conversation === this.current) return;
    this.drafts.set(this.current, this.input.value);
    this.current = conversation;
    this.input.value = this.drafts.get(conversation) ?? "";
    this.unread.delete(conversation);
    for (const [id, chat] of this.chats) {
      chat.list.hidden = id !== conversation;
      if (id === conversation) chat.list.scrollTop = chat.list.scrollHeight;
    }
    this.drawTabs();
    this.drawComposer();
    this.fit();
  }

  /** Puts words into the box for the person to send; nothing is sent. */
  propose(text) {
    const writable = this.person.conversations.find(({ can_write: open }) => open);
    if (writable) this.open(writable.id);
    this.input.value = text;
    this.fit();
    this.input.focus();
    this.input.setSelectionRange(text.length, text.length);
  }

  /** Proposes an answer in the conversation with `name` where there is one. */
  proposeTo(name, text) {
    const found = this.person.conversations.find(
      ({ name: title, can_write: open }, index) => index > 0 && open && title.includes(name),
    );
    this.propose(text);
    if (!found || found.id === this.current) return;
    this.input.value = "";
    this.open(found.id);
    this.input.value = text;
    this.fit();
    this.input.focus();
  }

  typed(event) {
    // keyCode 229: some input methods end composing with this Enter and no longer say so.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.composer.requestSubmit();
  }

  async submit(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    if (!text) return;
    const conversation = this.current;
    this.input.value = "";
    this.fit();
    const taken = await this.act(() => api.say(this.person.id, conversation, text));
    if (!taken) this.giveBack(conversation, text);
  }

  /** Refused words go back into the box, unless others have been written there since. */
  giveBack(conversation, text) {
    if (conversation !== this.current) this.drafts.set(conversation, text);
    else if (!this.input.value) this.input.value = text;
    this.fit();
  }

  async act(action) {
    const taken = await attempt(action);
    this.office.refresh();
    return taken;
  }

  fit() {
    this.input.style.height = "";
    if (this.input.value) this.input.style.height = `${Math.min(this.input.scrollHeight, TALLEST)}px`;
  }
}
