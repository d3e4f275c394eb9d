// The screen of the watch page: blurred placeholder, preview frames, and at last the player.
import { decode } from "blurhash";
import { h, show } from "../lib/dom";
import { t } from "./strings";
import type { Job, Video } from "./types";

const CANVAS = 32;
const EARLY_MS = 5_000;
const RENEWALS = 3;

export class Frame {
  private readonly canvas = h("canvas", { class: "frame-blur", width: CANVAS, height: CANVAS, aria: { hidden: "true" } });
  private readonly image = h("img", { class: "frame-image", alt: "", decoding: "async" });
  private readonly glow = h("div", { class: "frame-glow", aria: { hidden: "true" } });
  private readonly player = h("video", { class: "frame-video", playsInline: true, preload: "metadata" });
  private readonly playButton = h("button", { class: "frame-play", type: "button", on: { click: () => void this.player.play() } });
  readonly element = h("div", { class: "frame" }, this.canvas, this.image, this.glow, this.player, this.playButton);
  private shown = "";
  private video: Video | null = null;
  private renewing = false;
  private renewals = 0;

  constructor(private readonly renew: () => Promise<Video | null>) {
    this.image.addEventListener("load", () => this.image.classList.add("is-there"));
    this.player.addEventListener("play", () => this.hasStarted());
    this.player.addEventListener("error", () => void this.refresh());
    this.player.addEventListener("play", () => void this.refreshWhenStale());
    this.player.addEventListener("playing", () => (this.renewals = 0));
    show(this.player, false);
    show(this.playButton, false);
  }

  update(job: Job): void {
    this.element.dataset.ratio = job.aspectRatio;
    this.element.dataset.state = job.status;
    this.image.alt = t("preview");
    this.playButton.setAttribute("aria-label", t("play"));
    if (job.video) this.showVideo(job.video, job.userName);
    else this.showPreview(job);
  }

  private showPreview(job: Job): void {
    show(this.player, false);
    show(this.playButton, false);
    this.video = null;
    const latest = job.previews.at(-1);
    const at = latest ? latest.at + latest.stage : "";
    if (!latest || at === this.shown) return;
    this.shown = at;
    this.paint(latest.blurhash);
    this.image.classList.remove("is-there");
    this.image.src = latest.url;
  }

  // The controls would lie under the big button until the film starts.
  private hasStarted(): void {
    show(this.playButton, false);
    this.player.controls = true;
  }

  private paint(blurhash: string): void {
    const context = this.canvas.getContext("2d");
    try {
      context?.putImageData(new ImageData(new Uint8ClampedArray(decode(blurhash, CANVAS, CANVAS)), CANVAS, CANVAS), 0, 0);
    } catch {
      context?.clearRect(0, 0, CANVAS, CANVAS);
    }
  }

  private showVideo(video: Video, name: string): void {
    this.player.setAttribute("aria-label", t("video", { name }));
    if (this.video) return;
    this.video = video;
    this.player.poster = video.posterUrl;
    this.player.src = video.url;
    this.element.style.aspectRatio = `${video.width} / ${video.height}`;
    this.player.controls = false;
    show(this.player, true);
    show(this.playButton, true);
  }

  get source(): string | null {
    return this.video?.url ?? null;
  }

  private async refreshWhenStale(): Promise<void> {
    if (this.video && Date.parse(this.video.urlExpiresAt) - Date.now() < EARLY_MS) await this.refresh();
  }

  // Links live for minutes and a page for hours: ask for a new one and go on where it stopped.
  private async refresh(): Promise<void> {
    if (!this.video || this.renewing || this.renewals >= RENEWALS) return;
    this.renewing = true;
    this.renewals += 1;
    const fresh = await this.renew().catch(() => null);
    if (fresh && fresh.url !== this.video.url) {
      const { currentTime } = this.player;
      this.video = fresh;
      this.player.src = fresh.url;
      this.player.currentTime = currentTime;
      await this.player.play().catch(() => undefined);
    }
    this.renewing = false;
  }
}
