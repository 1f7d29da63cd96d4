// The one state of the page: who acts, where they are, what is known; parts listen to its events:
// directory, messages {channel, fresh?}, place, thread, view, home, unread, connection, pending.

import { Directory } from "./directory.js";
import { MessageStore, isReply } from "./messages.js";
import { Pending } from "./pending.js";
import { writeRoute } from "./route.js";
import { LiveSocket } from "./socket.js";

export class Workspace extends EventTarget {
  constructor(api, toast) {
    super();
    this.api = api;
    this.toast = toast;
    this.pending = new Pending(() => this.tell("pending"));
    this.connection = { state: "connecting" };
    this.socket = null;
    this.starts = 0;
    this.reset();
  }

  reset() {
    this.store = new MessageStore();
    this.unread = new Map();
    this.place = null;
    this.thread = null;
    this.view = null;
    this.home = null;
    this.notices = 0;
  }

  get me() {
    return this.directory.me;
  }

  get live() {
    return this.connection.state === "live";
  }

  tell(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  on(types, listener) {
    for (const type of types.split(" ")) this.addEventListener(type, (event) => listener(event.detail));
  }

  /** Becomes that person, at that place where it exists, and listens from then on. */
  async start({ user, place, thread }) {
    this.starts += 1;
    const turn = this.starts;
    const raw = await this.api.state(user ?? undefined);
    if (turn !== this.starts) return; // somebody else was chosen meanwhile
    this.socket?.stop();
    this.reset();
    this.takeState(raw);
    for (const what of ["directory", "view", "home", "unread"]) this.tell(what);
    this.listen();
    await this.go(this.directory.has(place) ? place : this.firstPlace(), { thread, focus: true });
  }

  takeState(raw) {
    this.directory = new Directory(raw);
    this.view = raw.view ?? null;
    this.home = raw.home ?? null;
  }

  firstPlace() {
    const channels = this.directory.sortedChannels();
    return (this.directory.channelNamed("ops") ?? channels[0])?.id ?? this.directory.app.im;
  }

  listen() {
    this.socket = new LiveSocket({
      address: this.api.address("page/live", { user: this.me }),
      onFrame: (frame) => this.take(frame),
      onOpen: () => this.returned(),
      onAway: (pause) => this.setConnection({ state: "away", until: Date.now() + pause }),
    });
    this.socket.start();
  }

  setConnection(connection) {
    this.connection = connection;
    this.tell("connection");
  }

  /** The socket is open: what was missed before is read again. */
  async returned() {
    const socket = this.socket;
    try {
      const raw = await this.api.state(this.me);
      if (socket !== this.socket) return;
      this.takeState(raw);
      this.store.loaded.clear();
      await this.load(this.place);
      if (this.thread) await this.loadThread(this.thread);
      this.setConnection({ state: "live" });
      for (const what of ["directory", "view", "home"]) this.tell(what);
    } catch (error) {
      this.toast(error.message);
      socket.failed();
    }
  }

  /** Shows a channel, the app's messages (its im) or 'home'. */
  async go(place, { thread = null, focus = false } = {}) {
    const moved = place !== this.place;
    this.place = place;
    this.unread.delete(place);
    if (moved || thread !== this.thread) this.thread = thread;
    this.route();
    this.tell("place", { focus });
    this.tell("thread", { focus: false });
    this.tell("unread");
    try {
      if (place === "home") await this.api.act("home", { user: this.me });
      else if (!this.store.loaded.has(place)) await this.load(place);
      if (thread) await this.loadThread(thread);
    } catch (error) {
      this.toast(error.message);
    }
  }

  async load(place) {
    if (place === "home") return;
    await this.read(place, undefined, (store, reading, messages) => store.read(reading, messages));
  }

  async loadThread(ts) {
    await this.read(this.place, ts, (store, reading, messages) => store.readThread(reading, ts, messages));
  }

  async read(place, threadTs, take) {
    const { store } = this;
    const reading = store.begin(place);
    try {
      take(store, reading, await this.api.messages(this.me, place, threadTs));
    } finally {
      store.end(reading);
    }
    if (store === this.store) this.tell("messages", { channel: place });
  }

  openThread(ts) {
    this.thread = ts;
    this.route();
    this.tell("thread", { focus: true });
    this.loadThread(ts).catch((error) => this.toast(error.message));
  }

  closeThread() {
    this.thread = null;
    this.route();
    this.tell("thread", { focus: true });
  }

  route() {
    writeRoute({ user: this.me, place: this.place, thread: this.thread });
  }

  /** One frame of the live socket; an unknown type is of a later stand-in and means nothing here. */
  take(frame) {
    const take = {
      message: () => this.takeMessage(frame.message),
      message_deleted: () => {
        this.store.remove(frame.channel, frame.ts);
        this.tell("messages", { channel: frame.channel });
      },
      view: () => {
        this.view = frame.view ?? null;
        this.tell("view");
      },
      home: () => {
        this.home = frame.view ?? null;
        this.tell("home");
      },
      channel: () => this.takeChannel(frame.channel),
      user: () => {
        this.directory.putUser(frame.user);
        this.tell("directory");
      },
      notice: () => this.takeMessage(this.notice(frame)),
    }[frame.type];
    take?.();
  }

  takeChannel(channel) {
    this.directory.putChannel(channel);
    this.tell("directory");
    if (!this.directory.has(this.place)) this.go(this.firstPlace());
  }

  takeMessage(message) {
    const fresh = this.store.put(message) && !message.deleted;
    const own = message.user === this.me;
    if (fresh && !own && message.channel !== this.place && !isReply(message)) this.count(message);
    this.tell("messages", { channel: message.channel, fresh: fresh ? message : null });
  }

  count(message) {
    const before = this.unread.get(message.channel) ?? { count: 0, urgent: false };
    const mentioned = /<!(here|channel|everyone)/.test(message.text) || message.text.includes(`<@${this.me}>`);
    const forMe = mentioned || Boolean(message.ephemeral_to) || message.channel === this.directory.app.im;
    const urgent = before.urgent || forMe;
    this.unread.set(message.channel, { count: before.count + 1, urgent });
    this.tell("unread");
  }

  /** Slackbot's words have no place in the history: they stand below the newest message until the page is left. */
  notice({ channel, thread_ts: threadTs, text }) {
    this.notices += 1;
    const last = Number(this.store.top(channel).at(-1)?.ts ?? 0);
    const now = Date.now() / 1000;
    // the stand-in's clock may be another one than the browser's
    const at = last > 0 && Math.abs(now - last) > 86_400 ? last : Math.max(now, last);
    const micros = Math.round(at * 1e6) + this.notices;
    const ts = `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, "0")}`;
    return {
      ts,
      channel,
      thread_ts: threadTs ?? undefined,
      user: "USLACKBOT",
      text,
      blocks: [],
      ephemeral_to: this.me,
      notice: true,
    };
  }
}
