import { MOST_CLEARED } from "./alerts.ts";
import type { Alert, Entity, IndexRow, Name, Observation, Series, Verdict } from "./model.ts";

export interface Credentials {
  user: string;
  password: string;
}

/** What a person says when they make a transition; closing needs a verdict and a reason. */
export interface Said {
  note?: string;
  verdict?: Verdict;
  reason?: string;
  duplicate_of?: number;
}

/** A refusal by the server, with its own sentence. */
export class RefusedError extends Error {
  constructor(
    readonly status: number,
    sentence: string,
  ) {
    super(sentence);
  }
}

/** Asks the person for an account; `wrong` when the last one was refused. Null means: given up. */
export type AskCredentials = (wrong: boolean) => Promise<Credentials | null>;

interface List<Item> {
  items: Item[];
  next: string | null;
}
interface Named {
  code: string;
  name_zh: string;
  name_en: string;
}

const UNAUTHORIZED = 401;
const MOST_ALERTS = 500;
const MOST_OBSERVATIONS = 200;

/** The server's HTTP interface; an account is kept in memory only, until the page is left. */
export class Api {
  private authorization: string | null = null;

  constructor(private readonly askCredentials: AskCredentials) {}

  get<Answer>(path: string): Promise<Answer> {
    return this.request<Answer>(path, {});
  }

  /** Returns the open alerts, and the newest that have cleared but that nobody has closed. */
  async alertsNotClosed(): Promise<Alert[]> {
    const [open, cleared] = await Promise.all([
      this.get<List<Alert>>(`/api/v1/alerts?state=open&limit=${MOST_ALERTS}`),
      this.get<List<Alert>>(`/api/v1/alerts?state=cleared&limit=${MOST_CLEARED}`),
    ]);
    // An alert that changes between the two answers may be in both: the newer version counts.
    return [...open.items, ...cleared.items].sort((one, other) => one.version - other.version);
  }

  async index(path: string): Promise<IndexRow[]> {
    return (await this.get<List<IndexRow>>(path)).items;
  }

  entity(code: string): Promise<Entity> {
    return this.get(`/api/v1/entities/${encodeURIComponent(code)}`);
  }

  /** Returns the series of a device; without one all at the entity, or else all that it measures. */
  async seriesOf(entity: string, device: string | null): Promise<Series[]> {
    if (device !== null) return this.series({ device });
    const measured = await this.series({ entity });
    return measured.length > 0 ? measured : this.series({ device: entity });
  }

  private async series(wanted: Record<string, string>): Promise<Series[]> {
    const query = new URLSearchParams(wanted).toString();
    return (await this.get<List<Series>>(`/api/v1/series?${query}`)).items;
  }

  /** Returns the newest observations, oldest first. */
  async history(series: number): Promise<Observation[]> {
    const path = `/api/v1/series/${series}/observations?limit=${MOST_OBSERVATIONS}`;
    return (await this.get<List<Observation>>(path)).items.toReversed();
  }

  /** Returns the names in a table of the server by their code. */
  async names(table: "classes" | "quantities"): Promise<Map<string, Name>> {
    const { items } = await this.get<List<Named>>(`/api/v1/${table}`);
    return new Map(items.map((row) => [row.code, { zh: row.name_zh, en: row.name_en }]));
  }

  transition(alert: Alert, to: "acknowledged" | "closed", said: Said): Promise<Alert> {
    return this.request(`/api/v1/alerts/${encodeURIComponent(String(alert.id))}/transitions`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ to, ...said, version: alert.version }),
    });
  }

  private async request<Answer>(path: string, options: RequestInit): Promise<Answer> {
    let response = await this.send(path, options);
    while (response.status === UNAUTHORIZED) {
      const given = await this.askCredentials(this.authorization !== null);
      if (given === null) break;
      this.authorization = basic(given);
      response = await this.send(path, options);
    }
    if (response.status === UNAUTHORIZED) this.authorization = null;
    if (!response.ok) throw new RefusedError(response.status, await sentenceOf(response));
    return (await response.json()) as Answer;
  }

  private send(path: string, options: RequestInit): Promise<Response> {
    const headers = new Headers(options.headers);
    if (this.authorization !== null) headers.set("Authorization", this.authorization);
    // Without "omit" a browser answers 401 with a window of its own before the page can.
    return fetch(path, { ...options, headers, credentials: "omit" });
  }
}

/** Returns the Basic header of RFC 7617 in UTF-8. */
export function basic({ user, password }: Credentials): string {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

async function sentenceOf(response: Response): Promise<string> {
  const plain = `${response.status} ${response.statusText}`.trim();
  try {
    const { detail } = (await response.json()) as { detail?: unknown };
    return typeof detail === "string" ? detail : plain;
  } catch {
    return plain; // A proxy's error page is no JSON; its status says enough.
  }
}
