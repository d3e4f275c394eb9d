// Search: what is typed in any spelling, and what is suggested meanwhile.
import SearchText from "../examples/26-Search.graphql";
import SuggestionsText from "../examples/27-Suggestions.graphql";
import type { Example } from "./examples";

export const searchExamples: Example[] = [
  { name: "Search", query: SearchText, title: { ko: "검색", en: "Search" }, variables: { text: "ㅁㄱㄹ", first: 10 } },
  { name: "Suggestions", query: SuggestionsText, title: { ko: "추천 검색어", en: "While typing" }, variables: { text: "막ㄱ" } },
];
