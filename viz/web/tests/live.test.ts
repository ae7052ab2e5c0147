import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { backoffMs, LiveConnection, Sequence } from "../src/live.ts";
import { flood } from "./alerts.ts";
import { frameBytes } from "./frames.ts";

class FakeSocket {
  static made: FakeSocket[] = [];
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  binaryType = "";
  constructor(readonly url: string) {
    FakeSocket.made.push(this);
  }
  close(): void {
    this.onclose?.();
  }
  say(data: unknown): void {
    this.onmessage?.({ data: data instanceof ArrayBuffer ? data : JSON.stringify(data) });
  }
}

const START = Date.UTC(2026, 10, 21);
const heard = { frame: vi.fn(), alert: vi.fn(), began: vi.fn(), changed: vi.fn() };

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.spyOn(Math, "random").mockReturnValue(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.clearAllMocks();
  FakeSocket.made = [];
});

function connected(seq = 10): { live: LiveConnection; socket: FakeSocket } {
  const live = new LiveConnection("ws://here/api/v1/live", 2, heard);
  live.open();
  const socket = newest();
  socket.say({ type: "hello", seq, server_time: "2026-11-21T00:00:00Z" });
  socket.say(frameBytes("snapshot", seq, [{ series: 1, value: 1 }]));
  return { live, socket };
}

function newest(): FakeSocket {
  const socket = FakeSocket.made.at(-1);
  if (!socket) throw new Error("no connection was opened");
  return socket;
}

function pass(live: LiveConnection, seconds: number): void {
  vi.advanceTimersByTime(seconds * 1000);
  live.tick(Date.now());
}

const delta = (seq: number) => frameBytes("delta", seq, [{ series: 1, value: 2 }]);

describe("a live connection", () => {
  test("is live once its snapshot is there", () => {
    const { live } = connected();
    expect(live.state).toBe("live");
    expect(heard.began).toHaveBeenCalledOnce();
    expect(heard.frame).toHaveBeenCalledOnce();
  });

  test("takes frames and alerts in one sequence", () => {
    const { live, socket } = connected(10);
    socket.say(delta(11));
    socket.say({ type: "alert", seq: 12, alert: flood() });
    socket.say(delta(13));
    expect(heard.frame).toHaveBeenCalledTimes(3);
    expect(heard.alert).toHaveBeenCalledOnce();
    expect(live.gaps).toBe(0);
  });

  test("leaves out a frame whose number the snapshot already covers", () => {
    const { live, socket } = connected(10);
    socket.say(delta(10));
    expect(heard.frame).toHaveBeenCalledOnce();
    expect(live.state).toBe("live");
  });

  test("still tells an alert that waited behind a snapshot", () => {
    const { socket } = connected(10);
    socket.say({ type: "alert", seq: 8, alert: flood() });
    expect(heard.alert).toHaveBeenCalledOnce();
  });

  test("starts over after a gap, and drops the frame that came after it", () => {
    const { live, socket } = connected(10);
    socket.say(delta(12));
    expect(heard.frame).toHaveBeenCalledOnce();
    expect([live.state, live.gaps]).toEqual(["offline", 1]);
    pass(live, 1);
    expect(FakeSocket.made).toHaveLength(2);
  });

  test("starts over after bytes that are no frame", () => {
    const { live, socket } = connected();
    socket.say(new ArrayBuffer(3));
    expect(live.state).toBe("offline");
  });

  test("hears nothing more from a connection it has left", () => {
    const { live, socket } = connected(10);
    socket.say(delta(12));
    pass(live, 1);
    socket.say(delta(13));
    expect(heard.frame).toHaveBeenCalledOnce();
  });

});

describe("a connection over time", () => {
  test("is stale after three missed frames, and live again with the next one", () => {
    const { live, socket } = connected(10);
    pass(live, 5);
    expect(live.state).toBe("live");
    pass(live, 2);
    expect(live.state).toBe("stale");
    socket.say(delta(11));
    expect(live.state).toBe("live");
  });

  test("gives up a connection that stays silent", () => {
    const { live } = connected();
    pass(live, 13);
    expect(live.state).toBe("offline");
  });

  test("waits longer after each failure, and short again after a success", () => {
    const { live, socket } = connected();
    socket.close();
    const waits = [0, 1, 2].map(() => {
      const wait = (live.retryAtMs ?? 0) - Date.now();
      pass(live, wait / 1000);
      newest().close();
      return wait;
    });
    expect(waits).toEqual([500, 1000, 2000]);
  });

  test("counts as data only what is new: no snapshot, no empty frame", () => {
    const { live, socket } = connected(10);
    socket.say(frameBytes("delta", 11, []));
    expect(live.lastDataMs).toBeNull();
    socket.say(delta(12));
    expect(live.lastDataMs).toBe(START);
  });

  test("knows from the server when data came last", () => {
    const { live, socket } = connected();
    socket.say({ type: "status", ingest: "stale", last_frame_at: "2026-11-20T23:59:00Z" });
    expect([live.ingest, live.lastDataMs]).toEqual(["stale", START - 60_000]);
  });
});

test("the sequence survives the end of its 32 bits", () => {
  const sequence = new Sequence();
  sequence.start(0xffffffff);
  expect(sequence.judge(0)).toBe("next");
  expect(sequence.judge(0xffffffff)).toBe("known");
  expect(sequence.judge(2)).toBe("gap");
});

test("no wait is longer than a quarter of a minute, and pages do not come back all at once", () => {
  expect(backoffMs(50, 1)).toBe(15_000);
  expect(backoffMs(50, 0)).toBe(7500);
});
