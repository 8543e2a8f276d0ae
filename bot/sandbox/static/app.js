import * as api from "./api.js";
import { ClockPanel } from "./clock.js";
import { Desk } from "./desk.js";
import { avatar, h } from "./dom.js";
import { Guide } from "./guide.js";
import { KnowledgePanel } from "./knowledge.js";

const BOT = "bot";
const LOOK_AGAIN = 300; // ms between looks while the bot is still at work
const LOOKS = 40;

/** A look that fails says nothing by itself: the link's state is shown already. */
async function quietly(look, otherwise = () => {}) {
  try {
    await look();
  } catch (refusal) {
    if (!(refusal instanceof api.Refused)) throw refusal;
    otherwise();
  }
}

const place = (id) => document.getElementById(id);

/** The page as a whole: who is there, what each sees, what the bot knows. */
class Office {
  constructor() {
    this.people = [];
    this.desks = new Map();
    this.unread = new Set();
    this.knowledge = null;
    this.state = null;
    this.isPerson = (name) => this.people.some((person) => person.name === name);
    this.clock = new ClockPanel(place("clock"), () => this.refresh());
    this.panel = new KnowledgePanel(place("knowledge"));
    this.guide = new Guide(place("guide"), place("guide-open"), this);
  }

  started() {
    return this.ready === true;
  }

  screen(person) {
    return this.state?.screens[person];
  }

  /** One look at a time; news during a look cause another one after it. */
  async refresh() {
    this.stale = true;
    this.looking ??= this.look().finally(() => {
      this.looking = null;
    });
    return this.looking;
  }

  async look() {
    while (this.stale) {
      this.stale = false;
      await quietly(async () => this.drawState(await api.fetchState()));
      if (this.state) await quietly(() => this.learn(), () => this.panel.silent());
    }
  }

  drawState(state) {
    this.state = state;
    this.people = state.people;
    for (const person of state.people) this.drawPerson(person);
    this.ready = true;
    this.clock.draw(state, this.knowledge);
    this.drawSwitcher();
    this.guide.draw();
  }

  drawPerson(person) {
    let desk = this.desks.get(person.id);
    if (!desk) {
      desk = new Desk(person, this);
      this.desks.set(person.id, desk);
      place("desks").append(desk.node);
    }
    const changes = desk.draw(person, this.state.screens[person.id] ?? [], this.state.now);
    if (changes && person.id !== this.shown) this.unread.add(person.id);
  }

  async learn(looks = LOOKS) {
    this.knowledge = await api.fetchKnowledge();
    this.panel.draw(this.knowledge);
    this.clock.draw(this.state, this.knowledge);
    this.guide.draw();
    clearTimeout(this.again);
    if (!this.knowledge.quiet && looks > 0) {
      this.again = setTimeout(
        () => quietly(() => this.learn(looks - 1), () => this.panel.silent()),
        LOOK_AGAIN,
      );
    }
  }

  // On a phone one person is shown at a time; on a desktop all are, and this only scrolls.

  drawSwitcher() {
    this.shown ??= this.people[0]?.id;
    const entries = [...this.people.map(({ id, name }) => [id, name]), [BOT, "机器人"]];
    const shape = JSON.stringify([entries, this.shown, [...this.unread]]);
    if (shape === this.switcherShape) return;
    this.switcherShape = shape;
    document.body.dataset.shown = this.shown;
    for (const [id, desk] of this.desks) desk.node.classList.toggle("is-shown", id === this.shown);
    place("knowledge").classList.toggle("is-shown", this.shown === BOT);
    const focused = place("switcher").contains(document.activeElement);
    place("switcher").replaceChildren(...entries.map(([id, name]) => this.entry(id, name)));
    if (focused) place("switcher").querySelector("[aria-pressed=true]")?.focus();
  }

  entry(id, name) {
    return h(
      "button",
      {
        class: "switcher__entry", type: "button", "data-person": id,
        "aria-pressed": String(id === this.shown), onclick: () => this.show(id),
      },
      id === BOT ? h("img", { class: "switcher__seal", src: "/static/sandbox/seal.svg", alt: "" }) : avatar(name),
      h("span", {}, name),
      this.unread.has(id) ? h("span", { class: "dot" }, h("span", { class: "visually-hidden" }, "有新消息")) : null,
    );
  }

  show(person) {
    this.shown = person;
    this.unread.delete(person);
    this.drawSwitcher();
    const node = this.desks.get(person)?.node;
    if (!node) return;
    node.scrollIntoView({ inline: "center", block: "nearest" });
    for (const chat of this.desks.get(person).chats.values()) chat.list.scrollTop = chat.list.scrollHeight;
    node.classList.remove("is-pointed");
    requestAnimationFrame(() => node.classList.add("is-pointed"));
  }

  propose(person, text, to) {
    this.show(person);
    if (to) this.desks.get(person).proposeTo(to, text);
    else this.desks.get(person).propose(text);
  }

  turn(turn) {
    return this.clock.turn(turn);
  }
}

const office = new Office();
api.listen(
  () => office.refresh(),
  (linked) => {
    place("link-state").textContent = linked ? "" : "连接断开，正在重连…";
  },
);
