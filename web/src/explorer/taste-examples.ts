// What fits somebody and why, taps, and what many turn to.
import RecommendationsText from "../examples/140-Recommendations.graphql";
import RateTasteText from "../examples/141-RateTaste.graphql";
import TasteRatingsText from "../examples/142-TasteRatings.graphql";
import TrendingProductsText from "../examples/143-TrendingProducts.graphql";
import PopularProductsText from "../examples/144-PopularProducts.graphql";
import SimilarProductsText from "../examples/145-SimilarProducts.graphql";
import { newKey } from "../lib/graphql";
import type { Example } from "./examples";

export const tasteExamples: Example[] = [
  {
    name: "Recommendations", query: RecommendationsText, title: { ko: "추천", en: "Recommendations" },
    variables: { context: { wish: "새콤하고 가벼운" }, first: 5 },
  },
  {
    name: "RateTaste", query: RateTasteText, title: { ko: "취향 말하기", en: "Say what I like" },
    variables: {
      input: {
        ratings: [
          { productId: "nerd7-yuja", liking: "LIKES" },
          { productId: "nerd6-daily", liking: "NEUTRAL" },
          { productId: "nerd15-clear", liking: "DISLIKES" },
        ],
        idempotencyKey: newKey(),
      },
    },
  },
  { name: "TasteRatings", query: TasteRatingsText, title: { ko: "내가 말한 취향", en: "What I said" } },
  { name: "TrendingProducts", query: TrendingProductsText, title: { ko: "요즘 뜨는 술", en: "Trending" }, variables: { category: null, first: 5 } },
  { name: "PopularProducts", query: PopularProductsText, title: { ko: "인기", en: "Popular in a category" }, variables: { category: "Takju", first: 5 } },
  { name: "SimilarProducts", query: SimilarProductsText, title: { ko: "비슷한 술", en: "Similar drinks" }, variables: { id: "nerd7-yuja" } },
];
