import { type Locale, locale } from "../lib/locale";

const KO = {
  title: "이야기", connecting: "자리를 마련하는 중", live: "실시간", waiting: "다시 연결하는 중", language: "언어", signOut: "로그아웃", guest: "손님",
  trouble: "문제가 생겼어요", again: "다시 해 보기", unreachable: "연결이 되지 않아요. 잠시 뒤에 다시 해 주세요.",
  missing: "대화를 찾을 수 없어요", missingMore: "지웠거나, 다른 분의 대화예요.", toStart: "처음으로",

  door: "술상 앞에 앉아 보세요", doorMore: "매주는 술에 깃든 이야기를 들려주고, 준은 마음에 든 술을 집까지 보내 드려요. 들려주는 모든 이야기에는 출처가 있어요.",
  signIn: "로그인", signInMore: "대화는 나만 볼 수 있게 간직돼요.",
  join: "처음이신가요? 계정 만들기", name: "이름", email: "이메일", password: "비밀번호", passwordMore: "10자 이상", birthDate: "생년월일", birthMore: "성인만 이야기할 수 있어요", make: "계정 만들기",
  asGuest: "계정 없이 둘러보기", birthTitle: "몇 년에 태어나셨나요?", birthWhy: "술 이야기는 어른끼리만 나눠요. 생년월일은 나이를 확인하는 데에만 쓰여요.", tell: "알려 주기",
  minor: "아직은 함께할 수 없어요", minorMore: "술 이야기는 성인이 된 뒤에 나눠요. 그때 다시 만나요.",

  lobby: "누구와 이야기할까요?", lobbyMore: "여기서 말하는 이는 모두 AI예요. 아는 것만 말하도록 만들었고, 틀릴 때도 있으니 출처를 함께 보여 드려요.", ai: "AI", role_Storyteller: "이야기꾼", role_Concierge: "컨시어지", role_Brewmaster: "양조 장인",
  begin: "{name}와(과) 이야기하기", askFirst: "이렇게 물어보세요", ask_why: "너드12는 왜 12도인가요?", ask_rain: "비 오는 날 어울리는 술을 추천해 주세요.", ask_nuruk: "누룩은 어떻게 숨을 쉬나요?",
  chats: "나의 대화", newChat: "새 대화", noChats: "아직 나눈 이야기가 없어요.", more: "더 보기", untitled: "새 대화", withWhom: "{name}와(과)",
  menu: "대화 관리", rename: "이름 바꾸기", save: "내려받기", remove: "지우기", renameAsk: "대화 이름", keep: "그대로 두기", ok: "바꾸기",
  removeAsk: "이 대화를 지울까요?", removeSure: "나눈 말이 모두 사라지고 되돌릴 수 없어요. 이미 한 주문은 남아요.", removed: "대화를 지웠어요. 삭제 증명 번호: {id}",
  used: "이 대화에 쓴 비용", usage: "이 대화에 쓴 비용 {cost} / {limit}",

  talk: "대화", you: "나", say: "하고 싶은 말", placeholder: "{name}에게 말하기…", send: "보내기", stop: "그만 듣기", keys: "Enter로 보내고, Shift+Enter로 줄을 바꿔요.",
  thinking: "{name}이(가) 생각하고 있어요", sending: "보내는 중", unsent: "연결이 끊겼어요. 이어지는 대로 다시 보낼게요.", lost: "아직 보내지 못했어요.", sendAgain: "다시 보내기", discard: "지우기",
  busy: "앞의 말에 아직 답하고 있어요. 끝나면 보내 주세요.", spent: "이 대화에서 쓸 수 있는 비용을 다 썼어요. 새 대화에서 이어 주세요.",
  STOPPED: "여기까지 들었어요.", FAILED: "대답을 마치지 못했어요.", askAgain: "다시 묻기", BLOCKED: "조심스럽게 답했어요",
  failed_PROVIDER_UNAVAILABLE: "지금은 대답할 수 없어요. 잠시 뒤에 다시 물어봐 주세요.", failed_TOO_SLOW: "생각이 너무 길어져서 멈췄어요.", failed_WORKER_CRASHED: "대답하다가 문제가 생겼어요.", failed_CHAT_BUDGET_SPENT: "이 대화에서 쓸 수 있는 비용을 다 썼어요.",
  blocked_minor: "미성년자와 술", blocked_driving: "운전과 술", blocked_pregnancy: "임신과 술", blocked_medical: "건강과 술", blocked_excess: "지나친 음주", blocked_competitor: "다른 브랜드", blocked_secrets: "내부 정보",
  sources: "출처", source: "출처 {n}: {name}", Lore: "이야기", Product: "술", Ingredient: "재료",
  FACT: "기록된 사실", GENERAL: "알려진 상식", BRAND_STORY: "브랜드 이야기", LEGEND: "전해 오는 말", FICTION: "지어낸 이야기",
  handed: "{from}에서 {to}(으)로", abv: "알코올 {n}%", drinkMore: "어떤 술인가요", wantIt: "담아 주세요", wantWords: "{name} 한 병 살게요", picture: "{name} 그림", from: "{price}부터", hears: "{name}: {text}",
  newMessages: "아래에 새 말이 있어요",

  order: "주문 카드", orderMore: "말만으로는 결제되지 않아요. 아래를 확인하고 눌러야 주문돼요.", expires: "{time}까지 확인할 수 있어요", expired: "확인할 시간이 지났어요. 값과 재고를 다시 보고 새 카드를 드릴게요.",
  renew: "새 주문 카드 받기", renewed: "새 주문 카드를 받았어요. 합계 {total}", confirm: "확인하고 {total} 결제하기", oldCard: "앞선 주문 카드예요. 아래의 새 카드로 이어졌어요.", closedCard: "이 주문 카드는 끝났어요. 나간 돈은 없어요.",
  atPage: "주문서에서 고치기", loading: "주문 내용을 불러오는 중", cardReady: "주문 카드가 준비됐어요",
  paid: "주문이 결제됐어요", paidNumber: "주문번호 {number}", seeOrder: "주문 보기", codes: "병이 여는 세계", codesMore: "병마다 코드가 하나씩 있어요.", codesSoon: "병에 담을 코드를 만들고 있어요.",
};

const EN: typeof KO = {
  title: "Talk", connecting: "Setting the table", live: "Live", waiting: "Reconnecting", language: "Language", signOut: "Sign out", guest: "Guest",
  trouble: "Something went wrong", again: "Try again", unreachable: "There is no connection. Please try again in a moment.",
  missing: "No such chat", missingMore: "It was deleted, or is somebody else's.", toStart: "Back to the start",

  door: "Take a seat at the table", doorMore: "Maeju tells the stories in the bottle; Joon brings the one you like to your door. Everything they tell has a source.",
  signIn: "Sign in", signInMore: "Your chats are kept, and only you can see them.",
  join: "New here? Make an account", name: "Name", email: "Email", password: "Password", passwordMore: "10 characters or more", birthDate: "Date of birth", birthMore: "for adults only", make: "Make my account",
  asGuest: "Look around without an account", birthTitle: "When were you born?", birthWhy: "We talk about drinks among adults. Your date of birth is used to tell your age, and for nothing else.", tell: "Tell",
  minor: "Not yet", minorMore: "We talk about drinks with adults only. See you when you are of age.",

  lobby: "Who would you like to talk with?", lobbyMore: "All of them are AIs. They are made to say only what they know; as they can be wrong, they show where they have it from.", ai: "AI", role_Storyteller: "Storyteller", role_Concierge: "Concierge", role_Brewmaster: "Brewmaster",
  begin: "Talk with {name}", askFirst: "You could ask", ask_why: "Why does NERD12 have twelve percent?", ask_rain: "Recommend a drink for a rainy day.", ask_nuruk: "How does nuruk breathe?",
  chats: "My chats", newChat: "New chat", noChats: "No chats yet.", more: "Show more", untitled: "New chat", withWhom: "with {name}",
  menu: "Manage this chat", rename: "Rename", save: "Download", remove: "Delete", renameAsk: "Name of the chat", keep: "Keep it", ok: "Rename",
  removeAsk: "Delete this chat?", removeSure: "Everything said in it is gone for good. Orders that were placed stay.", removed: "The chat is deleted. Receipt: {id}",
  used: "This chat cost", usage: "This chat cost {cost} of {limit}",

  talk: "Conversation", you: "You", say: "What to say", placeholder: "Say something to {name}…", send: "Send", stop: "Stop", keys: "Enter sends, Shift+Enter starts a new line.",
  thinking: "{name} is thinking", sending: "Sending", unsent: "The connection is gone. It is sent again as soon as there is one.", lost: "Not sent yet.", sendAgain: "Send again", discard: "Discard",
  busy: "Your last message is still being answered. Send this once that is done.", spent: "This chat has cost as much as a chat may. Go on in a new one.",
  STOPPED: "You stopped here.", FAILED: "This answer could not be finished.", askAgain: "Ask again", BLOCKED: "Answered with care",
  failed_PROVIDER_UNAVAILABLE: "No answer can be given now. Please ask again in a moment.", failed_TOO_SLOW: "That took too long to think about.", failed_WORKER_CRASHED: "Something broke while answering.", failed_CHAT_BUDGET_SPENT: "This chat has cost as much as a chat may.",
  blocked_minor: "minors and drinks", blocked_driving: "driving and drinks", blocked_pregnancy: "pregnancy and drinks", blocked_medical: "health and drinks", blocked_excess: "drinking too much", blocked_competitor: "other brands", blocked_secrets: "internals",
  sources: "Sources", source: "Source {n}: {name}", Lore: "Story", Product: "Drink", Ingredient: "Ingredient",
  FACT: "Documented", GENERAL: "Common knowledge", BRAND_STORY: "Brand story", LEGEND: "Handed down", FICTION: "Made up",
  handed: "From {from} to {to}", abv: "{n}% alcohol", drinkMore: "About this drink", wantIt: "I'd like this", wantWords: "I would like to buy one bottle of {name}", picture: "Drawing of {name}", from: "from {price}", hears: "{name}: {text}",
  newMessages: "There is more below",

  order: "Order card", orderMore: "Talking charges nothing. It is ordered when you have looked at this and press the button.", expires: "Can be confirmed until {time}", expired: "The time to confirm is over. Get a new card with today's prices and stock.",
  renew: "Get a new order card", renewed: "Here is a new order card. Total {total}", confirm: "Confirm and pay {total}", oldCard: "An earlier order card; the newer one below took its place.", closedCard: "This order card is closed. Nothing was taken.",
  atPage: "Change it on the order page", loading: "Fetching the order", cardReady: "Your order card is ready",
  paid: "Your order is paid", paidNumber: "Order number {number}", seeOrder: "See the order", codes: "The world in the bottle", codesMore: "There is a code for every bottle.", codesSoon: "Making the codes of your bottles.",
};

const ALL: Record<Locale, typeof KO> = { ko: KO, en: EN };

export type Word = keyof typeof KO;

export function t(key: Word, values: Record<string, string | number> = {}): string {
  return particles(ALL[locale()][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? "")));
}

/** What a character does, in the language of the page where it is known. */
export function roleOf({ role }: { role: string }): string {
  const word = known(`role_${role}`);
  return word ? t(word) : role;
}

/** A word by a key that comes from the server, if there is one. */
export const known = (key: string): Word | null => (key in KO ? (key as Word) : null);

const PAIRS: Record<string, [after: string, bare: string]> = { "와(과)": ["과", "와"], "이(가)": ["이", "가"], "(으)로": ["으로", "로"] };

// Which of the two it is depends on whether a consonant stands before it; ㄹ is a vowel before 로.
function particles(text: string): string {
  return text.replace(/([가-힣])(와\(과\)|이\(가\)|\(으\)로)/g, (_, letter: string, pair: string) => {
    const final = (letter.charCodeAt(0) - 0xac00) % 28;
    const [after, bare] = PAIRS[pair] ?? ["", ""];
    return letter + (final && !(pair === "(으)로" && final === 8) ? after : bare);
  });
}
