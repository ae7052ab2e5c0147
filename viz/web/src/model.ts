// The values that the server sends, as they are on the wire.

export type Level = "red" | "orange" | "yellow" | "blue";
export type Mode = "actual" | "exercise" | "replay" | "backfill";
export type AlertState =
  | "raised"
  | "acknowledged"
  | "assigned"
  | "dispatched"
  | "on_site"
  | "resolved"
  | "verified"
  | "cleared"
  | "closed";
export type Verdict = "confirmed" | "false" | "duplicate" | "test";
export type Quiet = "shelved" | "silenced" | "suppressed";
export type Place = [longitude: number, latitude: number];

export interface Alert {
  id: number | string;
  mode: Mode;
  domain: string;
  level: Level;
  entity: string;
  device: string | null;
  series: number | null;
  rule: string;
  /** What is wrong, in the words of the rule. */
  title_zh: string;
  title_en: string;
  rule_version: number;
  state: AlertState;
  raised_at: string;
  observed_at: string;
  cleared_at: string | null;
  /** Who has it in hand. */
  assignee: string | null;
  /** Why nobody need be told of it now. */
  quiet: Quiet | null;
  reason: string;
  value: number | null;
  limit: number | null;
  version: number;
  entity_name: string;
  device_name: string | null;
  place: Place | null;
  unit: string | null;
  quantity: string | null;
}

export interface Name {
  zh: string;
  en: string;
}

export interface LevelMark {
  level: Level;
  number: number;
  shape: string;
  colour: string;
  name: Name;
}

export interface Observation {
  observed_at: string;
  value: number;
  quality: number;
}

export interface Series {
  id: number;
  entity: string;
  device: string | null;
  quantity: string;
  unit: string;
  mode: Mode;
  channel: string;
  latest: Observation | null;
}

export interface Entity {
  code: string;
  printed: string;
  class: string;
  name: string;
  properties: Record<string, unknown>;
  place: Place | null;
}

export type IndexRow = [
  series: number,
  device: string | null,
  entity: string,
  quantity: string,
  unit: string,
  mode: Mode,
  channel: string,
];

/** The grade stands in the two lowest bits of a stored quality. */
export const gradeOf = (quality: number): number => quality & 3;
export const UNRELIABLE = 2;
