// What customers and staff do with an order.
import MyOrdersText from "../examples/50-MyOrders.graphql";
import OrderText from "../examples/51-Order.graphql";
import WatchOrderText from "../examples/52-WatchOrder.graphql";
import OrderByNumberText from "../examples/53-OrderByNumber.graphql";
import CancelOrderText from "../examples/54-CancelOrder.graphql";
import RequestReturnText from "../examples/55-RequestReturn.graphql";
import OrdersText from "../examples/56-Orders.graphql";
import FulfilOrderText from "../examples/57-FulfilOrder.graphql";
import AddTrackingEventText from "../examples/58-AddTrackingEvent.graphql";
import ReceiveReturnText from "../examples/59-ReceiveReturn.graphql";
import RefundOrderText from "../examples/60-RefundOrder.graphql";
import RetryRefundText from "../examples/61-RetryRefund.graphql";
import { newKey } from "../lib/graphql";
import type { Example, Path } from "./examples";

const id: Path = ["id"];
const orderId: Path = ["input", "orderId"];
const lineId: Path = ["input", "lines", "0", "lineId"];
const one = () => [{ lineId: "", quantity: 1 }];

export const orderExamples: Example[] = [
  { name: "MyOrders", query: MyOrdersText, title: { ko: "내 주문", en: "My orders" }, variables: { first: 10 } },
  { name: "Order", query: OrderText, title: { ko: "주문 한 건", en: "One order" }, variables: { id: "" }, fills: { orderId: id } },
  { name: "WatchOrder", query: WatchOrderText, title: { ko: "주문 실시간", en: "Watch an order" }, variables: { id: "" }, fills: { orderId: id } },
  {
    name: "OrderByNumber", query: OrderByNumberText, title: { ko: "비회원 주문 조회", en: "Order by number" },
    variables: { number: "", email: "" },
  },
  {
    name: "CancelOrder", query: CancelOrderText, title: { ko: "주문 취소", en: "Cancel an order" },
    variables: { input: { orderId: "", reason: "마음이 바뀌었어요", idempotencyKey: newKey() } }, fills: { orderId },
  },
  {
    name: "RequestReturn", query: RequestReturnText, title: { ko: "반품 신청", en: "Ask to return" },
    variables: { input: { orderId: "", lines: one(), reason: "마개가 깨졌어요", idempotencyKey: newKey() } }, fills: { orderId, lineId },
  },
  { name: "Orders", query: OrdersText, title: { ko: "직원: 주문 목록", en: "Staff: orders" }, variables: { first: 10, filter: { status: ["PAID"] } } },
  {
    name: "FulfilOrder", query: FulfilOrderText, title: { ko: "직원: 발송", en: "Staff: send" },
    variables: { input: { orderId: "", lines: one(), carrier: "cj", trackingNumber: `AUTO-${newKey().slice(0, 8).toUpperCase()}`, idempotencyKey: newKey() } },
    fills: { orderId, lineId },
  },
  {
    name: "AddTrackingEvent", query: AddTrackingEventText, title: { ko: "직원: 배송 상황", en: "Staff: tracking" },
    variables: { input: { shipmentId: "", status: "DELIVERED", place: "서울", at: new Date().toISOString(), idempotencyKey: newKey() } },
    fills: { shipmentId: ["input", "shipmentId"] },
  },
  {
    name: "ReceiveReturn", query: ReceiveReturnText, title: { ko: "직원: 반품 받기", en: "Staff: take back" },
    variables: { input: { orderId: "", lines: one(), restock: true, reason: "unopened", idempotencyKey: newKey() } },
    fills: { orderId, lineId },
  },
  {
    name: "RefundOrder", query: RefundOrderText, title: { ko: "직원: 환불", en: "Staff: refund" },
    variables: { input: { orderId: "", lines: one(), reason: "sorry", idempotencyKey: newKey() } }, fills: { orderId, lineId },
  },
  {
    name: "RetryRefund", query: RetryRefundText, title: { ko: "직원: 환불 다시", en: "Staff: refund again" },
    variables: { input: { refundId: "", idempotencyKey: newKey() } }, fills: { refundId: ["input", "refundId"] },
  },
];
