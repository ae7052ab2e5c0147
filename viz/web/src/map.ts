import "maplibre-gl/dist/maplibre-gl.css";

import {
  type GeoJSONFeature,
  Map as MapLibreMap,
  type MapMouseEvent,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import worker from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";

import { AlertSymbols, SYMBOLS } from "./alert_symbols.ts";
import { DeckOverlay, type LiveRows } from "./deck_overlay.ts";
import { element, svg } from "./element.ts";
import type { Words } from "./i18n.ts";
import type { Alert, Place } from "./model.ts";
import { completeStyle, type Scene } from "./scene.ts";
import type { DeviceState } from "./sensors.ts";

setWorkerUrl(worker);

const SENSORS = "sensors";
const DEVICES = { source: "devices", sourceLayer: "device" } as const;
const FONT = "NotoSC";
const CLOSE_ZOOM = 16;
const NARROW = "(max-width: 760px)";

export interface MapListener {
  alertChosen(id: string): void;
  deviceChosen(code: string): void;
}

/** The district on the map: the city from tiles, live devices, alert symbols, pydeck's layers. */
export class DistrictMap {
  loaded = false;
  private readonly map: MapLibreMap;
  private readonly places = new Map<string, Map<string, Place>>();
  private deck: DeckOverlay | null = null;
  private symbols: AlertSymbols | null = null;
  private readonly waiting = new Map<string, DeviceState>();
  private shownAlerts: readonly Alert[] = [];

  constructor(
    container: HTMLElement,
    private readonly scene: Scene,
    private readonly rows: Omit<LiveRows, "places">,
    listener: MapListener,
  ) {
    this.map = new MapLibreMap({
      container,
      style: completeStyle(scene.style, location.origin),
      bounds: scene.view.bounds,
      fitBoundsOptions: { padding: 24 },
      pitch: flat() ? 0 : scene.view.pitch,
      bearing: scene.view.bearing,
      minZoom: 9,
      maxZoom: 19,
      attributionControl: false,
      dragRotate: !flat(),
    });
    this.map.addControl(new ScaleControl({ unit: "metric" }), "bottom-right");
    this.map.on("load", () => {
      this.begin();
    });
    this.listen(listener);
  }

  applyStates(changes: ReadonlyMap<string, DeviceState>): void {
    for (const [code, state] of changes)
      if (this.loaded) this.map.setFeatureState({ ...DEVICES, id: Number(code) }, { ...state });
      else this.waiting.set(code, state);
  }

  showAlerts(alerts: readonly Alert[]): void {
    this.shownAlerts = alerts;
    this.symbols?.show(alerts);
  }

  refreshDeck(): void {
    this.deck?.refresh();
  }

  flyTo(place: Place): void {
    const zoom = Math.max(CLOSE_ZOOM, this.map.getZoom());
    this.map.flyTo({ center: place, zoom, pitch: flat() ? 0 : 45, speed: 2.2, maxDuration: 2500 });
  }

  buttons(words: Words): HTMLElement {
    const whole = () => {
      this.map.fitBounds(this.scene.view.bounds, { padding: 24, pitch: this.scene.view.pitch });
    };
    const actions = [
      { key: "map.closer", sign: "M12 4v16M4 12h16", act: () => this.map.zoomIn() },
      { key: "map.farther", sign: "M4 12h16", act: () => this.map.zoomOut() },
      { key: "map.whole", sign: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5", act: whole },
    ] as const;
    const made = actions.map(({ key, sign, act }) => {
      const button = element("button", { type: "button" }, drawing(sign));
      button.addEventListener("click", () => {
        act();
      });
      words.bind(() => {
        button.title = words.say(key);
        button.ariaLabel = words.say(key);
      });
      return button;
    });
    return element("div", { class: "map-buttons" }, ...made);
  }

  private begin(): void {
    this.loaded = true;
    this.symbols = new AlertSymbols(this.map, this.scene.legend.levels, FONT);
    this.symbols.show(this.shownAlerts);
    this.deck = new DeckOverlay(this.map, this.scene.deck, this.scene.live.layers, {
      ...this.rows,
      places: (deviceClass) => this.placesOf(deviceClass),
    });
    this.applyStates(this.waiting);
    this.waiting.clear();
  }

  private listen(listener: MapListener): void {
    this.map.on("click", (event) => {
      const [alert] = this.under(event, SYMBOLS);
      const [device] = this.under(event, SENSORS);
      if (alert) listener.alertChosen(String(alert.properties.alert));
      else if (device) listener.deviceChosen(String(device.properties.code));
    });
    this.map.on("mousemove", (event) => {
      const found = [...this.under(event, SYMBOLS), ...this.under(event, SENSORS)];
      this.map.getCanvas().style.cursor = found.length > 0 ? "pointer" : "";
      this.map.getCanvas().title = String(found.at(-1)?.properties.name ?? "");
    });
  }

  // A finger or a mouse hits a dot of four pixels only with some grace around it.
  private under(event: MapMouseEvent, layer: string): GeoJSONFeature[] {
    if (!this.map.getLayer(layer)) return [];
    const { x, y } = event.point;
    const grace = flat() ? 14 : 5;
    const around: [[number, number], [number, number]] = [
      [x - grace, y - grace],
      [x + grace, y + grace],
    ];
    return this.map.queryRenderedFeatures(around, { layers: [layer] });
  }

  // Tiles hold only what was looked at, so places are collected while the map moves.
  private placesOf(deviceClass: string): Map<string, Place> {
    const known = this.places.get(deviceClass) ?? new Map<string, Place>();
    this.places.set(deviceClass, known);
    const found = this.map.querySourceFeatures(DEVICES.source, {
      sourceLayer: DEVICES.sourceLayer,
      filter: ["==", ["get", "class"], deviceClass],
    });
    for (const { geometry, properties } of found)
      if (geometry.type === "Point")
        known.set(String(properties.code), geometry.coordinates as Place);
    return known;
  }
}

const drawing = (path: string): SVGElement =>
  svg(
    "svg",
    { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": "2.5" },
    svg("path", { d: path }),
  );

const flat = (): boolean => matchMedia(NARROW).matches;
