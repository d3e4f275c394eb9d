// Where it goes: what is known as text, and a form to say it or to change it.
import { h, show } from "../lib/dom";
import { session } from "../lib/session";
import { SET_ADDRESS } from "../operations/till";
import { type Host, type Part, isOpen, redraw } from "./host";
import { Refusal } from "./send";
import { type Word, t } from "./strings";
import type { Address as Place, Checkout } from "./types";

interface Field {
  name: keyof Place | "email";
  word: Word;
  required?: boolean;
  autocomplete: string;
  inputMode?: string;
  pattern?: string;
  more?: Word;
  type?: string;
}

const EMAIL: Field = { name: "email", word: "email", autocomplete: "email", type: "email", more: "emailMore" };
const RECIPIENT: Field = { name: "recipient", word: "recipient", required: true, autocomplete: "shipping name", more: "recipientMore" };
const FIELDS: Record<string, Field[]> = {
  KR: [
    RECIPIENT,
    { name: "phone", word: "phone", required: true, autocomplete: "shipping tel", inputMode: "tel", type: "tel" },
    { name: "postalCode", word: "postalCode", required: true, autocomplete: "shipping postal-code", inputMode: "numeric", pattern: "\\d{5}" },
    { name: "region", word: "region", autocomplete: "shipping address-level1" },
    { name: "line1", word: "line1", required: true, autocomplete: "shipping address-line1" },
    { name: "line2", word: "line2", autocomplete: "shipping address-line2" },
  ],
  US: [
    RECIPIENT,
    { name: "phone", word: "phone", autocomplete: "shipping tel", inputMode: "tel", type: "tel" },
    { name: "line1", word: "line1_US", required: true, autocomplete: "shipping address-line1" },
    { name: "line2", word: "line2_US", autocomplete: "shipping address-line2" },
    { name: "city", word: "city_US", required: true, autocomplete: "shipping address-level2" },
    { name: "region", word: "region_US", required: true, autocomplete: "shipping address-level1", pattern: "[A-Za-z]{2}" },
    { name: "postalCode", word: "postalCode_US", required: true, autocomplete: "shipping postal-code", inputMode: "numeric", pattern: "\\d{5}(-\\d{4})?" },
  ],
};

export class AddressPart implements Part {
  private readonly known = h("div", { class: "known" });
  private readonly form = h("form", { class: "fields", noValidate: false });
  private readonly inputs = new Map<string, HTMLInputElement>();
  private checkout: Checkout | null = null;
  private isEditing = false;
  // Opened by the page and not by the buyer, and nothing was typed: it may close by itself.
  private isUntouched = false;
  readonly element = h("section", { class: "panel address", aria: { labelledby: "address-title" } },
    h("h2", { id: "address-title" }, t("address")), this.known, this.form);

  constructor(private readonly host: Host) {
    this.form.addEventListener("submit", (event) => (event.preventDefault(), void this.host.run(() => this.save())));
    this.form.addEventListener("input", () => (this.isUntouched = false));
  }

  update(checkout: Checkout): void {
    const isFirst = !this.checkout?.claimed;
    this.checkout = checkout;
    this.element.hidden = !checkout.claimed || !(isOpen(checkout) || checkout.shippingAddress);
    const lacks = checkout.problems.some(({ __typename }) => __typename === "AddressIncomplete");
    if (this.isUntouched && !lacks) this.isEditing = this.isUntouched = false;
    if (isOpen(checkout) && checkout.claimed && !this.isEditing && (!checkout.shippingAddress || (isFirst && lacks))) {
      this.edit();
      this.isUntouched = true;
    }
    if (!isOpen(checkout)) this.isEditing = false;
    redraw(this.known, [checkout.shippingAddress, checkout.email, checkout.status], () => this.lines(checkout));
    show(this.known, !this.isEditing);
    show(this.form, this.isEditing);
  }

  /** Opens the form and goes to the first field that wants something. */
  open(): void {
    this.edit();
    this.isUntouched = false;
    show(this.known, false);
    show(this.form, true);
    const inputs = [...this.inputs.values()];
    (inputs.find((input) => input.required && !input.value) ?? inputs[0])?.focus();
  }

  private edit(): void {
    if (this.isEditing || !this.checkout) return;
    this.isEditing = true;
    this.draw(this.checkout);
  }

  private lines(checkout: Checkout): (Node | false)[] {
    const place = checkout.shippingAddress;
    if (!place) return [];
    const where = [place.line1, place.line2, place.city, place.region].filter((part, index) => part && (!index || !place.line1.includes(part))).join(", ");
    return [
      h("p", {}, h("strong", {}, place.recipient), place.phone && ` · ${place.phone}`),
      h("p", {}, place.country === "US" ? `${where} ${place.postalCode}` : `(${place.postalCode}) ${where}`),
      checkout.email !== null && h("p", { class: "muted" }, checkout.email),
      isOpen(checkout) && h("button", { id: "change-address", class: "link-button", type: "button", on: { click: () => this.open() } }, t("change")),
    ];
  }

  private draw(checkout: Checkout): void {
    this.inputs.clear();
    const isGuest = session()?.customer.isGuest ?? true;
    const asks = checkout.problems.some(({ missing }) => missing?.includes("email"));
    const fields = [...(FIELDS[country(checkout)] ?? []), ...(isGuest || asks || checkout.email ? [{ ...EMAIL, required: isGuest || asks }] : [])];
    const cancel = checkout.shippingAddress && h("button", { class: "button is-quiet", type: "button", on: { click: () => this.close() } }, t("cancel"));
    this.form.replaceChildren(...fields.map((field) => this.field(field, checkout)),
      h("div", { class: "actions" }, h("button", { class: "button is-primary", type: "submit" }, t("save")), cancel));
  }

  private close(): void {
    this.isEditing = false;
    if (this.checkout) this.update(this.checkout);
    document.getElementById("change-address")?.focus();
  }

  private field(field: Field, checkout: Checkout): HTMLElement {
    const id = `address-${field.name}`;
    const value = (field.name === "email" ? checkout.email : checkout.shippingAddress?.[field.name]) ?? "";
    const input = h("input", { id, name: field.name, type: field.type ?? "text", value, required: field.required ?? false, autocomplete: field.autocomplete as AutoFill });
    if (field.inputMode) input.inputMode = field.inputMode;
    if (field.pattern) input.pattern = field.pattern;
    const trouble = h("span", { class: "trouble", id: `${id}-trouble`, aria: { role: "alert" } });
    input.setAttribute("aria-describedby", trouble.id);
    input.addEventListener("input", () => mark(input, ""));
    this.inputs.set(field.name, input);
    return h("p", { class: `field field-${field.name}` },
      h("label", { htmlFor: id }, t(field.word), field.more && h("span", { class: "muted" }, ` · ${t(field.more)}`)), input, trouble);
  }

  private async save(): Promise<void> {
    const { checkout } = this;
    if (!checkout) return;
    const value = (name: string) => this.inputs.get(name)?.value.trim() || null;
    const shipping = Object.fromEntries((FIELDS[country(checkout)] ?? []).map(({ name }) => [name, value(name)]));
    const input = {
      checkoutId: this.host.id, email: value("email"), billing: checkout.billingAddress,
      shipping: { ...shipping, recipient: value("recipient") ?? "", country: country(checkout), ...(shipping.region ? { region: regionOf(checkout, shipping.region) } : {}) },
    };
    this.isEditing = false;
    try {
      await this.host.change(SET_ADDRESS, input);
    } catch (error) {
      this.isEditing = true;
      const at = error instanceof Refusal && this.inputs.get((error.field ?? "").split(".").at(-1) ?? "");
      if (!at) throw error;
      mark(at, (error as Refusal).message);
      at.focus();
    }
  }
}

function mark(input: HTMLInputElement, text: string): void {
  input.setAttribute("aria-invalid", String(text !== ""));
  const trouble = document.getElementById(`${input.id}-trouble`);
  if (trouble) trouble.textContent = text;
}

const country = (checkout: Checkout): string => (checkout.channel.id === "us" ? "US" : "KR");
const regionOf = (checkout: Checkout, region: string): string => (country(checkout) === "US" ? region.toUpperCase() : region);
