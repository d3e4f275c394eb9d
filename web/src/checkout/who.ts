// Whose checkout it is: one that nobody owns becomes the buyer's when the buyer says so.
import { h, show } from "../lib/dom";
import { request } from "../lib/graphql";
import { session, startGuest } from "../lib/session";
import { CLAIM_CHECKOUT, MY_CART } from "../operations/till";
import { signInCard } from "../watch/signin";
import { type Host, type Part, isOpen, redraw } from "./host";
import { t } from "./strings";
import type { Checkout } from "./types";

interface Cart {
  me: { checkout: { id: string; status: string; channel: { id: string }; lines: { quantity: number }[] } | null } | null;
}

export class Who implements Part {
  readonly element = h("section", { class: "who-part", aria: { label: t("who") } });
  // Somebody who signs in on this card means to go on; one who is signed in already only followed a link.
  private static isMeant = false;
  private wantsOther = false;

  constructor(private readonly host: Host) {}

  update(checkout: Checkout): void {
    const held = session();
    // A guest's own cart goes along into an account; an agent's session stays whose it is.
    const isGuests = checkout.claimed && held?.customer.isGuest && isOpen(checkout) && checkout.origin !== "AGENT";
    show(this.element, !checkout.claimed || Boolean(isGuests));
    redraw(this.element, [checkout.claimed, held?.customer.id, this.wantsOther, checkout.status], () => {
      if (isGuests) return [this.wantsOther ? this.signIn(false) : this.otherButton("asMember")];
      if (checkout.claimed) return [];
      if (!held || this.wantsOther) return [this.signIn(!held)];
      return [this.claimCard(checkout)];
    });
  }

  private otherButton(word: "asMember" | "other"): HTMLElement {
    const other = () => ((this.wantsOther = true), this.host.restart());
    return h("button", { id: "other", class: "link-button", type: "button", on: { click: other } }, t(word));
  }

  private signIn(withGuest: boolean): HTMLElement {
    const meant = () => (Who.isMeant = true);
    const card = signInCard(t("who"), `${t("whoMore")} ${t("signInMore")}`);
    card.addEventListener("click", meant);
    card.addEventListener("submit", meant);
    const asGuest = () => void this.host.run(() => (meant(), startGuest()));
    if (withGuest)
      card.append(h("div", { class: "sign-in" }, h("p", { class: "muted" }, t("asGuest")),
        h("button", { id: "as-guest", class: "button", type: "button", on: { click: asGuest } }, t("guestButton"))));
    return card;
  }

  private claimCard(checkout: Checkout): HTMLElement {
    const merge = h("p", { class: "muted" });
    const claim = () => this.host.run(() => this.host.change(CLAIM_CHECKOUT, { checkoutId: this.host.id }));
    const name = session()?.customer.name ?? t("guest");
    void this.own(checkout).then((n) => {
      if (n) merge.textContent = t("claimMerge", { n });
      else if (Who.isMeant) void claim();
      Who.isMeant = false;
    }, () => undefined);
    return h("div", { class: "card" }, h("h2", {}, t("head_mine")), h("p", { class: "muted" }, t("claimMore")), merge,
      h("div", { class: "actions" },
        h("button", { id: "claim", class: "button is-primary", type: "button", on: { click: () => void claim() } }, t("claim", { name })), this.otherButton("other")));
  }

  /** How many units of the buyer's own cart would be put into this one; into an agent's none are. */
  private async own(checkout: Checkout): Promise<number> {
    if (checkout.origin === "AGENT") return 0;
    const { me } = await request<Cart>(MY_CART);
    const cart = me?.checkout;
    if (!cart || cart.id === checkout.id || cart.status === "PAYING" || cart.channel.id !== checkout.channel.id) return 0;
    return cart.lines.reduce((sum, { quantity }) => sum + quantity, 0);
  }
}
