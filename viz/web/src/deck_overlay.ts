import { ColumnLayer, ScatterplotLayer } from "@deck.gl/layers";
import { JSONConfiguration, JSONConverter } from "@deck.gl/json";
import { MapLibreOverlay } from "@deck.gl/maplibre";
import type { Map as MapLibreMap } from "maplibre-gl";

import type { Alert, Place } from "./model.ts";
import type { DeckJson, LiveLayer } from "./scene.ts";

type OverlayProps = ConstructorParameters<typeof MapLibreOverlay>[0];

/** Where the rows of the scene's deck.gl layers come from. */
export interface LiveRows {
  alerts(): Alert[];
  /** Values of a quantity by device. */
  values(quantity: string): Map<string, number>;
  /** Places of the devices of a class, as far as the map has loaded them. */
  places(deviceClass: string): Map<string, Place>;
}

/** Draws what pydeck described, between the layers of the map, and refills it with what is live. */
export class DeckOverlay {
  private readonly converter = new JSONConverter({
    configuration: new JSONConfiguration({ classes: { ColumnLayer, ScatterplotLayer } }),
  });
  private readonly overlay: MapLibreOverlay;

  constructor(
    map: MapLibreMap,
    private readonly json: DeckJson,
    private readonly live: Record<string, LiveLayer>,
    private readonly rows: LiveRows,
  ) {
    this.overlay = new MapLibreOverlay({ interleaved: true, ...this.described() });
    map.addControl(this.overlay);
  }

  refresh(): void {
    this.overlay.setProps(this.described());
  }

  private described(): OverlayProps {
    const layers = this.json.layers.map((layer) => ({ ...layer, data: this.dataOf(layer.id) }));
    return this.converter.convert({ layers }) as OverlayProps;
  }

  private dataOf(layer: string): object[] {
    const source = this.live[layer];
    if (source === undefined) return [];
    if (source.from === "alerts") return this.rows.alerts().filter(({ place }) => place !== null);
    const places = this.rows.places(source.class);
    return [...this.rows.values(source.quantity)].flatMap(([code, value]) => {
      const place = places.get(code);
      return place && value > source.above ? [{ code, place, value }] : [];
    });
  }
}
