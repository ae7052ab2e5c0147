import { type Frame, InvalidFrameError, readFrame } from "./frame.ts";
import type { Alert } from "./model.ts";

export type Connection = "connecting" | "live" | "stale" | "offline";

interface Hello {
  type: "hello";
  seq: number;
  server_time: string;
}
interface AlertMessage {
  type: "alert";
  seq: number;
  alert: Alert;
}
interface Status {
  type: "status";
  ingest: "ok" | "stale";
  last_frame_at: string | null;
}
type TextMessage = Hello | AlertMessage | Status;

export interface Listener {
  frame(frame: Frame): void;
  alert(alert: Alert): void;
  /** A connection began, and with it a snapshot is on its way. */
  began(serverTimeMs: number): void;
  changed(): void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const MISSED_FRAMES = 3;

/** Says how long to wait before attempt `n` (from 0); `chance` in 0..1 spreads many pages. */
export function backoffMs(attempt: number, chance: number): number {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return longest / 2 + (chance * longest) / 2;
}

/** Follows the sequence numbers of one connection. */
export class Sequence {
  last: number | null = null;

  /** Starts counting at the number that `hello` or a snapshot names. */
  start(seq: number): void {
    this.last = seq;
  }

  /** Says what a numbered message is: the next one, one already known, or one after a gap. */
  judge(seq: number): "next" | "known" | "gap" {
    const ahead = (seq - (this.last ?? seq - 1)) >>> 0;
    if (ahead === 1) {
      this.last = seq;
      return "next";
    }
    return ahead === 0 || ahead > 0x7fffffff ? "known" : "gap";
  }
}

/** One WebSocket that comes back by itself, and asks for a snapshot whenever a number is missing. */
export class LiveConnection {
  state: Connection = "connecting";
  ingest: Status["ingest"] = "ok";
  lastDataMs: number | null = null;
  retryAtMs: number | null = null;
  gaps = 0;

  readonly sequence = new Sequence();
  private socket: WebSocket | null = null;
  private attempt = 0;
  private heardMs = 0;

  constructor(
    private readonly url: string,
    private readonly quietS: number,
    private readonly listener: Listener,
  ) {}

  open(): void {
    this.retryAtMs = null;
    this.become("connecting");
    this.heardMs = Date.now();
    this.sequence.last = null;
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (socket === this.socket) this.hear(event.data);
    };
    socket.onclose = () => {
      if (socket === this.socket) this.lost();
    };
    this.socket = socket;
  }

  /** To be called every second: notices silence, which a broken network never announces. */
  tick(nowMs: number): void {
    const silentMs = nowMs - this.heardMs;
    const allowedMs = this.quietS * 1000 * MISSED_FRAMES;
    if (this.state === "live" && silentMs > allowedMs) this.become("stale");
    if (this.retryAtMs === null && silentMs > 2 * allowedMs) this.reconnect();
    if (this.retryAtMs !== null && nowMs >= this.retryAtMs) this.open();
  }

  private hear(data: string | ArrayBuffer): void {
    this.heardMs = Date.now();
    try {
      if (typeof data === "string") this.hearText(JSON.parse(data) as TextMessage);
      else this.hearFrame(readFrame(data));
    } catch (error) {
      // A frame that cannot be read may have held anything: only a snapshot mends that.
      if (!(error instanceof InvalidFrameError || error instanceof SyntaxError)) throw error;
      this.reconnect();
    }
  }

  private hearText(message: TextMessage): void {
    if (message.type === "hello") {
      this.sequence.start(message.seq);
      this.listener.began(Date.parse(message.server_time));
    } else if (message.type === "alert") {
      // Applied even when known or after a gap: an alert's own version says which one is newer.
      this.listener.alert(message.alert);
      if (this.sequence.judge(message.seq) === "gap") this.missed();
    } else {
      this.ingest = message.ingest;
      this.dataArrived(Date.parse(message.last_frame_at ?? ""));
      this.listener.changed();
    }
  }

  private hearFrame(frame: Frame): void {
    if (frame.kind === "snapshot") {
      this.sequence.start(frame.seq);
      this.attempt = 0;
      this.become("live");
    } else {
      const place = this.sequence.judge(frame.seq);
      if (place === "gap") this.missed();
      if (place !== "next") return;
      if (this.state === "stale") this.become("live");
    }
    // A snapshot may be old and an empty frame is only a sign of life: neither is new data.
    if (frame.kind === "delta" && frame.count > 0) this.dataArrived(Date.now());
    this.listener.frame(frame);
  }

  private dataArrived(atMs: number): void {
    if (!Number.isNaN(atMs)) this.lastDataMs = Math.max(atMs, this.lastDataMs ?? 0);
  }

  private missed(): void {
    this.gaps += 1;
    this.reconnect();
  }

  private reconnect(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.lost();
  }

  private lost(): void {
    this.retryAtMs = Date.now() + backoffMs(this.attempt, Math.random());
    this.attempt += 1;
    this.become("offline");
  }

  private become(state: Connection): void {
    this.state = state;
    this.listener.changed();
  }
}
