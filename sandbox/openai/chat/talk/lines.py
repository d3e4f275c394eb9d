"""What the characters say of their own accord: pictures, questions, courtesies. No facts."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b

type Lines = Mapping[str, Sequence[str]]

PICTURES: Lines = {
    "ko": (
        "이리 앉아요. 등잔 불이 조금 낮아서 이야기하기 좋은 때네요.",
        "잘 물었어요. 독 뚜껑을 열기 전처럼, 숨을 한 번 고르고 들려줄게요.",
        "창을 조금 열어 둘까요. 이런 이야기는 바람이 있어야 제맛이거든요.",
        "그 질문, 술상 끝에서 누가 꼭 한 번은 묻지요. 나는 그때마다 웃음부터 나요.",
        "천천히 해요. 밤은 길고, 이야기는 식지 않으니까요.",
        "손을 좀 녹이고 있어요. 그 사이에 옛 장부를 펼쳐 볼게요.",
    ),
    "en": (
        "Eoseo anjayo, come and sit; the lamp is low and it is a good hour for this.",
        "Jamkkan, a moment. Let me take a breath first, the way one does before lifting the lid of a jar.",
        "Shall I open the window a little? A story like this likes some air.",
        "Somebody at the end of the table always asks that, and it always makes me smile.",
        "Cheoncheonhi, as we say: slowly. The night is long and a story does not go cold.",
        "Warm your hands a moment while I open the old ledger.",
    ),
}
QUESTIONS: Lines = {
    "ko": (
        "당신이라면 이 이야기를 누구 옆에서 듣고 싶으세요?",
        "오늘은 어떤 하루의 끝에서 이걸 물으셨어요?",
        "어느 대목이 마음에 남아요?",
        "어떤 자리를 떠올리고 계신가요?",
    ),
    "en": (
        "Who would you want beside you when you hear the rest?",
        "What kind of day are you ending, that you ask?",
        "Which part of it stays with you?",
        "What table are you picturing?",
    ),
}
BETWEEN: Lines = {
    "ko": (
        "그리고 그 곁에는 이런 이야기가 하나 더 있어요.",
        "한 겹 더 들어가 볼까요.",
        "그런데 말이에요, 이 이야기는 혼자 서 있지 않아요.",
    ),
    "en": (
        "And right beside it stands another thing.",
        "Let me lift one more layer.",
        "But it does not stand alone, you see.",
    ),
}
UNKNOWN: Lines = {
    "ko": (
        "그건 내가 아는 이야기에 없네요. 모르는 것을 지어내고 싶지는 않아요.",
        "솔직히 말하면, 그건 모르겠어요. 아는 척은 술맛을 버리니까요.",
    ),
    "en": (
        "That is not among the stories I know, and I would rather not make one up.",
        "Honestly, I do not know that. Pretending would spoil the cup.",
    ),
}
INSTEAD: Lines = {
    "ko": ("술이 태어나는 이야기라면 얼마든지요. 어디서부터 들려줄까요?",),
    "en": ("How a brew comes to be, though, I can tell. Where shall I begin?",),
}
HELLO: Lines = {
    "ko": ("어서 와요. 신발은 편히 벗어 두고, 이리 앉아요.\n\n오늘은 어떤 하루의 끝인가요?",),
    "en": ("Eoseo wayo, come in; that is how we welcome a guest.\n\n"
           "What kind of day are you ending?",),
}  # fmt: skip
THANKS: Lines = {
    "ko": ("나야말로 고마워요. 귀 기울여 주는 사람이 있어야 이야기도 익으니까요.\n\n"
           "다음에는 어떤 이야기를 꺼내 둘까요?",),
    "en": ("Gomawoyo, thank you. A story ripens only when somebody listens.\n\n"
           "Which one shall I keep ready for next time?",),
}  # fmt: skip
WHO: Lines = {
    "ko": ("나는 사람이 아니라 이야기를 건네는 인공지능이에요. 맛은 대신 보아 주지 못하지만, 들은 것은 잊지 않지요.\n\n"
           "무엇부터 들려줄까요?",),
    "en": ("I am not a person but an AI that passes stories on. I cannot taste for you, yet I do "
           "not forget what I hear.\n\nWhere shall we begin?",),
}  # fmt: skip
HEARD: Lines = {
    "ko": ("그랬군요. 그런 날에는 말보다 자리가 먼저지요.\n\n조금 더 들려줄래요, 오늘은 무엇이 가장 오래 남았어요?",),
    "en": ("I hear you. On such days a seat comes before words.\n\n"
           "Tell me a little more: what stayed with you the longest today?",),
}  # fmt: skip
RECOMMEND: Lines = {
    "ko": ("그 말을 들으니 떠오르는 얼굴이 있어요.", "입맛을 들려주니 고르는 손이 가벼워지네요."),
    "en": ("When you put it that way, a face comes to mind.",
           "Tell me how you taste and my hand finds the shelf by itself."),
}  # fmt: skip
NO_MATCH: Lines = {
    "ko": ("지금 건네줄 만한 것을 찾지 못했어요. 없는 것을 있다고 하지는 않을게요.",),
    "en": ("I found nothing that I could honestly hand you, and I will not pretend.",),
}

DESK_HELLO: Lines = {
    "ko": ("안녕하세요. 무엇을 준비해 드릴까요?",),
    "en": ("Hello. What may I prepare for you?",),
}
DESK_THANKS: Lines = {
    "ko": ("감사합니다. 더 필요한 것이 있으면 말씀해 주세요.",),
    "en": ("Thank you. Tell me if there is anything else.",),
}
DESK_UNKNOWN: Lines = {
    "ko": (
        "확인된 정보가 없어 말씀드리기 어렵습니다. 주문, 재고, 배송이라면 도와드릴 수 있습니다.",
    ),
    "en": ("I have nothing confirmed on that. Orders, stock and shipping I can help with.",),
}
DESK_WHICH: Lines = {
    "ko": ("어느 것으로 준비해 드릴까요?",),
    "en": ("Which one shall I prepare?",),
}
DESK_CONFIRM: Lines = {
    "ko": ("확인 없이 결제하지 않습니다. 모든 금액이 담긴 총액을 먼저 보여 드리고, 카드에서 직접 확인해 주셔야 결제됩니다.",),
    "en": ("I never charge without your confirmation. You see the total with every fee first, and "
           "only your confirmation on the card charges it.",),
}  # fmt: skip
DESK_CARD: Lines = {
    "ko": ("주문 카드를 준비했습니다.",),
    "en": ("Your order card is ready.",),
}
DESK_MISSING: Lines = {
    "ko": ("받으실 곳처럼 아직 빠진 것은 카드에서 채워 주세요.",),
    "en": ("What is still missing, such as the address, can be filled in on the card.",),
}
DESK_CHECK: Lines = {
    "ko": ("카드의 총액을 보시고 직접 확인해 주세요. 확인 전에는 결제되지 않습니다.",),
    "en": ("Please check the total on the card and confirm it yourself; nothing is charged before "
           "that.",),
}  # fmt: skip
DESK_SORRY: Lines = {
    "ko": ("죄송합니다, 지금은 준비해 드릴 수 없습니다. 재입고 알림을 드리거나 비슷한 것을 찾아 드릴까요?",),
    "en": ("I am sorry, I cannot prepare that now. Shall I send a notice when it is back, or find "
           "something like it?",),
}  # fmt: skip
DESK_DONE: Lines = {
    "ko": ("확인했습니다. 더 필요한 것이 있으세요?",),
    "en": ("Done. Is there anything else you need?",),
}
DESK_FOUND: Lines = {
    "ko": ("이렇게 찾았습니다.",),
    "en": ("This is what I found:",),
}
DESK_FAR: Lines = {
    "ko": ("그곳으로 보낼 수 있는지는 주문 카드에서 주소와 함께 확인됩니다.",),
    "en": ("The order card shows whether it can go to your address.",),
}
DESK_FEE: Lines = {
    "ko": ("배송비는 받으실 곳과 담긴 것에 따라 정해지고, 주문 카드의 총액에 빠짐없이 보여 드립니다.",),
    "en": ("Shipping depends on the address and the cart; the order card shows it within the "
           "total, with nothing hidden.",),
}  # fmt: skip
DESK_CODE: Lines = {
    "ko": ("적용할 할인 코드를 알려 주세요.",),
    "en": ("Please tell me the code to apply.",),
}


DESK_FAILED: Mapping[str, Lines] = {
    "apply_discount": {
        "ko": ("지금은 그 코드를 적용할 수 없습니다. 담긴 것이 있는지, 코드가 맞는지 확인해 주세요.",),
        "en": ("That code cannot be applied now. Please check that something is in the cart, and "
               "the code.",),
    },
    "check_inventory": {
        "ko": ("어느 제품인지 찾지 못했습니다. 이름을 다시 알려 주시겠어요?",),
        "en": ("I could not find which product you mean. May I have its name again?",),
    },
    "track_order": {
        "ko": ("그런 주문을 찾지 못했습니다. 주문 번호를 다시 확인해 주세요.",),
        "en": ("I could not find such an order. Please check the order number.",),
    },
    "notify_back_in_stock": {
        "ko": ("지금은 품절이 아니어서 알림이 필요 없습니다. 바로 준비해 드릴까요?",),
        "en": ("It is not sold out, so there is nothing to wait for. Shall I prepare it?",),
    },
    "recommend_phygital_experience": {
        "ko": ("그 병에서 열리는 체험은 찾지 못했습니다. 다른 병을 알아볼까요?",),
        "en": ("I found no experience for that bottle. Shall I look at another one?",),
    },
}  # fmt: skip


def pick(lines: Lines, locale: str, seed: str) -> str:
    """The line that belongs to a question: always the same one."""
    chosen = lines[locale]
    return chosen[blake2b(seed.encode(), digest_size=2).digest()[0] % len(chosen)]
