export interface Money {
  amount: number;
  formatted: string;
}
type Shown = Pick<Money, "formatted">;

export interface Line {
  id: string;
  variantId: string;
  quantity: number;
  available: number;
  unitPrice: Shown;
  discount: Money;
  total: Shown;
  variant: { id: string; name: string; product: { id: string; abv: number; warnings: { code: string; text: string }[] } } | null;
}

export interface Address {
  recipient: string;
  phone: string | null;
  line1: string;
  line2: string | null;
  city: string | null;
  region: string | null;
  postalCode: string;
  country: string;
}

export interface Way {
  id: string;
  name: string;
  carrier: string;
  price: Money;
  earliest: string;
  latest: string;
  adultSignature: boolean;
}

export type Kind =
  | "EmptyCheckout" | "InsufficientStock" | "VariantWithdrawn" | "AgeProofRequired" | "RegionRestricted" | "QuantityOverCap"
  | "AddressIncomplete" | "DeliveryMissing" | "PriceChanged" | "ReservationExpired" | "PromotionLapsed";

/** One of the schema's problems; which of the fields are there depends on its kind. */
export interface Problem {
  __typename: Kind;
  code: string;
  message: string;
  available?: number;
  line?: { id: string } | null;
  legalAge?: { years: number; rule: string };
  region?: string;
  maximum?: number;
  missing?: string[];
  before?: Shown;
  now?: Shown;
  name?: string;
}

export type PaymentStatus = "INTENT" | "REQUIRES_PAYMENT_METHOD" | "REQUIRES_ACTION" | "PROCESSING" | "SUCCEEDED" | "FAILED" | "CANCELED";

export interface Checkout {
  id: string;
  status: "OPEN" | "READY" | "PAYING" | "COMPLETED" | "CANCELED" | "EXPIRED";
  claimed: boolean;
  origin: "STOREFRONT" | "AGENT" | "CHAT" | "STAFF";
  email: string | null;
  channel: { id: string; currency: string; legalAge: { years: number } };
  lines: Line[];
  shippingAddress: Address | null;
  billingAddress: Address | null;
  deliveryOptions: Way[];
  delivery: { id: string } | null;
  promotions: { id: string; name: string; code: string | null; amount: Shown; reason: string }[];
  nearPromotions: { id: string; name: string; missing: string }[];
  giftCards: { id: string; lastFour: string; amount: Shown; remaining: Shown }[];
  totals: { subtotal: Shown; discount: Money; delivery: Money; tax: Money; total: Money; giftCards: Money; due: Money };
  reservation: { expiresAt: string; extendable: boolean } | null;
  payment: { status: PaymentStatus; redirectUrl: string | null; clientSecret: string | null; declineReason: string | null } | null;
  order: { id: string } | null;
  problems: Problem[];
}

interface Showing {
  id: string;
  product: { id: string; arExperience: { id: string } | null };
}

export interface Bought {
  id: string;
  number: string;
  status: string;
  email: string | null;
  placedAt: string;
  lines: {
    id: string;
    name: string;
    quantity: number;
    total: Shown;
    variant: (Showing & { parts: { variant: Showing }[] }) | null;
  }[];
  totals: { total: Shown; delivery: Shown; giftCards: Money };
  shippingAddress: Omit<Address, "phone" | "country"> | null;
  estimatedDelivery: { from: string; to: string } | null;
  unlockCodes: { id: string; code: string; status: string; qrSvgUrl: string; product: { id: string; name: string } }[];
}
