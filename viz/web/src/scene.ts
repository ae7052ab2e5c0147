import type { StyleSpecification } from "maplibre-gl";

import latinFont from "@fontsource/noto-sans-sc/files/noto-sans-sc-latin-400-normal.woff2?url";
import chineseFont from "@fontsource/noto-sans-sc/files/noto-sans-sc-chinese-simplified-400-normal.woff2?url";

import type { LevelMark, Name } from "./model.ts";

/** What fills a deck.gl layer: the open alerts, or the latest values of one quantity. */
export type LiveLayer =
  | { from: "alerts" }
  | { from: "latest"; quantity: string; class: string; above: number };

export interface DeckJson {
  layers: ({ id: string } & Record<string, unknown>)[];
}

export interface Scene {
  title: Name;
  style: StyleSpecification;
  deck: DeckJson;
  live: { url: string; index: string; quiet_s: number; layers: Record<string, LiveLayer> };
  view: {
    longitude: number;
    latitude: number;
    bounds: [number, number, number, number];
    pitch: number;
    bearing: number;
  };
  legend: { levels: LevelMark[]; domains: { domain: string; name: Name }[] };
}

const LATIN = ["U+0-2FF", "U+2000-206F"];
const FONT = "NotoSC";

/** Returns the style with whole addresses, which MapLibre asks for, and with our own font. */
export function completeStyle(style: StyleSpecification, origin: string): StyleSpecification {
  const sources = structuredClone(style.sources);
  for (const source of Object.values(sources))
    if (source.type === "vector" && source.tiles)
      source.tiles = source.tiles.map((address) => origin + address);
  return { ...style, sources, "font-faces": fontFaces(origin) };
}

// Without a "glyphs" address MapLibre draws all text with these fonts, never with outside ones.
function fontFaces(origin: string): NonNullable<StyleSpecification["font-faces"]> {
  const at = (address: string) => new URL(address, origin).href;
  return {
    [FONT]: [
      { url: at(latinFont), "unicode-range": LATIN },
      { url: at(chineseFont), "unicode-range": ["U+2E80-9FFF", "U+F900-FAFF", "U+FF00-FFEF", "U+3000-303F"] },
    ],
  };
}

export const socketAddress = (path: string, page: Location): string =>
  `${page.protocol === "https:" ? "wss" : "ws"}://${page.host}${path}`;
