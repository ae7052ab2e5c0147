import { describe, expect, test } from "vitest";

import { readFrame } from "../src/frame.ts";
import type { IndexRow } from "../src/model.ts";
import { Sensors } from "../src/sensors.ts";
import { flood } from "./alerts.ts";
import { frameBytes, type Row } from "./frames.ts";

const ROAD = "4403118402000001";
const GAUGE = "4403118502000001";
const OTHER = "4403118502000002";
const INDEX: IndexRow[] = [
  [7, GAUGE, ROAD, "depth", "m", "actual", ""],
  [8, GAUGE, ROAD, "battery_voltage", "V", "actual", ""],
  [9, OTHER, ROAD, "depth", "m", "exercise", ""],
];

function sensors(...rows: Row[]): Sensors {
  const made = new Sensors();
  made.takeIndex(INDEX);
  made.takeFrame(readFrame(frameBytes("snapshot", 1, rows)));
  return made;
}

describe("a device", () => {
  test("without any value is unknown, not fine", () => {
    expect(sensors().takeChanges("all").get(GAUGE)).toEqual({ data: false, grade: 0, level: 0 });
  });

  test("whose only value is not a number is unknown", () => {
    const made = sensors({ series: 7, value: NaN });
    expect(made.takeChanges("all").get(GAUGE)?.data).toBe(false);
  });

  test("is as doubtful as its worst series", () => {
    const made = sensors({ series: 7, value: 1 }, { series: 8, value: 3, grade: 2 });
    expect(made.takeChanges("all").get(GAUGE)).toMatchObject({ data: true, grade: 2 });
  });

  test("is reported only when something happened to it", () => {
    const made = sensors();
    made.takeChanges("all");
    made.takeFrame(readFrame(frameBytes("delta", 2, [{ series: 9, value: 1 }])));
    expect([...made.takeChanges("all").keys()]).toEqual([OTHER]);
  });

  test("shows nothing of a mode that is filtered out", () => {
    const made = sensors({ series: 9, value: 1 });
    expect(made.takeChanges("actual").get(OTHER)?.data).toBe(false);
    made.judgeAllAnew();
    expect(made.takeChanges("exercise").get(OTHER)?.data).toBe(true);
  });
});

describe("alerts on devices", () => {
  test("the most urgent open alert colours its device and goes with it", () => {
    const made = sensors();
    made.takeAlerts([flood({ level: "yellow" }), flood({ id: 2, level: "orange" })]);
    expect(made.takeChanges("all").get(GAUGE)?.level).toBe(2);
    made.takeAlerts([]);
    expect(made.takeChanges("all").get(GAUGE)?.level).toBe(0);
  });

  test("an alert of an entity without a device colours all its devices", () => {
    const made = sensors();
    made.takeAlerts([flood({ device: null })]);
    const changes = made.takeChanges("all");
    expect([changes.get(GAUGE)?.level, changes.get(OTHER)?.level]).toEqual([1, 1]);
  });

  test("what has cleared colours nothing", () => {
    const made = sensors();
    made.takeAlerts([flood({ state: "cleared" })]);
    expect(made.takeChanges("all").get(GAUGE)?.level).toBe(0);
  });
});

test("a series that the index does not know is remembered until the index is read again", () => {
  const made = sensors({ series: 99, value: 1 });
  expect([...made.unknown]).toEqual([99]);
  made.takeIndex(INDEX);
  expect(made.unknown.size).toBe(0);
});

test("values of a quantity leave out what is unreliable or of another mode", () => {
  const made = sensors({ series: 7, value: 0.5 }, { series: 9, value: 0.7 });
  expect([...made.valuesOf("depth", "actual")]).toEqual([[GAUGE, 0.5]]);
  made.takeFrame(readFrame(frameBytes("delta", 2, [{ series: 7, value: 9, grade: 2 }])));
  expect([...made.valuesOf("depth", "actual")]).toEqual([]);
});

test("a value of an exercise means that not all on the map is actual", () => {
  expect([...sensors({ series: 7, value: 1 }).otherModes("all")]).toEqual([]);
  expect([...sensors({ series: 9, value: 1 }).otherModes("all")]).toEqual(["exercise"]);
  expect([...sensors({ series: 9, value: 1 }).otherModes("actual")]).toEqual([]);
});
