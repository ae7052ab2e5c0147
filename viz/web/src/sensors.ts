import { isActive, levelNumber, type ModeFilter, passes } from "./alerts.ts";
import type { Frame } from "./frame.ts";
import type { Alert, IndexRow, Mode } from "./model.ts";

export interface Latest {
  atMs: number;
  value: number;
  grade: number;
}

/** The feature state of a device, as the map's style reads it. */
export interface DeviceState {
  data: boolean;
  grade: number;
  level: number;
}

interface SeriesOfDevice {
  device: string;
  entity: string;
  quantity: string;
  mode: Mode;
}

/** Latest value of every series, and what that makes of each device. */
export class Sensors {
  private readonly series = new Map<number, SeriesOfDevice>();
  private readonly ofDevice = new Map<string, number[]>();
  private readonly devicesOf = new Map<string, Set<string>>();
  private readonly latest = new Map<number, Latest>();
  private readonly levels = new Map<string, number>();
  private readonly stale = new Set<string>();
  /** Series that frames named and the index does not know: it has to be read again. */
  readonly unknown = new Set<number>();

  takeIndex(rows: readonly IndexRow[]): void {
    for (const map of [this.series, this.ofDevice, this.devicesOf]) map.clear();
    this.unknown.clear();
    for (const [id, device, entity, quantity, , mode] of rows) {
      const code = device ?? entity;
      this.series.set(id, { device: code, entity, quantity, mode });
      this.ofDevice.set(code, [...(this.ofDevice.get(code) ?? []), id]);
      this.devicesOf.set(entity, (this.devicesOf.get(entity) ?? new Set()).add(code));
      this.stale.add(code);
    }
  }

  takeFrame(frame: Frame): void {
    for (let row = 0; row < frame.count; row += 1) {
      const id = frame.series[row] ?? 0;
      this.latest.set(id, {
        atMs: frame.at(row),
        value: frame.value[row] ?? NaN,
        grade: frame.grade[row] ?? 0,
      });
      const known = this.series.get(id);
      if (known) this.stale.add(known.device);
      else this.unknown.add(id);
    }
  }

  /** Takes the open alerts: the most urgent one colours its device, or its entity's devices. */
  takeAlerts(alerts: readonly Alert[]): void {
    for (const code of this.levels.keys()) this.stale.add(code);
    this.levels.clear();
    for (const alert of alerts.filter(isActive))
      for (const code of this.devicesOfAlert(alert)) {
        const level = levelNumber(alert.level);
        this.levels.set(code, Math.min(level, this.levels.get(code) ?? level));
        this.stale.add(code);
      }
  }

  /** To be called when another mode is shown: every device has to be judged anew. */
  judgeAllAnew(): void {
    for (const code of this.ofDevice.keys()) this.stale.add(code);
  }

  /** Returns the states of the devices that something happened to since the last call. */
  takeChanges(filter: ModeFilter): Map<string, DeviceState> {
    const changes = new Map<string, DeviceState>();
    for (const code of this.stale) changes.set(code, this.stateOf(code, filter));
    this.stale.clear();
    return changes;
  }

  latestOf(series: number): Latest | undefined {
    return this.latest.get(series);
  }

  /** Returns the devices' latest values of one quantity, without those that are unreliable. */
  valuesOf(quantity: string, filter: ModeFilter): Map<string, number> {
    const values = new Map<string, number>();
    for (const [id, series] of this.series) {
      const latest = this.latest.get(id);
      const wanted = series.quantity === quantity && passes(series.mode, filter);
      if (wanted && latest && latest.grade < 2) values.set(series.device, latest.value);
    }
    return values;
  }

  /** Returns the modes other than actual whose values are on the map. */
  otherModes(filter: ModeFilter): Set<Mode> {
    const modes = new Set<Mode>();
    for (const id of this.latest.keys()) {
      const mode = this.series.get(id)?.mode ?? "actual";
      if (mode !== "actual" && passes(mode, filter)) modes.add(mode);
    }
    return modes;
  }

  get counts(): { series: number; devices: number; withData: number } {
    return {
      series: this.series.size,
      devices: this.ofDevice.size,
      withData: this.latest.size,
    };
  }

  private stateOf(code: string, filter: ModeFilter): DeviceState {
    const known = (this.ofDevice.get(code) ?? [])
      .filter((id) => passes(this.series.get(id)?.mode ?? "actual", filter))
      .map((id) => this.latest.get(id))
      .filter((latest) => latest !== undefined && !Number.isNaN(latest.value));
    const grade = Math.max(0, ...known.map((latest) => latest?.grade ?? 0));
    return { data: known.length > 0, grade, level: this.levels.get(code) ?? 0 };
  }

  private devicesOfAlert(alert: Alert): Iterable<string> {
    if (alert.device !== null) return [alert.device];
    return this.devicesOf.get(alert.entity) ?? [alert.entity];
  }
}
