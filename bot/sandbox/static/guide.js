// The story in seven steps. It proposes; the reader sends, taps and turns the clock.

import { h, icon } from "./dom.js";

const ASK = "你好，我们医院想了解CT设备的参数，预算300万左右，下周三前要招标文件，电话13800001234";
const ANSWER = "赵主任您好，我是王磊。CT设备的参数表今天发您，招标文件我下周三前备齐。";
const CLOSED = "genjin.guide.closed";

const cards = (office, person) => (office.screen(person) ?? []).filter((item) => item.card);
const offersSupport = ({ card }) => card.buttons?.some(({ text }) => text.includes("协同支持"));
const happened = (office, kind) =>
  office.knowledge?.leads.some((lead) => lead.timeline.some((fact) => fact.kind === kind));

const STEPS = [
  {
    title: "客户开口",
    text: ({ client }) => `${client.name}在微信客服里写来一句话。发送后，看李娜的窗口。`,
    acts: ({ client, office }) => [
      [`以${client.name}的身份写这句话`, () => office.propose(client.id, ASK)],
    ],
    done: ({ client, office }) => office.screen(client.id)?.some((item) => item.mine),
  },
  {
    title: "线索到人",
    text: ({ first }) =>
      `不到一秒，${first.name}收到线索卡：谁、从哪来、要什么、为什么是她。“机器人知道什么”里能看到每一项出自哪几个字。`,
    acts: ({ first, office }) => [[`看${first.name}的卡片`, () => office.show(first.id)]],
    done: () => false,
  },
  {
    title: "没人理会",
    text: ({ second, manager }) =>
      `先别点卡片，让时间走 15 分钟：线索转给${second.name}，原卡片当场改写，${manager.name}在钉钉收到提醒。`,
    acts: ({ office }) => [["时间走 15 分钟", () => office.turn({ minutes: 15 })]],
    done: ({ second, office }) => cards(office, second.id).length > 0,
  },
  {
    title: "接手联系",
    text: ({ second }) => `${second.name}点「已联系」，客服会话交到他手里，他可以直接回复客户。`,
    acts: ({ client, second, office }) => [
      [`看${second.name}的卡片`, () => office.show(second.id)],
      ["替他写一句回复", () => office.propose(second.id, ANSWER, client.name)],
    ],
    done: ({ office }) => happened(office, "followed_up"),
  },
  {
    title: "两天没跟进",
    text: ({ manager }) =>
      `再过两天没有跟进，${manager.name}收到升级提醒：最近的经过、完整历史的链接，一键「转派」或「需协同支持」。`,
    acts: ({ manager, office }) => [
      ["过两天", () => office.turn({ minutes: 2880 })],
      [`看${manager.name}的卡片`, () => office.show(manager.id)],
    ],
    done: ({ manager, office }) => cards(office, manager.id).some(offersSupport),
  },
  {
    title: "别再催我",
    text: () => "销售写一句「静音 赵主任」，就不再收到这位客户的催促；转派和客户的话照常送到。",
    acts: ({ owner, client, office }) => [
      [`以${owner.name}的身份写「静音」`, () => office.propose(owner.id, `静音 ${client.name}`)],
    ],
    done: ({ office }) => office.knowledge?.leads.some((lead) => lead.muted_by?.length),
  },
  {
    title: "问它",
    text: () => "像问同事一样问它：先打哪个电话、这条线索为什么给我。回答有排序，也有理由。",
    acts: ({ owner, office }) => [
      ["今天该先打哪个电话", () => office.propose(owner.id, "今天该先打哪个电话")],
      ["为什么给我", () => office.propose(owner.id, "为什么给我")],
    ],
    done: () => false,
  },
];

export class Guide {
  /** `office`: people, knowledge, screen(person), propose, show, turn. */
  constructor(node, opener, office) {
    this.node = node;
    this.opener = opener;
    this.office = office;
    this.step = 0;
    this.reached = new Set();
    this.closed = remembered();
    opener.addEventListener("click", () => this.close(false));
  }

  cast() {
    const { people, knowledge } = this.office;
    const reps = people.filter(({ role }) => role === "rep");
    const owner = knowledge?.leads.at(-1)?.owner;
    return {
      office: this.office,
      client: people.find(({ role }) => role === "client"),
      first: reps[0],
      second: reps[1],
      manager: people.find(({ role }) => role === "manager"),
      owner: reps.find(({ name }) => name === owner) ?? reps[1] ?? reps[0],
    };
  }

  draw() {
    const cast = this.cast();
    if (!cast.client || !cast.second || !cast.manager) return;
    this.advance(cast);
    this.node.hidden = this.closed;
    this.opener.hidden = !this.closed;
    if (this.closed) return;
    const shape = JSON.stringify([this.step, [...this.reached], cast.owner.id]);
    if (shape === this.shape) return;
    this.shape = shape;
    this.node.replaceChildren(this.dots(), this.words(cast), this.ways());
  }

  /** A step that has happened is ticked, and the next one is shown. */
  advance(cast) {
    STEPS.forEach((step, index) => {
      if (this.reached.has(index) || !step.done(cast)) return;
      this.reached.add(index);
      if (index >= this.step) this.step = Math.min(index + 1, STEPS.length - 1);
    });
  }

  dots() {
    return h("ol", { class: "guide__dots" }, STEPS.map((step, index) =>
      h(
        "li",
        {},
        h(
          "button",
          {
            class: `guide__dot${this.reached.has(index) || index < this.step ? " is-done" : ""}`,
            type: "button", title: step.title, "aria-label": `第 ${index + 1} 步：${step.title}`,
            "aria-current": index === this.step ? "step" : null,
            onclick: () => this.go(index),
          },
          String(index + 1),
        ),
      )));
  }

  words(cast) {
    const step = STEPS[this.step];
    return h(
      "div",
      { class: "guide__words" },
      h("p", { class: "guide__text", "aria-live": "polite" }, h("strong", {}, step.title), step.text(cast)),
      h("div", { class: "guide__acts" }, step.acts(cast).map(([words, run]) =>
        h("button", { class: "guide__act", type: "button", onclick: run }, words))),
    );
  }

  ways() {
    const way = (label, name, run, off) =>
      h("button", { class: "icon-button", type: "button", "aria-label": label, title: label, disabled: off, onclick: run }, icon(name));
    return h(
      "div",
      { class: "guide__ways" },
      way("上一步", "back", () => this.go(this.step - 1), this.step === 0),
      way("下一步", "next", () => this.go(this.step + 1), this.step === STEPS.length - 1),
      way("收起引导", "close", () => this.close(true)),
    );
  }

  go(step) {
    this.step = step;
    this.draw();
  }

  close(closed) {
    this.closed = closed;
    remember(closed);
    this.shape = null;
    this.draw();
    if (closed) this.opener.focus();
    else this.node.querySelector(".guide__act")?.focus();
  }
}

function remembered() {
  try {
    return localStorage.getItem(CLOSED) === "1";
  } catch {
    return false; // a browser that keeps nothing shows the guide each time
  }
}

function remember(closed) {
  try {
    localStorage.setItem(CLOSED, closed ? "1" : "0");
  } catch {
    // see above
  }
}
