import { locale } from "../lib/locale";

const KO = {
  talk: "매주와 준과 이야기하기", you: "지금", nobody: "로그인 안 함", signInAs: "다음 사람으로", guest: "게스트", signOut: "로그아웃", language: "언어", channel: "채널",
  minor: "미성년", partner: "파트너", title: "카메오 만들기", intro: "사진 한 장이면 됩니다. 모든 단계는 이 창의 GraphQL로 이루어져요.",
  stepPhoto: "사진", stepAsk: "부탁하기", stepWatch: "지켜보기", examples: "여정을 따라가는 예제", choose: "사진 고르기", another: "다른 사진 고르기",
  consent: "위 내용에 동의합니다", keep: "{n}일 동안 보관", send: "사진 보내기", needSignIn: "먼저 위에서 로그인해 주세요.",
  upload: "저장소로 바로 올리는 중…", submit: "동의와 함께 제출하는 중…", check: "얼굴을 확인하는 중…", ready: "쓸 수 있어요", failed: "쓸 수 없어요",
  template: "영상 틀", product: "함께할 술", anyProduct: "맡기기", name: "영상에 나올 이름", ask: "부탁하기 ▸", askHint: "RequestCameo 탭을 채워서 실행합니다.",
  waitPhoto: "사진이 준비되면 부탁할 수 있어요.", watchPage: "보는 페이지 열기", watchTab: "WatchCameo 탭에서 보기", none: "아직 부탁한 영상이 없어요.",
  reset: "예제 되돌리기",
};
const EN: typeof KO = {
  talk: "Talk with Maeju and Joon", you: "You are", nobody: "not signed in", signInAs: "Sign in as", guest: "Guest", signOut: "Sign out", language: "Language", channel: "Channel",
  minor: "minor", partner: "partner", title: "Make a cameo", intro: "One photo is enough. Every step is GraphQL that you can run in this window.",
  stepPhoto: "Portrait", stepAsk: "Request", stepWatch: "Watch", examples: "The journey, as examples", choose: "Choose a photo", another: "Choose another photo",
  consent: "I agree to this", keep: "kept for {n} days", send: "Send the photo", needSignIn: "Sign in above first.",
  upload: "Sending straight to storage…", submit: "Submitting with your consent…", check: "Looking for one face…", ready: "Ready to use", failed: "Cannot be used",
  template: "Film", product: "Drink", anyProduct: "Surprise me", name: "Name on the film", ask: "Request it ▸", askHint: "Fills the RequestCameo tab and runs it.",
  waitPhoto: "Available when the portrait is ready.", watchPage: "Open the watch page", watchTab: "Watch in the WatchCameo tab", none: "Nothing requested yet.",
  reset: "Reset the examples",
};

export function t(key: keyof typeof KO, values: Record<string, string | number> = {}): string {
  const text = (locale() === "ko" ? KO : EN)[key];
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}
