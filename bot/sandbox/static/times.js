// The demo's people live in one time zone, wherever the page is opened.

const ZONE = "Asia/Shanghai";
const DAY = 24 * 60;

const format = (options) => new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, ...options });
const clockFormat = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dateFormat = format({ month: "long", day: "numeric" });
const weekdayFormat = format({ weekday: "short" });
const keyFormat = format({ year: "numeric", month: "2-digit", day: "2-digit" });

export const clockTime = (iso) => clockFormat.format(new Date(iso));
export const date = (iso) => dateFormat.format(new Date(iso));
export const weekday = (iso) => weekdayFormat.format(new Date(iso));
export const sameDay = (one, other) =>
  keyFormat.format(new Date(one)) === keyFormat.format(new Date(other));
export const minutesBetween = (from, to) => (new Date(to) - new Date(from)) / 60000;

/** 「10:15」 today, 「周三 10:15」 within a week, 「11月24日 10:15」 else. */
export function moment(iso, now) {
  const time = clockTime(iso);
  if (sameDay(iso, now)) return time;
  const distance = Math.abs(minutesBetween(iso, now)) / DAY;
  return distance < 6 ? `${weekday(iso)} ${time}` : `${date(iso)} ${time}`;
}

/** 「还有 15 分钟」, 「还有 1 天 3 小时」, 「已到」. */
export function timeLeft(iso, now) {
  const minutes = Math.ceil(minutesBetween(now, iso));
  if (minutes <= 0) return "已到";
  const days = Math.floor(minutes / DAY);
  const hours = Math.floor((minutes % DAY) / 60);
  const rest = minutes % 60;
  if (days) return `还有 ${days} 天${hours ? ` ${hours} 小时` : ""}`;
  if (hours) return `还有 ${hours} 小时${rest ? ` ${rest} 分` : ""}`;
  return `还有 ${rest} 分钟`;
}

/** Monday to Friday, 9 to 18: what the page shows where the server does not say. */
export function officeHours(iso) {
  const hour = Number(clockTime(iso).slice(0, 2));
  return !["周六", "周日"].includes(weekday(iso)) && hour >= 9 && hour < 18;
}
