// Keeps a WebSocket to the stand-in open: frames in, reconnecting with growing pauses.

const PAUSES = [500, 1000, 2000, 4000, 5000];

export class LiveSocket {
  /** onFrame(frame); onOpen(); onAway(milliseconds until the next try) */
  constructor({ address, onFrame, onOpen, onAway }) {
    this.address = address;
    this.onFrame = onFrame;
    this.onOpen = onOpen;
    this.onAway = onAway;
    this.failures = 0;
    this.timer = null;
    this.socket = null;
  }

  get open() {
    return this.socket !== null && this.socket.readyState === WebSocket.OPEN;
  }

  start() {
    const url = new URL(this.address);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.addEventListener("open", () => {
      if (this.socket !== socket) return;
      this.failures = 0;
      this.onOpen();
    });
    socket.addEventListener("message", (event) => {
      if (this.socket === socket) this.onFrame(JSON.parse(event.data));
    });
    socket.addEventListener("close", () => {
      if (this.socket === socket) this.later();
    });
  }

  later() {
    const pause = PAUSES[Math.min(this.failures, PAUSES.length - 1)];
    this.failures += 1;
    this.onAway(pause);
    this.timer = setTimeout(() => this.start(), pause);
  }

  /** What had to be read after opening could not be read: as if it had not opened. */
  failed() {
    this.socket?.close();
  }

  retryNow() {
    clearTimeout(this.timer);
    if (!this.open) this.start();
  }

  stop() {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    if (socket !== null) socket.close();
  }
}
