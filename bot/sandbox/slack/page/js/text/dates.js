// Times in the reader's own zone: Slack's date tokens, message times, day dividers.

const LOCALE = "en-US"; // the page's words are English; only the 12 or 24 hours are the reader's
const CYCLE = new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions().hourCycle ?? "h12";
const HALF_YEAR = 183 * 86_400_000;

const formats = new Map();
function format(options, date) {
  const key = JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(LOCALE, options));
  return formats.get(key).format(date);
}

function ordinal(day) {
  const tens = day % 100;
  if (tens >= 11 && tens <= 13) return `${day}th`;
  return `${day}${["th", "st", "nd", "rd"][day % 10] ?? "th"}`;
}

const two = (number) => String(number).padStart(2, "0");
const day = (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;

/** 'Today', 'Yesterday', 'Tomorrow', or null. */
function near(date, now) {
  for (const [word, offset] of [["Today", 0], ["Yesterday", -1], ["Tomorrow", 1]]) {
    const other = new Date(now.getFullYear(), now.getMonth(), now.getDate() + offset);
    if (day(other) === day(date)) return word;
  }
  return null;
}

const farYear = (date, now) => (Math.abs(date - now) > HALF_YEAR ? `, ${date.getFullYear()}` : "");
const monthDay = (date) => `${format({ month: "long" }, date)} ${ordinal(date.getDate())}`;
const long = (date, now) => `${format({ weekday: "long" }, date)}, ${monthDay(date)}${farYear(date, now)}`;
const medium = (date, now) => `${monthDay(date)}${farYear(date, now)}`;
const short = (date, now) => `${format({ month: "short" }, date)} ${date.getDate()}${farYear(date, now)}`;
const slashes = (date) => `${two(date.getMonth() + 1)}/${two(date.getDate())}/${date.getFullYear()}`;
const pretty = (plain) => (date, now) => near(date, now) ?? plain(date, now);

export const clockTime = (date) => format({ hour: "numeric", minute: "2-digit", hourCycle: CYCLE }, date);
const clockSeconds = (date) =>
  format({ hour: "numeric", minute: "2-digit", second: "2-digit", hourCycle: CYCLE }, date);

/** '3 minutes ago', 'in 2 hours' */
function ago(date, now) {
  const seconds = Math.round((date - now) / 1000);
  if (Math.abs(seconds) < 5) return "just now";
  const [size, unit] = [[86_400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]].find(
    ([size]) => Math.abs(seconds) >= size,
  );
  const count = Math.round(Math.abs(seconds) / size);
  const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return seconds < 0 ? `${words} ago` : `in ${words}`;
}

const TOKENS = {
  date_num: (date) => day(date),
  date: medium,
  date_slash: slashes,
  date_short: short,
  date_long: long,
  date_pretty: pretty(medium),
  date_short_pretty: pretty(short),
  date_long_pretty: pretty(long),
  day_divider_pretty: pretty(long),
  time: (date) => clockTime(date),
  time_secs: (date) => clockSeconds(date),
  ago,
};

/** Slack's `{date_short} at {time}` for an instant in epoch seconds; null: show the fallback. */
export function formatDate(seconds, pattern, now = new Date()) {
  const date = new Date(Number(seconds) * 1000);
  if (!/^-?\d+$/.test(String(seconds)) || Number.isNaN(date.getTime())) return null;
  let known = true;
  const words = pattern.replace(/\{([a-z_]+)\}/g, (_, name) => {
    if (TOKENS[name]) return TOKENS[name](date, now);
    known = false;
    return "";
  });
  if (!known) return null;
  // 'today' inside a sentence, 'Today' at its beginning, as Slack writes it
  return words.replace(/(?<=\S\s)(Today|Yesterday|Tomorrow)\b/g, (word) => word.toLowerCase());
}

export const momentOf = (ts) => new Date(Number.parseFloat(ts) * 1000);
export const sameDay = (a, b) => day(a) === day(b);
export const dividerText = (date, now = new Date()) => pretty(long)(date, now);
/** 'Monday, March 2nd at 12:00:05 PM', as shown on hover. */
export const fullMoment = (date, now = new Date()) => `${pretty(long)(date, now)} at ${clockSeconds(date)}`;
export const shortMoment = (date, now = new Date()) =>
  near(date, now) === "Today" ? `today at ${clockTime(date)}` : `${short(date, now)} at ${clockTime(date)}`;
