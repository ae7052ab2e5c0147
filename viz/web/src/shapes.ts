import { svg } from "./element.ts";
import type { Alert, LevelMark } from "./model.ts";

type Point = [x: number, y: number];

const INK = "#10141b";

// Corners on a circle around the middle, by how many there are and where the first stands.
const CORNERS: Record<string, { count: number; turn: number; size: number; down: number }> = {
  hexagon: { count: 6, turn: 0, size: 1, down: 0 },
  diamond: { count: 4, turn: 0, size: 1.08, down: 0 },
  triangle: { count: 3, turn: 0, size: 1.22, down: 0.2 },
  square: { count: 4, turn: Math.PI / 4, size: 1.16, down: 0 },
};

/** Returns the corners of a level's shape around (0, 0); all shapes look about equally large. */
export function corners(shape: string, radius: number): Point[] {
  const form = CORNERS[shape] ?? { count: 24, turn: 0, size: 1, down: 0 };
  return Array.from({ length: form.count }, (_, corner) => {
    const angle = form.turn + (2 * Math.PI * corner) / form.count;
    const reach = radius * form.size;
    return [reach * Math.sin(angle), form.down * radius - reach * Math.cos(angle)];
  });
}

/** Draws the symbol for the list: shape and number steady, a ring for what waits for somebody. */
export function symbol(mark: LevelMark, state: Alert["state"]): SVGElement {
  const hollow = state === "cleared";
  const outline = polygon(mark, 8, hollow ? "none" : mark.colour, hollow ? mark.colour : "none");
  const number = svg(
    "text",
    {
      "text-anchor": "middle",
      y: String(3.6 + 8 * (CORNERS[mark.shape]?.down ?? 0) * 0.6),
      fill: hollow ? mark.colour : INK,
    },
    String(mark.number),
  );
  const parts = state === "raised" ? [ring(mark), outline, number] : [outline, number];
  return svg("svg", { viewBox: "-14 -14 28 28", class: "symbol", "aria-hidden": "true" }, ...parts);
}

function ring(mark: LevelMark): SVGElement {
  const drawn = polygon(mark, 11.2, "none", mark.colour);
  drawn.setAttribute("class", "blinks");
  return drawn;
}

function polygon(mark: LevelMark, radius: number, fill: string, stroke: string): SVGElement {
  const points = corners(mark.shape, radius).map((point) => point.map((part) => part.toFixed(2)).join());
  return svg("polygon", { points: points.join(" "), fill, stroke, "stroke-width": "1.6" });
}

export type IconKind = "full" | "ring";
export const iconName = (mark: Pick<LevelMark, "level">, kind: IconKind): string =>
  `alert-${mark.level}-${kind}`;

const ICON_PIXELS = 64;
export const ICON_RATIO = 2;

/** Draws the same symbol as a map icon; nothing is fetched, so no policy can refuse it. */
export function icon(mark: LevelMark, kind: IconKind): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = ICON_PIXELS;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) throw new Error("the browser gives no 2D canvas for the alert icons");
  pen.translate(ICON_PIXELS / 2, ICON_PIXELS / 2);
  if (kind === "ring") drawShape(pen, mark, 26, { stroke: mark.colour, width: 4 });
  else drawMark(pen, mark);
  return pen.getImageData(0, 0, ICON_PIXELS, ICON_PIXELS);
}

function drawMark(pen: CanvasRenderingContext2D, mark: LevelMark): void {
  drawShape(pen, mark, 18, { fill: mark.colour, stroke: INK, width: 3 });
  pen.fillStyle = INK;
  pen.font = "700 21px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(String(mark.number), 0, 1.5 + 18 * (CORNERS[mark.shape]?.down ?? 0) * 0.6);
}

function drawShape(
  pen: CanvasRenderingContext2D,
  mark: LevelMark,
  radius: number,
  ink: { fill?: string; stroke: string; width: number },
): void {
  pen.beginPath();
  for (const [x, y] of corners(mark.shape, radius)) pen.lineTo(x, y);
  pen.closePath();
  if (ink.fill !== undefined) {
    pen.fillStyle = ink.fill;
    pen.fill();
  }
  pen.strokeStyle = ink.stroke;
  pen.lineWidth = ink.width;
  pen.lineJoin = "round";
  pen.stroke();
}
