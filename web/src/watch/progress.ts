// Stage, percent, line and shots of a cameo that is being made.
import { h, setText, show } from "../lib/dom";
import { t } from "./strings";
import type { Job, Stage } from "./types";

const STAGES: Stage[] = ["PREPARE", "SUBMIT", "RENDER", "FETCH", "FINISH", "PUBLISH"];
const MINUTE_MS = 60_000;
const ANNOUNCE_EVERY = 20;

export function headline(job: Job): string {
  return job.status === "RUNNING" ? t(`doing_${job.stage}`) : t(job.status);
}

function span(until: string): string {
  const minutes = Math.ceil((Date.parse(until) - Date.now()) / MINUTE_MS);
  return minutes <= 1 ? t("moments") : t("minutes", { n: minutes });
}

function waiting(job: Job): string {
  const parts: string[] = [];
  if (job.status === "QUEUED" && job.queuePosition !== null)
    parts.push(job.queuePosition > 0 ? t("ahead", { n: job.queuePosition }) : t("next"));
  if (job.eta) {
    const late = Date.parse(job.eta.likelyAt) < Date.now();
    const [likely, latest] = [span(job.eta.likelyAt), span(job.eta.latestAt)];
    parts.push(late ? t("soon") : likely === latest ? t("left", { likely }) : t("eta", { likely, latest }));
  }
  return parts.join(" · ");
}

export class Progress {
  private readonly number = h("span", { class: "percent-number" });
  private readonly waiting = h("p", { class: "waiting" });
  private readonly fill = h("div", { class: "bar-fill" });
  private readonly bar = h("div", { class: "bar", aria: { role: "progressbar", valuemin: "0", valuemax: "100" } }, this.fill);
  private readonly steps = STAGES.map((stage) => h("li", { class: "step", id: `step-${stage}` }));
  private readonly shots = h("ol", { class: "shots" });
  private readonly shotsTitle = h("h2", { class: "section-title" });
  private readonly shotsPart = h("section", { class: "shots-part" }, this.shotsTitle, this.shots);
  private readonly voice = h("p", { class: "for-ears", aria: { live: "polite", role: "status" } });
  private readonly meter = h(
    "div", { class: "meter" },
    h("div", { class: "percent" }, this.number, h("span", { class: "percent-sign" }, "%")),
    h("div", { class: "meter-side" }, this.bar, this.waiting),
  );
  readonly element = h("div", { class: "progress" }, this.meter, h("ol", { class: "steps" }, ...this.steps), this.shotsPart, this.voice);
  private said = "";

  update(job: Job): void {
    const open = job.status === "QUEUED" || job.status === "RUNNING";
    show(this.meter, open);
    show(this.element.querySelector(".steps") as HTMLElement, job.status !== "COMPLETED");
    show(this.shotsPart, job.shots.length > 0 && job.status !== "COMPLETED");
    setText(this.number, String(job.percent));
    setText(this.waiting, waiting(job));
    this.fill.style.transform = `scaleX(${job.percent / 100})`;
    this.bar.setAttribute("aria-valuenow", String(job.percent));
    this.bar.setAttribute("aria-label", t("progress"));
    this.updateSteps(job);
    this.updateShots(job);
    this.announce(job);
  }

  private updateSteps(job: Job): void {
    const at = STAGES.indexOf(job.stage);
    this.steps.forEach((step, index) => {
      setText(step, t(`stage_${STAGES[index] as Stage}`));
      const now = index === at && job.status !== "QUEUED";
      step.dataset.state = job.status === "COMPLETED" || index < at ? "done" : now ? "now" : "next";
      if (now) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    });
  }

  private updateShots(job: Job): void {
    setText(this.shotsTitle, t("shots"));
    while (this.shots.children.length > job.shots.length) this.shots.lastElementChild?.remove();
    job.shots.forEach((shot, index) => {
      const line = (this.shots.children[index] as HTMLElement | undefined) ?? this.addShot();
      line.dataset.state = shot.status;
      (line.querySelector(".shot-fill") as HTMLElement).style.transform = `scaleY(${shot.status === "READY" ? 1 : shot.percent / 100})`;
      setText(line.querySelector(".shot-name") as Element, `${t("shot", { n: shot.number })} · ${t("seconds", { n: shot.seconds })}`);
      const again = shot.attempts > 1 ? ` · ${t("attempt", { n: shot.attempts })}` : "";
      const percent = shot.status === "RENDERING" ? ` ${shot.percent}%` : "";
      setText(line.querySelector(".shot-state") as Element, t(`shot_${shot.status}`) + percent + again);
    });
  }

  private addShot(): HTMLElement {
    const fill = h("div", { class: "shot-fill", aria: { hidden: "true" } });
    const line = h("li", { class: "shot" }, fill, h("span", { class: "shot-name" }), h("span", { class: "shot-state" }));
    this.shots.append(line);
    return line;
  }

  private announce(job: Job): void {
    const round = Math.floor(job.percent / ANNOUNCE_EVERY) * ANNOUNCE_EVERY;
    const open = job.status === "QUEUED" || job.status === "RUNNING";
    const text = open ? t("announce", { what: headline(job), n: round }) : headline(job);
    if (text !== this.said) setText(this.voice, (this.said = text));
  }
}
