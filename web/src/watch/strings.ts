import { type Locale, locale } from "../lib/locale";

const KO = {
  title: "나의 카메오", connecting: "연결하는 중", live: "실시간", waiting: "다시 연결하는 중",
  stage_PREPARE: "준비", stage_SUBMIT: "의뢰", stage_RENDER: "촬영", stage_FETCH: "회수", stage_FINISH: "마무리", stage_PUBLISH: "공개",
  doing_PREPARE: "장면을 짜고 있어요", doing_SUBMIT: "촬영을 맡기고 있어요", doing_RENDER: "카메라가 돌고 있어요",
  doing_FETCH: "필름을 받아 오고 있어요", doing_FINISH: "장면을 잇고 소리를 고르고 있어요", doing_PUBLISH: "상영을 준비하고 있어요",
  QUEUED: "차례를 기다리고 있어요", COMPLETED: "완성됐어요", FAILED: "이번에는 빚어내지 못했어요", CANCELED: "취소했어요",
  shots: "장면", shot_WAITING: "대기", shot_SUBMITTED: "의뢰함", shot_RENDERING: "촬영 중", shot_READY: "완료", shot_FAILED: "다시 필요",
  shot: "장면 {n}", seconds: "{n}초", attempt: "{n}번째 시도", ahead: "앞에 {n}편", next: "다음 차례",
  eta: "약 {likely} 남음 · 늦어도 {latest}", left: "약 {likely} 남음", soon: "곧 끝나요", minutes: "{n}분", moments: "1분 안",
  forName: "{name} 님의 카메오",
  cancel: "그만두기", retry: "다시 만들기", remove: "영상 지우기", share: "공유하기", copy: "복사", copied: "복사했어요",
  revoke: "공유 거두기", keep: "그대로 두기", open: "공유 페이지 열기", shareUntil: "{date}까지 볼 수 있어요 · {n}번 봤어요",
  revoked: "공유를 거뒀어요. 이 링크로는 더 볼 수 없어요.", deleteAsk: "영상을 지울까요?", deleteSure: "되돌릴 수 없어요. 공유한 링크도 함께 닫힙니다.",
  deleted: "영상을 지웠어요", deletedMore: "저장소와 공유 링크에서 모두 사라졌습니다. 삭제 증명 번호: {id}",
  play: "재생", preview: "만드는 중의 미리보기 장면", video: "{name} 님의 카메오 영상", download: "내려받기", progress: "진행률",
  signIn: "로그인이 필요해요", signInMore: "카메오는 주문한 분만 볼 수 있어요.", email: "이메일", password: "비밀번호", enter: "로그인",
  sandbox: "샌드박스 손님으로 들어가기", missing: "카메오를 찾을 수 없어요", missingMore: "주소가 틀렸거나, 다른 분의 카메오예요.",
  signOut: "로그아웃", trouble: "문제가 생겼어요", again: "다시 해 보기",
  aiNotice: "AI가 만든 영상입니다. 나오는 장면은 실제로 있었던 일이 아닙니다.", guest: "손님", drink: "지나친 음주는 건강에 해롭습니다. 19세 이상만 즐겨 주세요.",
  canceledMore: "쓴 것은 없어요. 언제든 다시 부탁하세요.", announce: "{what}, {n}퍼센트", language: "언어",
};

const EN: typeof KO = {
  title: "Your cameo", connecting: "Connecting", live: "Live", waiting: "Reconnecting",
  stage_PREPARE: "Prepare", stage_SUBMIT: "Book", stage_RENDER: "Film", stage_FETCH: "Collect", stage_FINISH: "Finish", stage_PUBLISH: "Premiere",
  doing_PREPARE: "Setting the scene", doing_SUBMIT: "Booking the crew", doing_RENDER: "Cameras are rolling",
  doing_FETCH: "Collecting the film", doing_FINISH: "Joining shots, levelling sound", doing_PUBLISH: "Getting ready for the premiere",
  QUEUED: "Waiting in line", COMPLETED: "It is ready", FAILED: "This batch did not come out", CANCELED: "Canceled",
  shots: "Shots", shot_WAITING: "Waiting", shot_SUBMITTED: "Booked", shot_RENDERING: "Filming", shot_READY: "Ready", shot_FAILED: "Needs another take",
  shot: "Shot {n}", seconds: "{n} s", attempt: "take {n}", ahead: "{n} ahead of you", next: "You are next",
  eta: "About {likely} left · {latest} at the most", left: "About {likely} left", soon: "Nearly there", minutes: "{n} min", moments: "a minute",
  forName: "A cameo for {name}",
  cancel: "Stop", retry: "Make it again", remove: "Delete", share: "Share", copy: "Copy", copied: "Copied",
  revoke: "Withdraw the link", keep: "Keep it", open: "Open the shared page", shareUntil: "Open until {date} · seen {n} times",
  revoked: "The link is withdrawn. Nobody can watch with it any more.", deleteAsk: "Delete this film?", deleteSure: "This cannot be undone. A shared link closes with it.",
  deleted: "The film is gone", deletedMore: "It has left our stores and every shared link. Receipt: {id}",
  play: "Play", preview: "A preview frame from the making", video: "The cameo film of {name}", download: "Download", progress: "Progress",
  signIn: "Please sign in", signInMore: "A cameo is shown only to the person who asked for it.", email: "Email", password: "Password", enter: "Sign in",
  sandbox: "Step in as a sandbox guest", missing: "No such cameo", missingMore: "The address is wrong, or it belongs to someone else.",
  signOut: "Sign out", trouble: "Something went wrong", again: "Try again",
  aiNotice: "Made by AI. Nothing you see here took place.", guest: "Guest", drink: "Excessive drinking is harmful. Only for people of legal drinking age.",
  canceledMore: "Nothing was used up. Ask again whenever you like.", announce: "{what}, {n} percent", language: "Language",
};

const ALL: Record<Locale, typeof KO> = { ko: KO, en: EN };

export function t(key: keyof typeof KO, values: Record<string, string | number> = {}): string {
  return ALL[locale()][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}
