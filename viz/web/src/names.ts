import type { Words } from "./i18n.ts";
import type { Level, LevelMark, Name } from "./model.ts";
import type { Scene } from "./scene.ts";

/** What things are called, from the server's tables; a code without a name is shown as it is. */
export class Names {
  classes = new Map<string, Name>();
  quantities = new Map<string, Name>();
  private readonly domains: Map<string, Name>;
  private readonly levels: Map<Level, LevelMark>;

  constructor(
    private readonly words: Words,
    legend: Scene["legend"],
  ) {
    this.domains = new Map(legend.domains.map((row) => [row.domain, row.name]));
    this.levels = new Map(legend.levels.map((mark) => [mark.level, mark]));
  }

  level(level: Level): LevelMark {
    const mark = this.levels.get(level);
    if (!mark) throw new Error(`level '${level}': the scene's legend does not have it`);
    return mark;
  }

  domain(code: string): string {
    return this.named(this.domains, code);
  }

  quantity(code: string): string {
    return this.named(this.quantities, code);
  }

  entityClass(code: string): string {
    return this.named(this.classes, code);
  }

  private named(table: ReadonlyMap<string, Name>, code: string): string {
    const name = table.get(code);
    return name ? this.words.pick(name) : code;
  }
}
