// What the last answers said, so that the next operation of the journey is filled in.
import { onSession, session } from "../lib/session";
import type { Remembered } from "./examples";
import { onAnswer } from "./transport";

export type Memory = Partial<Record<Remembered, string>>;

const KEY = "nerdx.explorer.memory";
const listeners = new Set<() => void>();
let memory: Memory = load();
let owner = session()?.customer.id;

function load(): Memory {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Memory;
  } catch {
    return {};
  }
}

export const remembered = (): Memory => memory;

export function onMemory(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

export function remember(news: Memory): void {
  const changed = Object.entries(news).some(([name, value]) => memory[name as Remembered] !== value);
  if (changed) replace({ ...memory, ...news });
}

function replace(value: Memory): void {
  memory = value;
  sessionStorage.setItem(KEY, JSON.stringify(value));
  listeners.forEach((tell) => tell());
}

interface Thing {
  id?: string;
  __typename?: string;
  version?: string;
  portrait?: { id: string };
  lines?: { id: string }[];
  lots?: { id: string }[];
  shipments?: { id: string }[];
  unlockCodes?: { code: string }[];
  refunds?: { id: string }[];
  giftCards?: { id: string }[];
  cardCode?: string;
  reply?: Thing;
  confirmation?: string;
  card?: Thing;
  totals?: { total?: { amount?: number } };
  checkout?: Thing;
  order?: Thing;
  token?: Thing;
  proposals?: Thing;
  orders?: { edges: { node: Thing }[] };
  edges?: { node: Thing }[];
}

function ofOrder(order: Thing | undefined): Memory {
  const line = order?.lines?.[0]?.id;
  const shipment = order?.shipments?.at(-1)?.id;
  const code = order?.unlockCodes?.[0]?.code;
  const refund = order?.refunds?.at(-1)?.id;
  return {
    ...(order?.id ? { orderId: order.id } : {}),
    ...(line ? { lineId: line } : {}),
    ...(shipment ? { shipmentId: shipment } : {}),
    ...(code ? { unlockCode: code } : {}),
    ...(refund ? { refundId: refund } : {}),
  };
}

function ofCheckout(checkout: Thing | undefined): Memory {
  const total = checkout?.totals?.total?.amount;
  const card = checkout?.giftCards?.at(-1)?.id;
  return {
    ...(checkout?.id ? { checkoutId: checkout.id } : {}),
    ...(total === undefined ? {} : { total: String(total) }),
    ...(card ? { giftCardId: card } : {}),
  };
}

function ofStock({ lots }: Thing): Memory {
  const lot = lots?.[0]?.id;
  return lot ? { lotId: lot } : {};
}

function ofProposals({ edges }: Thing): Memory {
  const proposal = edges?.[0]?.node.id;
  return proposal ? { proposalId: proposal } : {};
}

function ofCard(card: Thing | undefined): Memory {
  return { ...(card?.confirmation ? { confirmation: card.confirmation } : {}), ...ofCheckout(card?.checkout) };
}

const LESSONS: Record<string, (thing: Thing) => Memory> = {
  learnFact: ({ id }) => (id ? { factId: id } : {}),
  relate: ({ id }) => (id ? { factId: id } : {}),
  ingestDocument: ({ proposals }) => (proposals ? ofProposals(proposals) : {}),
  proposals: ofProposals,
  createPartnerToken: ({ token }) => (token?.id ? { tokenId: token.id } : {}),
  webhookDeliveries: ({ edges }) => (edges?.[0]?.node.id ? { deliveryId: edges[0].node.id } : {}),
  createPortraitUpload: ({ portrait }) => (portrait ? { portraitId: portrait.id } : {}),
  submitPortrait: ({ id }) => (id ? { portraitId: id } : {}),
  requestCameo: ({ id }) => (id ? { cameoId: id } : {}),
  retryCameo: ({ id }) => (id ? { cameoId: id } : {}),
  remixCameo: ({ id }) => (id ? { cameoId: id } : {}),
  shareCameo: ({ id }) => (id ? { shareId: id } : {}),
  me: ({ orders, checkout }) => ({ ...ofOrder(orders?.edges[0]?.node), ...ofCheckout(checkout) }),
  startChat: ({ id }) => (id ? { chatId: id } : {}),
  sendMessage: ({ reply }) => (reply?.id ? { replyId: reply.id } : {}),
  chatReply: ({ card }) => ofCard(card),
  renewOrderCard: ofCard,
  confirmOrderCard: ({ order }) => ofOrder(order),
  startCheckout: ofCheckout,
  updateCheckoutLines: ofCheckout,
  setCheckoutAddress: ofCheckout,
  setCheckoutDelivery: ofCheckout,
  claimCheckout: ofCheckout,
  extendReservation: ofCheckout,
  applyPromotion: ofCheckout,
  removePromotion: ofCheckout,
  addGiftCard: ofCheckout,
  removeGiftCard: ofCheckout,
  issueGiftCard: ({ cardCode }) => (cardCode ? { giftCode: cardCode } : {}),
  completeCheckout: ({ order }) => ofOrder(order),
  checkoutChanged: ({ order }) => ofOrder(order),
  orders: ({ edges }) => ofOrder(edges?.[0]?.node),
  order: ofOrder,
  orderByNumber: ofOrder,
  cancelOrder: ofOrder,
  requestReturn: ofOrder,
  fulfilOrder: ofOrder,
  addTrackingEvent: ofOrder,
  receiveReturn: ofOrder,
  refundOrder: ofOrder,
  stock: ofStock,
  receiveStock: ofStock,
  faceConsent: ({ version }) => (version ? { consentVersion: version } : {}),
};

onAnswer((data) => {
  for (const [field, thing] of Object.entries(data)) if (thing) remember(LESSONS[field]?.(thing as Thing) ?? {});
});
onSession(() => {
  const now = session();
  if (now?.customer.id === owner) return;
  owner = now?.customer.id;
  // A gift card is to be handed on: who is given one signs in to spend it.
  const { giftCode } = memory;
  replace({ ...(now?.customer.name ? { userName: now.customer.name } : {}), ...(giftCode ? { giftCode } : {}) });
});
