import type { Page } from "./page.ts";

declare global {
  interface Window {
    /** How the page is doing, for tests and for whoever looks after a wall of screens. */
    citytwin?: () => Record<string, unknown>;
  }
}

export function diagnose(page: Page): void {
  window.citytwin = () => ({
    mapLoaded: page.map?.loaded ?? false,
    connection: page.live.state,
    seq: page.live.sequence.last,
    gaps: page.live.gaps,
    frames: page.frames,
    alerts: page.alerts.size,
    ...page.sensors.counts,
  });
}
