import { h, setText, show } from "../lib/dom";
import { Actions } from "./actions";
import { Frame } from "./frame";
import { Progress, headline } from "./progress";
import { t } from "./strings";
import type { Job, Video } from "./types";

export interface JobHost {
  again(): void;
  deleted(receipt: string): void;
  renew(): Promise<Video | null>;
}

/** One cameo from the line to the last frame; drawn once, then kept up to date. */
export class JobView {
  private readonly frame: Frame;
  private readonly progress = new Progress();
  private readonly actions: Actions;
  private readonly title = h("h1", {});
  private readonly credit = h("p", { class: "credit" });
  private readonly reason = h("p", { class: "reason" });
  private readonly hint = h("p", { class: "muted" });
  private readonly failure = h("div", { class: "failure", aria: { role: "alert" } }, this.reason, this.hint);
  private readonly notice = h("p", { class: "notice" });
  readonly element: HTMLElement;
  isOver = false;

  constructor(host: JobHost) {
    this.frame = new Frame(host.renew);
    this.actions = new Actions({ again: host.again, deleted: host.deleted, source: () => this.frame.source });
    this.element = h(
      "article", { class: "cameo" },
      h("div", { class: "screen" }, this.frame.element),
      h("div", { class: "telling" }, this.credit, this.title, this.failure, this.progress.element, this.actions.element, this.notice),
    );
  }

  update(job: Job): void {
    this.isOver = job.status !== "QUEUED" && job.status !== "RUNNING";
    this.element.dataset.state = job.status;
    const credits = [t("forName", { name: job.userName }), job.template.name, job.product?.name];
    setText(this.credit, credits.filter(Boolean).join(" · "));
    setText(this.title, headline(job));
    const failed = job.status === "FAILED";
    show(this.failure, failed || job.status === "CANCELED");
    setText(this.reason, failed ? (job.failure?.message ?? "") : "");
    setText(this.hint, failed ? (job.failure?.hint ?? "") : t("canceledMore"));
    setText(this.notice, `${t("aiNotice")} ${t("drink")}`);
    this.frame.update(job);
    this.progress.update(job);
    this.actions.update(job);
  }
}
