// What can be done with a cameo now: stop, again, share, delete.
import { h, setText, show } from "../lib/dom";
import { newKey, request } from "../lib/graphql";
import { locale } from "../lib/locale";
import { type Answer, CANCEL_JOB, DELETE_JOB, RETRY_JOB, REVOKE_SHARE, SHARE_JOB } from "../operations";
import { t } from "./strings";
import type { Action, Job, Share } from "./types";

export interface Host {
  again(): void;
  deleted(receipt: string): void;
  source(): string | null;
}

async function act<T>(document: string, variables: Record<string, unknown>): Promise<T> {
  const [answer] = Object.values(await request<Record<string, Answer<T>>>(document, variables));
  if (!answer || answer.code) throw new Error(answer?.message ?? t("trouble"));
  return answer;
}

export class Actions {
  private readonly buttons: Record<Action, HTMLButtonElement>;
  private readonly download = h("a", { class: "button", download: "nerdx-cameo.mp4", rel: "noreferrer" });
  private readonly trouble = h("p", { class: "trouble", aria: { role: "alert" } });
  private readonly shared = h("div", { class: "shared" });
  readonly element: HTMLElement;
  private retryKey = newKey();
  private shareKey = newKey();
  private job: Job | null = null;
  private drawnShare = "";

  constructor(private readonly host: Host) {
    const button = (work: () => Promise<void>, kind = "") =>
      h("button", { class: `button ${kind}`, type: "button", on: { click: (event) => void this.run(event.currentTarget as HTMLButtonElement, work) } });
    this.buttons = {
      RETRY: button(() => this.retry(), "is-primary"),
      SHARE: button(() => this.share(), "is-primary"),
      CANCEL: button(() => this.cancel()),
      DELETE: button(() => this.remove(), "is-quiet"),
    };
    const { RETRY: retry, SHARE: share, CANCEL: cancel, DELETE: remove } = this.buttons;
    this.element = h("div", { class: "doing" }, h("div", { class: "actions" }, retry, share, this.download, cancel, remove), this.shared, this.trouble);
  }

  update(job: Job): void {
    this.job = job;
    const names = { CANCEL: t("cancel"), RETRY: t("retry"), DELETE: t("remove"), SHARE: t("share") };
    for (const [action, button] of Object.entries(this.buttons) as [Action, HTMLButtonElement][]) {
      setText(button, names[action]);
      show(button, job.allowedActions.includes(action) && !(action === "SHARE" && this.open(job.share)));
    }
    setText(this.download, t("download"));
    show(this.download, Boolean(job.video));
    this.download.href = this.host.source() ?? "#";
    this.drawShare(job.share);
  }

  private open(share: Share | null): boolean {
    return Boolean(share && !share.revokedAt && Date.parse(share.expiresAt) > Date.now());
  }

  private async run(button: HTMLButtonElement, work: () => Promise<void>): Promise<void> {
    button.disabled = true;
    setText(this.trouble, "");
    await work().catch((error: Error) => setText(this.trouble, error.message));
    button.disabled = false;
  }

  private get id(): string {
    return this.job?.id ?? "";
  }

  private async cancel(): Promise<void> {
    await act(CANCEL_JOB, { id: this.id });
  }

  private async retry(): Promise<void> {
    await act(RETRY_JOB, { id: this.id, idempotencyKey: this.retryKey });
    this.retryKey = newKey();
    this.host.again();
  }

  private async share(): Promise<void> {
    const share = await act<Share>(SHARE_JOB, { input: { cameoId: this.id, idempotencyKey: this.shareKey } });
    if (this.job) this.update({ ...this.job, share });
  }

  private async revoke(id: string): Promise<void> {
    const share = await act<Share>(REVOKE_SHARE, { id });
    this.shareKey = newKey();
    if (this.job) this.update({ ...this.job, share });
  }

  private async remove(): Promise<void> {
    if (!(await sure())) return;
    const receipt = await act<{ id: string }>(DELETE_JOB, { id: this.id });
    this.host.deleted(receipt.id);
  }

  private drawShare(share: Share | null): void {
    const state = share ? [share.url, share.revokedAt, share.viewCount, locale()].join() : "";
    if (state === this.drawnShare) return;
    this.drawnShare = state;
    this.shared.replaceChildren();
    if (!share) return;
    if (!this.open(share)) {
      this.shared.append(h("p", { class: "muted" }, share.revokedAt ? t("revoked") : ""));
      return;
    }
    this.shared.append(...this.shareParts(share));
  }

  private shareParts(share: Share): HTMLElement[] {
    const field = h("input", { class: "share-url", readOnly: true, value: share.url, aria: { label: t("share") } });
    const copy = h("button", { class: "button", type: "button" }, t("copy"));
    copy.addEventListener("click", () => {
      field.select();
      void navigator.clipboard.writeText(share.url).then(() => setText(copy, t("copied")));
    });
    const revoke = h("button", { class: "button is-quiet", type: "button" }, t("revoke"));
    revoke.addEventListener("click", () => void this.run(revoke, () => this.revoke(share.id)));
    const date = new Date(share.expiresAt).toLocaleDateString(locale(), { dateStyle: "medium" });
    return [
      h("div", { class: "share-line" }, field, copy),
      h("p", { class: "muted" }, t("shareUntil", { date, n: share.viewCount })),
      h("div", { class: "actions" }, h("a", { class: "button", href: share.url, target: "_blank", rel: "noopener" }, t("open")), revoke),
    ];
  }
}

function sure(): Promise<boolean> {
  const dialog = h(
    "dialog", { class: "card sure" },
    h("h2", {}, t("deleteAsk")), h("p", { class: "muted" }, t("deleteSure")),
    h("form", { method: "dialog", class: "actions" },
      h("button", { class: "button", value: "keep" }, t("keep")),
      h("button", { class: "button is-danger", value: "delete" }, t("remove"))),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((settle) => {
    dialog.addEventListener("close", () => (settle(dialog.returnValue === "delete"), dialog.remove()), { once: true });
  });
}
