// Ways through the world, what is known, and what staff tell of it.
import LorePathText from "../examples/110-LorePath.graphql";
import RelatedText from "../examples/111-Related.graphql";
import KnowledgeText from "../examples/112-Knowledge.graphql";
import RecordProductViewText from "../examples/113-RecordProductView.graphql";
import InterestsText from "../examples/114-Interests.graphql";
import LearnFactText from "../examples/115-LearnFact.graphql";
import RelateText from "../examples/116-Relate.graphql";
import FactsText from "../examples/117-Facts.graphql";
import RevertFactText from "../examples/118-RevertFact.graphql";
import IngestDocumentText from "../examples/119-IngestDocument.graphql";
import ProposalsText from "../examples/120-Proposals.graphql";
import AcceptFactText from "../examples/121-AcceptFact.graphql";
import RejectFactText from "../examples/122-RejectFact.graphql";
import ExperimentsText from "../examples/150-Experiments.graphql";
import ExperimentResultsText from "../examples/151-ExperimentResults.graphql";
import { newKey } from "../lib/graphql";
import type { Example, Path } from "./examples";

const factId: Path = ["id"];
const table = "대상,속성,값\n이천 쌀,정미,70 %\n나주 배,수확,10월\n";

export const worldExamples: Example[] = [
  { name: "LorePath", query: LorePathText, title: { ko: "이야기 길", en: "A way between two things" }, variables: { from: "pear-moon", to: "why-twelve" } },
  { name: "Related", query: RelatedText, title: { ko: "둘레", en: "What is around" }, variables: { id: "icheon-rice", relations: null, first: 20 } },
  { name: "Knowledge", query: KnowledgeText, title: { ko: "물어보기", en: "What is known" }, variables: { intent: "너드12는 왜 12도인가요?" } },
  {
    name: "RecordProductView", query: RecordProductViewText, title: { ko: "제품 보기", en: "Look at a drink" },
    variables: { productId: "nerd6-daily", idempotencyKey: newKey() },
  },
  { name: "Interests", query: InterestsText, title: { ko: "관심", en: "What I care for" } },
  {
    name: "LearnFact", query: LearnFactText, title: { ko: "사실 배우기", en: "Learn a fact" },
    variables: {
      input: {
        subjectId: "icheon-rice", predicate: "polishing", value: "70 %", truth: "FACT",
        source: "The mill's log, 2026", idempotencyKey: newKey(),
      },
    },
  },
  {
    name: "Relate", query: RelateText, title: { ko: "잇기", en: "Relate two things" },
    variables: {
      input: {
        fromId: "nerd12-signature", relation: "BREWED_IN", toId: "place-icheon-gyeonggi-do", truth: "FACT",
        source: "Brewery licence", idempotencyKey: newKey(),
      },
    },
  },
  { name: "Facts", query: FactsText, title: { ko: "배운 사실", en: "What was learned" }, variables: { about: "icheon-rice" } },
  {
    name: "RevertFact", query: RevertFactText, title: { ko: "사실 되돌리기", en: "Take a fact back" },
    variables: { id: "", reason: "A slip of the pen" }, fills: { factId },
  },
  {
    name: "IngestDocument", query: IngestDocumentText, title: { ko: "문서 읽기", en: "Read a document" },
    variables: { input: { name: "Mill 2026", mediaType: "text/csv", content: table, idempotencyKey: newKey() } },
  },
  { name: "Proposals", query: ProposalsText, title: { ko: "제안", en: "What waits" } },
  {
    name: "AcceptFact", query: AcceptFactText, title: { ko: "제안 받아들이기", en: "Believe a proposal" },
    variables: { input: { proposalId: "", truth: "FACT", idempotencyKey: newKey() } }, fills: { proposalId: ["input", "proposalId"] },
  },
  {
    name: "RejectFact", query: RejectFactText, title: { ko: "제안 물리기", en: "Refuse a proposal" },
    variables: { id: "", reason: "Not so" }, fills: { proposalId: ["id"] },
  },
  { name: "Experiments", query: ExperimentsText, title: { ko: "실험", en: "Experiments" } },
  {
    name: "ExperimentResults", query: ExperimentResultsText, title: { ko: "실험 결과", en: "What came of one" },
    variables: { id: "exp_recommender-weights" },
  },
];
