// The messages that the page knows, by channel, in order; replies apart from their channel.

const inOrder = (a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0);

export const isReply = (message) =>
  Boolean(message.thread_ts) && message.thread_ts !== message.ts && !message.reply_broadcast;

export class MessageStore {
  constructor() {
    this.channels = new Map();
    this.loaded = new Set();
    this.readings = new Set();
  }

  /** Before messages are read: changes that arrive until `end` are newer than what is read. */
  begin(channel) {
    const reading = { channel, changes: [] };
    this.readings.add(reading);
    return reading;
  }

  /** Takes the changes that arrived meanwhile once more: over what was read, or for nothing if that failed. */
  end(reading) {
    if (this.readings.delete(reading)) for (const change of reading.changes) change();
  }

  note(channel, change) {
    for (const reading of this.readings) if (reading.channel === channel) reading.changes.push(change);
  }

  at(channel) {
    if (!this.channels.has(channel)) this.channels.set(channel, { byTs: new Map(), top: null });
    return this.channels.get(channel);
  }

  /** Takes one message, new or changed; true when it was not known before. */
  put(message) {
    const channel = this.at(message.channel);
    const fresh = !channel.byTs.has(message.ts);
    channel.byTs.set(message.ts, message);
    channel.top = null;
    this.note(message.channel, () => this.put(message));
    return fresh;
  }

  remove(channel, ts) {
    const at = this.at(channel);
    at.byTs.delete(ts);
    at.top = null;
    this.note(channel, () => this.remove(channel, ts));
  }

  /** What was just read of a channel replaces what was known of it; Slackbot's notices stay. */
  read({ channel }, messages) {
    const at = this.at(channel);
    for (const message of [...at.byTs.values()]) {
      if (!message.notice) at.byTs.delete(message.ts);
    }
    for (const message of messages) at.byTs.set(message.ts, message);
    at.top = null;
    this.loaded.add(channel);
  }

  readThread({ channel }, threadTs, messages) {
    const at = this.at(channel);
    for (const message of this.thread(channel, threadTs)) {
      if (message.ts !== threadTs && !message.notice) at.byTs.delete(message.ts);
    }
    for (const message of messages) at.byTs.set(message.ts, message);
    at.top = null;
  }

  get(channel, ts) {
    return this.at(channel).byTs.get(ts) ?? null;
  }

  /** The channel without its replies, oldest first. */
  top(channel) {
    const at = this.at(channel);
    at.top ??= [...at.byTs.values()].filter((message) => !isReply(message) && !gone(message)).sort(inOrder);
    return at.top;
  }

  /** A thread's first message and its replies, oldest first. */
  thread(channel, threadTs) {
    const all = [...this.at(channel).byTs.values()];
    return all
      .filter((message) => message.ts === threadTs || message.thread_ts === threadTs)
      .filter((message) => !gone(message))
      .sort(inOrder);
  }
}

/** A deleted message leaves a stone only where a thread hangs on it. */
const gone = (message) => Boolean(message.deleted) && !message.reply_count;
