// The binary live frame of docs/live.md, read in place: columns are views on the received bytes.

export interface Frame {
  kind: "delta" | "snapshot";
  seq: number;
  count: number;
  series: Uint32Array;
  /** Epoch milliseconds of row `i`. */
  at: (row: number) => number;
  value: Float32Array;
  grade: Uint8Array;
}

export class InvalidFrameError extends Error {}

const MAGIC = 0x464c5443; // "CTLF" read as a little-endian u32
const VERSION = 1;
const HEADER_BYTES = 24;
const ROW_BYTES = 4 + 4 + 4 + 1;

export function readFrame(bytes: ArrayBuffer): Frame {
  if (bytes.byteLength < HEADER_BYTES)
    throw new InvalidFrameError(`frame of ${bytes.byteLength} bytes: expected at least 24`);
  const head = new DataView(bytes);
  if (head.getUint32(0, true) !== MAGIC || head.getUint8(4) !== VERSION)
    throw new InvalidFrameError("frame does not start with 'CTLF' and version 1");
  const count = head.getUint32(12, true);
  if (bytes.byteLength !== HEADER_BYTES + count * ROW_BYTES)
    throw new InvalidFrameError(`frame of ${bytes.byteLength} bytes: expected ${count} rows`);
  return { ...columns(bytes, count, head.getFloat64(16, true)), ...kindAndNumber(head), count };
}

function kindAndNumber(head: DataView): Pick<Frame, "kind" | "seq"> {
  return { kind: head.getUint8(5) === 1 ? "snapshot" : "delta", seq: head.getUint32(8, true) };
}

// Typed arrays follow the machine's byte order; every machine with a browser is little-endian.
function columns(
  bytes: ArrayBuffer,
  count: number,
  base: number,
): Pick<Frame, "series" | "at" | "value" | "grade"> {
  const start = (column: number) => HEADER_BYTES + column * 4 * count;
  const offset = new Int32Array(bytes, start(1), count);
  return {
    series: new Uint32Array(bytes, start(0), count),
    at: (row) => base + (offset[row] ?? 0) * 1000,
    value: new Float32Array(bytes, start(2), count),
    grade: new Uint8Array(bytes, start(3), count),
  };
}
