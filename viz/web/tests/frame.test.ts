import { describe, expect, test } from "vitest";

import { InvalidFrameError, readFrame } from "../src/frame.ts";
import { frameBytes, hexBytes } from "./frames.ts";

// The example of docs/live.md.
const EXAMPLE =
  "43 54 4c 46 01 00 00 00 29 00 00 00 02 00 00 00 00 00 c0 e8 d1 1f 7a 42 " +
  "07 00 00 00 2a 00 00 00 00 00 00 00 fe ff ff ff 00 00 a0 3f 00 00 40 40 00 02";

describe("a binary frame", () => {
  test("is read as its description says", () => {
    const frame = readFrame(hexBytes(EXAMPLE));
    expect(frame).toMatchObject({ kind: "delta", seq: 41, count: 2 });
    expect([...frame.series]).toEqual([7, 42]);
    expect([...frame.value]).toEqual([1.25, 3]);
    expect([...frame.grade]).toEqual([0, 2]);
    const base = Date.UTC(2026, 10, 21, 8, 0, 0);
    expect([frame.at(0), frame.at(1)]).toEqual([base, base - 2000]);
  });

  test("may be a snapshot, and may be empty", () => {
    expect(readFrame(frameBytes("snapshot", 9, []))).toMatchObject({ kind: "snapshot", seq: 9, count: 0 });
  });

  test.each([
    ["too short", (bytes: ArrayBuffer) => bytes.slice(0, 23)],
    ["cut", (bytes: ArrayBuffer) => bytes.slice(0, -1)],
    ["of another version", (bytes: ArrayBuffer) => changed(bytes, 4, 2)],
    ["something else", (bytes: ArrayBuffer) => changed(bytes, 0, 0x58)],
  ])("that is %s is refused", (_, spoil) => {
    expect(() => readFrame(spoil(frameBytes("delta", 1, [{ series: 1, value: 2 }])))).toThrow(InvalidFrameError);
  });
});

function changed(bytes: ArrayBuffer, at: number, value: number): ArrayBuffer {
  new Uint8Array(bytes)[at] = value;
  return bytes;
}
