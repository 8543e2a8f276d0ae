// The sandbox's JSON API. What goes wrong arrives as one Chinese sentence.

export class Refused extends Error {}

async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch(`/sandbox/api/${path}`, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : undefined,
    });
  } catch {
    throw new Refused("连不上沙盒，请看看演示程序是否还在运行。");
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(said.error ?? `沙盒没有接受（${answer.status}）。`);
  return said;
}

export const fetchState = () => call("GET", "state");
export const fetchKnowledge = () => call("GET", "knowledge");
export const say = (person, conversation, text) => call("POST", "say", { person, conversation, text });
export const enter = (person) => call("POST", "enter", { person });
export const press = (person, item, key) => call("POST", "press", { person, item, key });
export const turnClock = (turn) => call("POST", "clock", turn);

const SLOWEST = 8000;

/** Calls `onNews` at each new version, and after each reconnection; `onLink(bool)` tells the link. */
export function listen(onNews, onLink) {
  let wait = 500;
  const connect = () => {
    const source = new EventSource("/sandbox/api/events");
    source.onopen = () => {
      wait = 500;
      onLink(true);
      onNews();
    };
    source.onmessage = onNews;
    source.onerror = () => {
      onLink(false);
      source.close();
      setTimeout(connect, wait);
      wait = Math.min(wait * 2, SLOWEST);
    };
  };
  connect();
}
