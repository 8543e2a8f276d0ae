// 机器人知道什么: the lead, the words each fact came from, why, what happened, what is waiting.

import { h, icon } from "./dom.js";
import { moment, timeLeft } from "./times.js";

const HUES = 6;

/** Every message that a fact came from, once, with its facts in the order of their words. */
function sources(fields) {
  const found = new Map();
  fields.forEach((field, index) => {
    const entry = { ...field, hue: index % HUES, index };
    if (!found.has(field.message)) found.set(field.message, []);
    found.get(field.message).push(entry);
  });
  for (const list of found.values()) list.sort((one, other) => one.start - other.start);
  return found;
}

export class KnowledgePanel {
  constructor(node) {
    this.chosen = null;
    this.folded = new Map();
    this.state = h("span", { class: "knowledge__state", role: "status" });
    this.body = h("div", { class: "knowledge__body", tabindex: "0", "aria-label": "线索与时间线" });
    node.append(
      h("header", { class: "knowledge__head" }, h("h2", {}, "机器人知道什么"), this.state),
      this.body,
    );
  }

  draw(knowledge) {
    this.knowledge = knowledge;
    this.state.textContent = knowledge.quiet ? "空闲" : "正在处理…";
    this.state.classList.toggle("is-busy", !knowledge.quiet);
    const { quiet, ...rest } = knowledge;
    const shape = JSON.stringify([rest, this.chosen]);
    if (shape === this.shape) return;
    this.shape = shape;
    const { scrollTop } = this.body;
    this.body.replaceChildren(...this.content(knowledge));
    this.body.scrollTop = scrollTop;
  }

  /** The bot does not answer: what is shown may be old. */
  silent() {
    this.state.textContent = "机器人没有回答";
    this.state.classList.add("is-busy");
  }

  content(knowledge) {
    const { leads, now } = knowledge;
    const lead = leads.find(({ id }) => id === this.chosen) ?? leads.at(-1);
    const parts = [dead(knowledge.dead ?? [])];
    if (!lead) parts.push(nothing());
    else {
      parts.push(
        leads.length > 1 ? this.leadTabs(leads, lead) : null,
        summary(lead),
        this.fold("words", "从话里读出来的", facts(lead.fields)),
        this.fold("timers", "正在走的计时", timers(lead.timers, now)),
        lead.decision ? this.fold("decision", "为什么这样分配", decision(lead.decision)) : null,
        this.fold("timeline", "时间线", timeline(lead.timeline, now)),
      );
    }
    const others = knowledge.timers.filter((timer) => !belongs(timer, leads));
    if (others.length) parts.push(this.fold("others", "其他计时", timers(others, now)));
    return parts.filter(Boolean);
  }

  leadTabs(leads, shown) {
    return h(
      "div",
      { class: "lead-tabs", role: "group", "aria-label": "选择线索" },
      leads.map((lead) =>
        h(
          "button",
          {
            class: "lead-tab", type: "button", "aria-pressed": String(lead === shown),
            onclick: () => {
              this.chosen = lead.id;
              this.draw(this.knowledge);
            },
          },
          `${lead.client} · ${lead.title}`,
        ),
      ),
    );
  }

  fold(name, title, content) {
    return h(
      "details",
      {
        class: "fold", open: this.folded.get(name) ?? true,
        ontoggle: (event) => this.folded.set(name, event.currentTarget.open),
      },
      h("summary", {}, title),
      content,
    );
  }
}

const belongs = (timer, leads) =>
  leads.some((lead) =>
    lead.timers.some(({ kind, label, due_at: due }) =>
      kind === timer.kind && label === timer.label && due === timer.due_at));

function nothing() {
  return h(
    "div",
    { class: "knowledge__nothing" },
    h("p", {}, "还没有线索。"),
    h("p", {}, "客户一开口，这里就会出现：读出了什么、依据是哪几个字、为什么分给谁、接下来会发生什么。"),
  );
}

function summary(lead) {
  return h(
    "section",
    { class: "lead" },
    h(
      "div",
      { class: "lead__line" },
      h("h3", { class: "lead__client" }, lead.client),
      h("span", { class: "pill pill--state", "data-state": lead.state_code }, lead.state),
    ),
    h("p", { class: "lead__title" }, [lead.id, lead.title].filter(Boolean).join(" · ")),
    h(
      "dl",
      { class: "lead__facts" },
      pair("负责人", lead.owner ?? "还没有"),
      lead.priority ? pair("优先级", lead.priority) : null,
      lead.muted_by?.length ? pair("已静音", lead.muted_by.join("、")) : null,
    ),
    lead.tags?.length
      ? h("ul", { class: "tags", "aria-label": "标签" }, lead.tags.map((tag) => h("li", { class: "tag" }, tag)))
      : null,
  );
}

const pair = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));

function facts(fields) {
  if (!fields?.length) return h("p", { class: "fold__empty" }, "还没有读出什么。");
  return h("div", { class: "facts" }, [...sources(fields)].map(([message, list]) => source(message, list)));
}

function source(message, list) {
  const marks = new Map();
  const words = message ? h("blockquote", { class: "words" }, highlighted(message, list, marks)) : null;
  const light = (index, on) => marks.get(index)?.forEach((mark) => mark.classList.toggle("is-lit", on));
  const row = (field) =>
    h(
      "div",
      {
        class: `fact hue-${field.hue}`,
        onmouseenter: () => light(field.index, true),
        onmouseleave: () => light(field.index, false),
      },
      h("dt", {}, field.label),
      h(
        "dd",
        {},
        h("span", { class: "fact__value" }, field.value),
        field.words && field.words !== field.value
          ? h("span", { class: "fact__words" }, `「${field.words}」`)
          : null,
      ),
    );
  return h("div", { class: "source" }, words, h("dl", { class: "fact-list" }, list.map(row)));
}

/** The message with each fact's words marked. Offsets count characters, as Python does. */
function highlighted(message, list, marks) {
  const letters = [...message];
  const parts = [];
  let from = 0;
  for (const { start, end, hue, index, label } of list) {
    if (!(start >= from && end > start && end <= letters.length)) continue;
    parts.push(letters.slice(from, start).join(""));
    const mark = h("mark", { class: `mark hue-${hue}`, title: label }, letters.slice(start, end).join(""));
    marks.set(index, [...(marks.get(index) ?? []), mark]);
    parts.push(mark);
    from = end;
  }
  parts.push(letters.slice(from).join(""));
  return parts;
}

function decision({ chosen, candidates = [] }) {
  const best = Math.max(...candidates.map(({ score }) => Number(score)), 1);
  return h("ol", { class: "candidates" }, candidates.map((candidate) => {
    const won = candidate.name === chosen;
    const bar = h("span", { class: "candidate__bar" }, h("span", {}));
    bar.firstElementChild.style.width = `${Math.max((100 * Number(candidate.score)) / best, 2)}%`;
    return h(
      "li",
      { class: `candidate${won ? " candidate--chosen" : ""}` },
      h(
        "div",
        { class: "candidate__line" },
        h("span", { class: "candidate__name" }, candidate.name, won ? h("span", { class: "candidate__won" }, "选中") : null),
        h("span", { class: "candidate__score" }, `${round(candidate.score)} 分`),
      ),
      bar,
      won
        ? criteria(candidate)
        : h("details", { class: "candidate__more" }, h("summary", {}, "看明细"), criteria(candidate)),
    );
  }));
}

function criteria(candidate) {
  const line = (one) =>
    h(
      "li",
      {},
      h("span", { class: "criteria__name" }, one.name),
      h("span", { class: "criteria__reason" }, one.reason ?? ""),
      h("span", { class: "criteria__points" }, signed(one.points)),
    );
  return h("ul", { class: "criteria" }, (candidate.criteria ?? []).map(line));
}

const round = (score) => Math.round(Number(score) * 10) / 10;
const signed = (points) =>
  points === null || points === undefined ? "—" : `${Number(points) > 0 ? "+" : ""}${round(points)}`;

function timers(list = [], now) {
  if (!list.length) return h("p", { class: "fold__empty" }, "没有。");
  const sorted = [...list].sort((one, other) => new Date(one.due_at) - new Date(other.due_at));
  return h("ul", { class: "timers" }, sorted.map((timer) =>
    h(
      "li",
      { class: "timer" },
      icon("clock"),
      h("span", { class: "timer__label" }, timer.label),
      h("span", { class: "timer__left" }, timeLeft(timer.due_at, now)),
      h("span", { class: "timer__due" }, moment(timer.due_at, now)),
    )));
}

function timeline(facts = [], now) {
  const newest = [...facts].reverse();
  return h("ol", { class: "timeline" }, newest.map((fact) =>
    h(
      "li",
      { class: "happened", "data-kind": fact.kind },
      h("time", { class: "happened__at", datetime: fact.at }, moment(fact.at, now)),
      h(
        "div",
        { class: "happened__what" },
        h("p", {}, fact.text),
        fact.by || fact.why
          ? h("p", { class: "happened__why" }, [fact.by, reason(fact.why)].filter(Boolean).join(" · "))
          : null,
      ),
    )));
}

function reason(why) {
  if (!why || typeof why === "string") return why;
  return Object.entries(why)
    .filter(([, value]) => typeof value !== "object")
    .map(([name, value]) => `${name}：${value}`)
    .join("，");
}

function dead(letters) {
  if (!letters.length) return null;
  return h(
    "section",
    { class: "dead", role: "status" },
    h("h3", {}, `有 ${letters.length} 条没能处理`),
    h("ul", {}, letters.map((letter) =>
      h("li", {}, typeof letter === "string" ? letter : letter.error ?? letter.text ?? letter.kind ?? ""))),
  );
}
