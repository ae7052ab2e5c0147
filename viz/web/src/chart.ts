import "uplot/dist/uPlot.min.css";

import uPlot from "uplot";

import { gradeOf, type Observation, UNRELIABLE } from "./model.ts";
import { amount } from "./amounts.ts";
import { dateAndTime } from "./times.ts";

export interface Limit {
  value: number;
  colour: string;
}

const LINE = "#a9b8d0";
const GRID = "#2b3546";

/** Draws one quantity in one neutral colour; only the limit line has the alarm's colour. */
export class Chart {
  private readonly plot: uPlot;
  private readonly times: number[];
  private readonly values: number[];
  private readonly unreliable: boolean[];

  constructor(
    parent: HTMLElement,
    history: readonly Observation[],
    private readonly limit: Limit | null,
  ) {
    this.times = history.map((row) => Date.parse(row.observed_at) / 1000);
    this.values = history.map((row) => row.value);
    this.unreliable = history.map((row) => gradeOf(row.quality) === UNRELIABLE);
    this.plot = new uPlot(options(parent.clientWidth, limit), this.columns(), parent);
  }

  /** Adds a value that is newer than all others; anything else is known or belongs to history. */
  add(atMs: number, value: number, unreliable: boolean): void {
    if (atMs / 1000 <= (this.times.at(-1) ?? 0)) return;
    this.times.push(atMs / 1000);
    this.values.push(value);
    this.unreliable.push(unreliable);
    this.plot.setData(this.columns());
  }

  close(): void {
    this.plot.destroy();
  }

  private columns(): uPlot.AlignedData {
    const trusted = this.values.map((value, row) => (this.unreliable[row] ? null : value));
    const doubted = this.values.map((value, row) => (this.unreliable[row] ? value : null));
    const limit = this.times.map(() => this.limit?.value ?? null);
    return [this.times, trusted, doubted, limit];
  }
}

function options(width: number, limit: Limit | null): uPlot.Options {
  const axis = { stroke: LINE, grid: { stroke: GRID, width: 1 }, ticks: { stroke: GRID } };
  return {
    width,
    height: 170,
    legend: { show: false },
    cursor: { drag: { x: false, y: false } },
    scales: { x: { time: true } },
    axes: [
      // The library's own labels are American and in the zone of the machine.
      { ...axis, size: 30, space: 70, values: (_, ticks) => ticks.map(clock) },
      { ...axis, size: 52, values: (_, ticks) => ticks.map(amount) },
    ],
    series: [
      {},
      { stroke: LINE, width: 1.5, points: { show: false }, spanGaps: true },
      { stroke: LINE, width: 0, points: { show: true, size: 6, fill: "#10141b" } },
      { stroke: limit?.colour ?? LINE, width: 1.5, dash: [6, 4], points: { show: false } },
    ],
  };
}

const clock = (seconds: number): string => dateAndTime(seconds * 1000).slice(11, 16);
