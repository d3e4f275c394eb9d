import { type Locale, locale } from "../lib/locale";

const KO = {
  title: "병 속의 세계", signIn: "로그인하고 열어 주세요", signInMore: "병에 담긴 코드는 성인 손님의 계정으로 열립니다.",
  type: "코드를 적어 주세요", typeMore: "병에 딸린 카드의 QR을 찍거나, 적힌 스무 글자를 옮겨 적으세요.", code: "코드", open: "열기",
  opening: "여는 중", trouble: "열지 못했어요", left: "앞으로 {n}번 더 시도할 수 있어요.", devices: "이 코드로 {n}대를 더 열 수 있어요",
  until: "{date}까지 볼 수 있어요", SCAN: "비추기", TAP: "두드리기", HOLD: "누르고 있기", LISTEN: "귀 기울이기", REVEAL: "뒤집기",
  quickLook: "내 공간에 놓기", sceneViewer: "내 공간에 놓기", glb: "3D 파일 (GLB)", usdz: "3D 파일 (USDZ)",
  desktop: "휴대폰에서 이 페이지를 열면 내 공간에 놓아 볼 수 있어요.", minutes: "{n}분", found: "이야기를 찾았어요", serve: "{vessel} · {min}–{max} °C · {shake}",
  inApp: "앱에서 라벨을 비추면 볼 수 있어요.", signOut: "로그아웃", guest: "손님", language: "언어",
};

const EN: typeof KO = {
  title: "The world in the bottle", signIn: "Sign in to open it", signInMore: "A code opens with the account of somebody of legal age.",
  type: "What does your code say?", typeMore: "Scan the QR on the card that came with the bottle, or copy its twenty letters.", code: "Code", open: "Open",
  opening: "Opening", trouble: "It did not open", left: "You may try {n} more times.", devices: "The code lets in {n} more devices",
  until: "Open until {date}", SCAN: "Scan", TAP: "Tap", HOLD: "Hold", LISTEN: "Listen", REVEAL: "Reveal",
  quickLook: "Place it in your room", sceneViewer: "Place it in your room", glb: "3D file (GLB)", usdz: "3D file (USDZ)",
  desktop: "Open this page on a phone to place it in your room.", minutes: "{n} min", found: "You found a story", serve: "{vessel} · {min}–{max} °C · {shake}",
  inApp: "Point the app at the label to see it.", signOut: "Sign out", guest: "Guest", language: "Language",
};

const ALL: Record<Locale, typeof KO> = { ko: KO, en: EN };

export type Word = keyof typeof KO;

export function t(key: Word, values: Record<string, string | number> = {}): string {
  return ALL[locale()][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}
