import { turnClock } from "./api.js";
import { h, icon } from "./dom.js";
import { clockTime, date, moment, officeHours, timeLeft, weekday } from "./times.js";
import { attempt } from "./toast.js";

const TURNS = [
  ["+15 分钟", { minutes: 15 }],
  ["+1 小时", { minutes: 60 }],
  ["+1 天", { minutes: 1440 }],
  ["到下一件事", { to_next: true }],
];

/** The demo's time and the ways to move it on. */
export class ClockPanel {
  constructor(node, refresh) {
    this.refresh = refresh;
    this.time = h("span", { class: "clock__time" });
    this.day = h("span", { class: "clock__day" });
    this.work = h("span", { class: "pill" });
    this.next = h("span", { class: "clock__next" });
    this.buttons = TURNS.map(([words, turn]) =>
      h("button", { class: "clock__turn", type: "button", onclick: () => this.turn(turn) }, words),
    );
    node.append(
      h("div", { class: "clock__now" }, this.time, h("div", { class: "clock__date" }, this.day, this.work)),
      h("div", { class: "clock__turns", role: "group", "aria-label": "让时间往前走" }, this.buttons),
      this.next,
    );
    this.node = node;
  }

  /** Resolves once the time has moved and what was due has happened. */
  async turn(turn) {
    this.busy(true);
    const taken = await attempt(() => turnClock(turn));
    await this.refresh();
    this.busy(false);
    return taken;
  }

  busy(on) {
    this.node.setAttribute("aria-busy", String(on));
    for (const button of this.buttons) button.disabled = on;
  }

  draw({ now, working }, knowledge) {
    const works = working ?? knowledge?.working ?? officeHours(now);
    this.time.textContent = clockTime(now);
    this.day.textContent = `${date(now)} ${weekday(now)}`;
    this.work.textContent = works ? "工作时间" : "非工作时间";
    this.work.className = `pill ${works ? "pill--working" : "pill--resting"}`;
    const due = knowledge?.next_due;
    this.next.replaceChildren(
      ...(due ? [icon("clock"), `下一件事 ${moment(due, now)} · ${timeLeft(due, now)}`] : []),
    );
  }
}
