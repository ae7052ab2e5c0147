import type { Feature, FeatureCollection, Point } from "geojson";
import type { GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";

import { isActive, levelNumber } from "./alerts.ts";
import type { Alert, LevelMark } from "./model.ts";
import { icon, ICON_RATIO, iconName } from "./shapes.ts";

const SOURCE = "alerts";
export const SYMBOLS = "alert-symbols";
const RINGS = "alert-rings";
const BLINK_MS = 500; // on and off: one flash a second, and three are the limit of WCAG 2.3.1

/** Returns one point for each place of open alerts: the most urgent, and how many more. */
export function symbolPoints(alerts: readonly Alert[]): FeatureCollection<Point> {
  const places = new Map<string, Feature<Point>>();
  for (const alert of alerts.filter(isActive)) {
    if (alert.place === null) continue;
    const key = alert.place.map((part) => part.toFixed(5)).join();
    const first = places.get(key);
    if (first) addTo(first, alert);
    else places.set(key, pointOf(alert, alert.place));
  }
  return { type: "FeatureCollection", features: [...places.values()] };
}

function pointOf(alert: Alert, place: [number, number]): Feature<Point> {
  return {
    type: "Feature",
    geometry: { type: "Point", coordinates: place },
    properties: {
      alert: String(alert.id),
      icon: iconName(alert, "full"),
      ring: alert.state === "raised" ? iconName(alert, "ring") : "",
      order: -levelNumber(alert.level),
      more: "",
      others: 0,
    },
  };
}

function addTo(point: Feature<Point>, alert: Alert): void {
  const properties = point.properties ?? {};
  const others = Number(properties.others) + 1;
  const ring = String(properties.ring) || (alert.state === "raised" ? iconName(alert, "ring") : "");
  point.properties = { ...properties, others, more: `+${others}`, ring };
}

/** The open alerts on the map: a small source of its own, since only they need symbols. */
export class AlertSymbols {
  private lit = true;

  constructor(
    private readonly map: MapLibreMap,
    marks: readonly LevelMark[],
    font: string,
  ) {
    for (const mark of marks)
      for (const kind of ["full", "ring"] as const)
        map.addImage(iconName(mark, kind), icon(mark, kind), { pixelRatio: ICON_RATIO });
    map.addSource(SOURCE, { type: "geojson", data: symbolPoints([]) });
    this.addLayers(font);
    setInterval(() => {
      this.blink();
    }, BLINK_MS);
  }

  show(alerts: readonly Alert[]): void {
    void this.map.getSource<GeoJSONSource>(SOURCE)?.setData(symbolPoints(alerts));
  }

  private addLayers(font: string): void {
    const steady = { "icon-allow-overlap": true, "icon-ignore-placement": true } as const;
    this.map.addLayer({
      id: RINGS,
      type: "symbol",
      source: SOURCE,
      filter: ["!=", ["get", "ring"], ""],
      layout: { ...steady, "icon-image": ["get", "ring"], "symbol-sort-key": ["get", "order"] },
      paint: { "icon-opacity-transition": { duration: 0 } },
    });
    this.map.addLayer({
      id: SYMBOLS,
      type: "symbol",
      source: SOURCE,
      layout: {
        ...steady,
        "icon-image": ["get", "icon"],
        "symbol-sort-key": ["get", "order"],
        "text-field": ["get", "more"],
        "text-font": [font],
        "text-size": 12,
        "text-offset": [1.5, -0.9],
        "text-optional": true,
      },
      paint: { "text-color": "#e8eef9", "text-halo-color": "#0f141c", "text-halo-width": 1.5 },
    });
  }

  // Only the ring around a symbol blinks: shape and number stay readable.
  private blink(): void {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const lit = still || !this.lit;
    if (lit !== this.lit) this.map.setPaintProperty(RINGS, "icon-opacity", lit ? 1 : 0);
    this.lit = lit;
  }
}
