// Keeps the page as the server says it is, and tells the desktop of what is new.
//
// The server sends the whole state each time, so nothing has to be remembered between two
// connections: what is in it and not on the page is new, what is on the page and not in it was seen.
"use strict";

const $ = (id) => document.getElementById(id);
const list = $("ringing");
const state = $("state");
const shown = new Map(); // alert → the desktop's notification
const plainTitle = document.title;
const AGAIN_MS = 30_000;
let sound = null;

const words = {
  live: "已连接，有新线索会马上出现。",
  away: "连接断了，正在重新连接……",
  later: "现在连不上，半分钟后再试。",
  revoked: "这个提醒页已经停用。要再用，请在聊天里说“桌面提醒”。",
  replaced: "您在别处又打开了提醒页，这一页不再更新。要用这一页请刷新。",
};

function say(how, text) {
  state.className = `state state--${how}`;
  state.textContent = text;
}

function draw(one) {
  const item = $("one").content.firstElementChild.cloneNode(true);
  item.dataset.id = one.id;
  item.classList.add("one--new");
  item.querySelector(".one__title bdi").textContent = one.title;
  item.querySelector("time").textContent = one.at;
  item.querySelector(".one__line bdi").textContent = one.line;
  item.querySelector("a").href = one.url;
  item.querySelector("[name=alert]").value = one.id;
  return item;
}

function beep() {
  if (!sound || sound.state !== "running") return;
  const tone = sound.createOscillator();
  const volume = sound.createGain();
  tone.frequency.value = 880;
  volume.gain.setValueAtTime(0.15, sound.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 0.5);
  tone.connect(volume).connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + 0.5);
}

function ring(one) {
  $("said").textContent = `${one.title}，${one.line}`;
  beep();
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  // The tag: two pages of one person show one notification, not two.
  const options = { body: one.line, tag: `genjin-${one.id}`, requireInteraction: true, lang: "zh-CN" };
  let note;
  try {
    note = new Notification(one.title, options);
  } catch {
    return; // phones offer notifications to service workers only; the page shows it all the same
  }
  note.onclick = () => {
    window.open(one.url, "_blank", "noopener");
    note.close();
  };
  shown.set(String(one.id), note);
}

function hush(id) {
  shown.get(id)?.close();
  shown.delete(id);
}

function settle() {
  const first = list.querySelector(".one__title");
  $("none").hidden = Boolean(first);
  document.title = first ? `（${list.children.length}）${first.textContent}` : plainTitle;
}

function show(ringing) {
  const ids = new Set(ringing.map((one) => String(one.id)));
  for (const item of [...list.children]) {
    if (!ids.has(item.dataset.id)) {
      hush(item.dataset.id);
      item.remove();
    }
  }
  for (const id of [...shown.keys()]) if (!ids.has(id)) hush(id);
  for (const one of [...ringing].reverse()) {
    const item = list.querySelector(`[data-id="${Number(one.id)}"]`);
    if (item) {
      item.querySelector(".one__title bdi").textContent = one.title;
      item.querySelector("a").href = one.url;
    } else {
      list.prepend(draw(one));
      ring(one);
    }
  }
  settle();
}

function listen() {
  const events = new EventSource(state.dataset.events);
  events.onopen = () => say("live", words.live);
  events.addEventListener("state", (event) => show(JSON.parse(event.data).ringing));
  events.addEventListener("over", (event) => {
    if (event.data === "stopping") return; // another process answers in a moment
    events.close();
    say("over", words[event.data] ?? words.revoked);
  });
  events.onerror = () => {
    if (events.readyState === EventSource.CONNECTING) return say("away", words.away);
    if (events.readyState === EventSource.CLOSED) {
      say("away", words.later);
      setTimeout(async () => {
        const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
        if (answer && answer.status >= 400 && answer.status < 500) say("over", words.revoked);
        else listen();
      }, AGAIN_MS);
    }
  };
  window.addEventListener("pagehide", () => events.close(), { once: true });
}

function offer() {
  const box = $("ask");
  if (!("Notification" in window) || !window.isSecureContext) {
    box.hidden = false;
    $("allow").hidden = true;
    $("ask-words").textContent = "这个浏览器不能弹通知，新线索只会出现在这一页上，请让它开着。";
  } else if (Notification.permission === "denied") {
    box.hidden = false;
    $("allow").hidden = true;
    $("ask-words").textContent = "通知被浏览器挡住了：请点地址栏左边的图标，把“通知”改成允许，再刷新。";
  } else {
    box.hidden = Notification.permission === "granted";
  }
}

$("allow").addEventListener("click", async () => {
  await Notification.requestPermission();
  offer();
});
// A browser lets a page sound only after its first touch.
document.addEventListener(
  "pointerdown",
  () => {
    sound = sound ?? new (window.AudioContext ?? window.webkitAudioContext)();
    sound.resume();
  },
  { once: true },
);
list.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button");
  button.disabled = true;
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(location.href, { method: "POST", body }).catch(() => null);
  if (!answer || !answer.ok) form.submit(); // the server says on its page what is the matter
});

offer();
settle();
listen();
