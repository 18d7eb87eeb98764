// Does the same work again and again: every few seconds while it is seen, seldom while it is hidden, and ever more
// seldom while it fails.

const SEEN_MS = 2500;
const HIDDEN_MS = 30000;
const LONGEST_MS = 60000;

export class Poll {
  /**
   * @param work async function of an AbortSignal; throws if it fails
   * @param tell called after each try, and each second, with this poll
   */
  constructor(work, tell) {
    this.work = work;
    this.tell = tell;
    this.doneAt = null; // when the work was last done [ms since the epoch]
    this.error = null; // why the latest try failed
    this.failures = 0; // failures in a row
    this.nextAt = null; // when it is tried again
    this.controller = null; // of the try under way
    this.timer = null;
    this.ticker = null;
    this.seen = () => {
      if (!document.hidden) this.now();
    };
  }

  start() {
    document.addEventListener("visibilitychange", this.seen);
    window.addEventListener("online", this.seen);
    this.ticker = setInterval(() => this.tell(this), 1000);
    this.now();
  }

  stop() {
    document.removeEventListener("visibilitychange", this.seen);
    window.removeEventListener("online", this.seen);
    clearInterval(this.ticker);
    clearTimeout(this.timer);
    this.controller?.abort();
  }

  /** Try at once; a try under way is given up. */
  async now() {
    clearTimeout(this.timer);
    this.controller?.abort();
    const controller = new AbortController();
    this.controller = controller;
    this.nextAt = null;
    try {
      await this.work(controller.signal);
      if (controller.signal.aborted) return;
      this.doneAt = Date.now();
      this.error = null;
      this.failures = 0;
    } catch (error) {
      if (controller.signal.aborted) return;
      this.error = error;
      this.failures += 1;
    }
    this.wait();
    this.tell(this);
  }

  wait() {
    const usual = document.hidden ? HIDDEN_MS : SEEN_MS;
    const delay =
      this.failures === 0 ? usual : Math.min(LONGEST_MS, Math.max(usual, SEEN_MS * 2 ** (this.failures - 1)));
    const spread = this.failures === 0 ? 1 : 0.8 + 0.4 * Math.random(); // many pages do not all come back at once
    this.nextAt = Date.now() + delay * spread;
    this.timer = setTimeout(() => this.now(), delay * spread);
  }
}
