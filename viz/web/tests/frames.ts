// Packs live frames as the server does, for tests.

export interface Row {
  series: number;
  value: number;
  offsetS?: number;
  grade?: number;
}

export function frameBytes(kind: "delta" | "snapshot", seq: number, rows: Row[], baseMs = 0): ArrayBuffer {
  const bytes = new ArrayBuffer(24 + rows.length * 13);
  const view = new DataView(bytes);
  new TextEncoder().encodeInto("CTLF", new Uint8Array(bytes));
  view.setUint8(4, 1);
  view.setUint8(5, kind === "snapshot" ? 1 : 0);
  view.setUint32(8, seq, true);
  view.setUint32(12, rows.length, true);
  view.setFloat64(16, baseMs, true);
  rows.forEach((row, place) => {
    const at = (column: number) => 24 + 4 * (column * rows.length + place);
    view.setUint32(at(0), row.series, true);
    view.setInt32(at(1), row.offsetS ?? 0, true);
    view.setFloat32(at(2), row.value, true);
    view.setUint8(24 + 12 * rows.length + place, row.grade ?? 0);
  });
  return bytes;
}

export const hexBytes = (text: string): ArrayBuffer =>
  Uint8Array.from(text.split(" "), (part) => parseInt(part, 16)).buffer;
