import { AlertBook, isActive, type ModeFilter } from "./alerts.ts";
import { AlertList } from "./alert_list.ts";
import { Api } from "./api.ts";
import { askedEntity } from "./asked.ts";
import { element, setText } from "./element.ts";
import type { Frame } from "./frame.ts";
import { Header } from "./header.ts";
import { rememberLanguage, type Words } from "./i18n.ts";
import { legend } from "./legend.ts";
import { LiveConnection } from "./live.ts";
import { DistrictMap } from "./map.ts";
import type { Alert, Entity, Mode } from "./model.ts";
import { Names } from "./names.ts";
import { EntityPanel, type Target } from "./panel.ts";
import { type Scene, socketAddress } from "./scene.ts";
import { Sensors } from "./sensors.ts";

const TICK_MS = 1000;

/** The console page: it owns the state, and tells each part what to show. */
export class Page {
  readonly sensors = new Sensors();
  readonly alerts = new AlertBook();
  readonly live: LiveConnection;
  readonly map: DistrictMap | null;
  frames = 0;

  private readonly names: Names;
  private readonly header: Header;
  private readonly list: AlertList;
  private readonly panel: EntityPanel;
  private readonly notice = element("p", { class: "mode-notice", role: "status", "data-testid": "mode-notice" });
  private readonly message = element("div", { class: "message", "data-testid": "list-message" });
  private filter: ModeFilter = "all";
  private chosen: string | null = null;
  private problem: string | null = null;
  private scheduled = false;

  constructor(
    root: HTMLElement,
    private readonly scene: Scene,
    private readonly words: Words,
    private readonly api: Api,
  ) {
    this.names = new Names(words, scene.legend);
    this.header = new Header(words, this.names, scene.title, {
      filter: (filter) => {
        this.showMode(filter);
      },
      switchLanguage: () => {
        this.switchLanguage();
      },
    });
    this.list = new AlertList(words, this.names, (id) => {
      this.choose(id);
    });
    this.panel = new EntityPanel(words, this.names, api, this.sensors, {
      act: async (alert, to, said) => {
        this.takeAlert(await api.transition(alert, to, said));
      },
      closed: () => {
        this.chosen = null;
        this.changed();
      },
    });
    const ground = element("div", { class: "map", "data-testid": "map" });
    root.replaceChildren(this.header.root, this.notice, this.main(ground));
    this.map = this.makeMap(ground);
    this.live = new LiveConnection(socketAddress(scene.live.url, location), scene.live.quiet_s, this.listener());
  }

  /** Connects, reads the tables of names, and ticks from then on. */
  start(): void {
    void this.readNames();
    void this.readIndex();
    this.live.open();
    void this.openAsked(askedEntity(location.search));
    setInterval(() => {
      this.tick();
    }, TICK_MS);
  }

  private main(ground: HTMLElement): HTMLElement {
    const heading = element("h2");
    this.words.bind(() => {
      setText(heading, this.words.say("alerts.title"));
      ground.ariaLabel = this.words.say("map.label");
    });
    const side = element("section", { class: "side" }, heading, this.message, this.list.root);
    const over = element("div", { class: "over" }, legend(this.words, this.scene.legend.levels));
    return element("main", {}, element("div", { class: "stage" }, ground, over, this.panel.root), side);
  }

  private makeMap(ground: HTMLElement): DistrictMap | null {
    const rows = {
      alerts: () => this.alerts.shown(this.filter).filter(isActive),
      values: (quantity: string) => this.sensors.valuesOf(quantity, this.filter),
    };
    try {
      const map = new DistrictMap(ground, this.scene, rows, {
        alertChosen: (id) => {
          this.choose(id);
        },
        deviceChosen: (code) => {
          this.openDevice(code);
        },
      });
      ground.parentElement?.append(map.buttons(this.words));
      return map;
    } catch (error) {
      // A screen without WebGL must still show its alerts; the reason goes to the console.
      console.error(error);
      this.words.bind(() => {
        ground.textContent = this.words.say("page.nowebgl");
      });
      return null;
    }
  }

  private listener(): ConstructorParameters<typeof LiveConnection>[2] {
    return {
      frame: (frame) => {
        this.takeFrame(frame);
      },
      alert: (alert) => {
        this.takeAlert(alert);
      },
      began: () => void this.readAlerts(),
      changed: () => {
        this.changed();
      },
    };
  }

  private takeFrame(frame: Frame): void {
    this.frames += 1;
    this.sensors.takeFrame(frame);
    this.map?.applyStates(this.sensors.takeChanges(this.filter));
  }

  private takeAlert(alert: Alert): void {
    this.alerts.take(alert);
    this.changed();
  }

  private async readAlerts(): Promise<void> {
    this.alerts.expectList();
    try {
      this.alerts.takeList(await this.api.alertsNotClosed());
      this.problem = null;
    } catch (error) {
      this.problem = (error as Error).message;
    }
    this.changed();
  }

  private async readIndex(): Promise<void> {
    this.sensors.takeIndex(await this.api.index(this.scene.live.index));
    this.changed();
  }

  private async readNames(): Promise<void> {
    this.names.classes = await this.api.names("classes");
    this.names.quantities = await this.api.names("quantities");
    this.words.switchTo(this.words.language);
    this.changed();
  }

  private choose(id: string): void {
    const alert = this.alerts.find(id);
    if (!alert) return;
    this.chosen = id;
    void this.openPanel({ entity: alert.entity, device: alert.device, series: alert.series });
    if (alert.place) this.map?.flyTo(alert.place);
    this.changed();
  }

  private openDevice(code: string): void {
    this.chosen = null;
    void this.openPanel({ entity: code, device: code, series: null });
    this.changed();
  }

  private async openAsked(code: string | null): Promise<void> {
    if (code === null) return;
    const entity = await this.openPanel({ entity: code, device: null, series: null });
    if (entity?.place) this.map?.flyTo(entity.place);
  }

  // The alerts go first: the chart's limit line comes from them.
  private openPanel(target: Target): Promise<Entity | null> {
    this.panel.show(this.alerts.ofEntity(target.entity, this.filter));
    return this.panel.open(target);
  }

  private showMode(filter: ModeFilter): void {
    this.filter = filter;
    this.sensors.judgeAllAnew();
    this.changed();
  }

  private switchLanguage(): void {
    const language = this.words.language === "zh" ? "en" : "zh";
    rememberLanguage(localStorage, language);
    this.words.switchTo(language);
    this.changed();
  }

  // Many changes may come at once; a picture has time for one rendering.
  private changed(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.render();
    });
  }

  private render(): void {
    const shown = this.alerts.shown(this.filter);
    this.sensors.takeAlerts(shown);
    this.map?.applyStates(this.sensors.takeChanges(this.filter));
    this.map?.showAlerts(shown);
    this.map?.refreshDeck();
    this.header.show(shown, this.alerts.known);
    this.list.show(shown, this.chosen, Date.now());
    this.showMessage(shown.length);
    this.showNotice(shown);
    if (this.panel.target) this.panel.show(this.alerts.ofEntity(this.panel.target.entity, this.filter));
    document.body.dataset.connection = this.live.state;
    this.tickParts();
  }

  private tick(): void {
    this.live.tick(Date.now());
    if (this.sensors.unknown.size > 0) void this.readIndex();
    this.map?.refreshDeck();
    this.tickParts();
  }

  private tickParts(): void {
    this.header.tick(this.live, Date.now());
    this.panel.tick(Date.now());
  }

  private showMessage(count: number): void {
    const key = this.alerts.known ? "alerts.none" : "alerts.unknown";
    const text =
      this.problem === null
        ? this.words.say(key)
        : this.words.say("alerts.failed", { why: this.problem });
    this.message.hidden = count > 0 && this.problem === null;
    setText(this.message, text);
  }

  private showNotice(shown: readonly Alert[]): void {
    const modes = this.sensors.otherModes(this.filter);
    for (const { mode } of shown) if (mode !== "actual") modes.add(mode);
    const named = [...modes].map((mode: Mode) => this.words.say(`mode.${mode}`)).join(" / ");
    this.notice.hidden = modes.size === 0;
    setText(this.notice, this.words.say("mode.notice", { modes: named }));
    document.body.dataset.frame = [...modes].sort().join(" ");
  }
}
