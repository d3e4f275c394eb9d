export type Trigger = "SCAN" | "TAP" | "HOLD" | "LISTEN" | "REVEAL";

export interface Recipe {
  id: string;
  name: string;
  minutes: number;
  glass: string;
  items: { name: string; amount: number; unit: string }[];
  steps: string[];
}

interface Shown<K extends string> {
  __typename: K;
  trigger: Trigger;
  caption: string | null;
}

export type Model = Shown<"ArModelAnimation"> & { glbUrl: string; usdzUrl: string | null };
export type Video = Shown<"ArVideoAnimation"> & { videoUrl: string; videoLore: { title: string; body: string } | null };
export type Song = Shown<"ArAudioAnimation"> & { audioUrl: string; audioLore: { id: string; title: string } | null };
export type Recipes = Shown<"ArRecipeAnimation"> & { recipes: Recipe[] };
export type Reveal = Shown<"ArRevealAnimation">;
export type Animation = Model | Video | Song | Recipes | Reveal;

export interface Experience {
  id: string;
  teaser: string | null;
  unlocked: boolean;
  unlockedUntil: string | null;
  product: {
    id: string;
    name: string;
    description: string;
    serve: { minCelsius: number; maxCelsius: number; vessel: string; shake: string } | null;
  };
  animations: Animation[];
}

export interface Unlocked {
  id: string;
  devicesLeft: number;
  experience: Experience;
  triesLeft?: number;
}

export interface Story {
  id: string;
  title: string;
  body: string;
}
