// Words for what the CloudNexus stand-in reports: status classes, log lines, faults. Pure.

const WELL = new Set(["running", "active", "ready"]);
const TRANSIT = new Set(["provisioning", "pending", "creating", "starting", "stopping", "restarting", "updating"]);

/** well, transit, quiet or bad, as the bot counts them by default. */
export function classOf(status) {
  if (WELL.has(status)) return "well";
  if (TRANSIT.has(status)) return "transit";
  return status === "stopped" ? "quiet" : "bad";
}

const ORDER = ["well", "transit", "quiet", "bad"];

/** [{status, count, kind}] of {status: count}: what is well first, then by count. */
export function ranked(byStatus) {
  return Object.entries(byStatus)
    .map(([status, count]) => ({ status, count, kind: classOf(status) }))
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || b.count - a.count);
}

function show(value) {
  if (value === null) return "nothing";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** One line of the log: {sign, who, what}. */
export function lineWords(line, nameOf) {
  const { kind, what, old } = line;
  if (kind === "request") return requestWords(line);
  if (kind === "quota") return { sign: "quota", who: `${line.id} quota`, what: "a new window began" };
  if (kind === "fault") return {
    sign: "fault",
    who: faultWords(line.new ?? {}),
    what: { set: "begins", used: "strikes", ended: "is over" }[what] ?? what,
  };
  const who = nameOf(line);
  if (what === "appeared") return { sign: classOf(line.new?.status), who, what: `appeared, ${line.new?.status ?? ""}` };
  if (what === "gone") return { sign: "quiet", who, what: "is gone" };
  if (what === "status") return { sign: classOf(line.new), who, what: `${show(old)} → ${show(line.new)}` };
  return { sign: "quiet", who, what: `${what}: ${show(old)} → ${show(line.new)}` };
}

function requestWords(line) {
  const { status, rows, fault, env } = line.new ?? {};
  const answer = status === 0 ? "no answer" : String(status);
  const parts = [
    answer,
    rows === undefined ? null : `${rows} rows`,
    fault ? "fault" : null,
    env === "test" ? "test" : null,
  ];
  return {
    sign: status >= 200 && status < 300 ? "request" : "fault",
    who: line.what.replace("/v1/", ""),
    what: parts.filter(Boolean).join(" · "),
  };
}

/** 'the next 3 requests are answered with 429' */
export function faultWords({ kind, status, seconds, times, method, path }) {
  const what = {
    rate_limited: seconds ? `429 for ${seconds} s` : "429",
    status: String(status ?? 500),
    slow: `answers ${seconds ?? ""} s late`,
    lost: "answers lost",
    truncated: "answers cut short",
    malformed: "answers that are no JSON",
    wrong_shape: "answers of a wrong shape",
    shift: "shifting pages",
  }[kind] ?? String(kind);
  const where = [method, path].filter(Boolean).join(" ");
  const often = times === null ? "until stopped" : times === undefined ? "" : times === 1 ? "once" : `${times} times`;
  return [what, where, often].filter(Boolean).join(", ");
}

/** '41 min', '12 s' until an ISO instant, by the stand-in's own clock. */
export function untilWords(then, now) {
  const seconds = Math.max(0, Math.round((new Date(then) - new Date(now)) / 1000));
  if (seconds >= 5400) return `${Math.round(seconds / 3600)} h`;
  return seconds >= 90 ? `${Math.round(seconds / 60)} min` : `${seconds} s`;
}
