// The part of our schema that the reference query and the fan-out use, with the same answers.

import { encodeCursor, decodeCursor } from './cursor.mjs'

export const typeDefs = /* GraphQL */ `
  type Query {
    products(first: Int! = 20, after: String): ProductConnection!
  }

  type Subscription {
    cameoChanged(id: ID!): CameoJob!
  }

  type ProductConnection {
    edges: [ProductEdge!]!
    pageInfo: PageInfo!
  }

  type ProductEdge {
    cursor: String!
    node: Product!
  }

  type PageInfo {
    hasNextPage: Boolean!
    endCursor: String
  }

  interface LoreSubject {
    id: ID!
    name: String!
  }

  type Product implements LoreSubject {
    id: ID!
    name: String!
    category: String!
    abv: Float!
    ingredients: [ProductIngredient!]!
    lore: [Lore!]!
    variants: [Variant!]!
  }

  type ProductIngredient {
    share: Float
    ingredient: Ingredient!
  }

  type Ingredient implements LoreSubject {
    id: ID!
    name: String!
    origin: String!
  }

  type Place {
    name: String!
  }

  type Lore {
    id: ID!
    title: String!
    features: [LoreSubject!]!
    knownBy: [Character!]!
  }

  type Character implements LoreSubject {
    id: ID!
    name: String!
  }

  type Variant {
    id: ID!
    volumeMl: Int!
    price: Money!
    available: Boolean!
  }

  type Money {
    amount: Int!
    currency: Currency!
  }

  scalar Currency

  type CameoJob {
    id: ID!
    status: String!
    stage: String!
    percent: Int!
  }
`

export const resolvers = {
  Query: {
    async products(_, { first, after }, { store }) {
      if (first < 1 || first > 100) throw new RangeError('first must be 1 to 100')
      const rows = await store.products(first, after ? decodeCursor(after) : null)
      const edges = rows.slice(0, first).map((node) => ({ cursor: encodeCursor(node), node }))
      return {
        edges,
        pageInfo: { hasNextPage: rows.length > first, endCursor: edges.at(-1)?.cursor ?? null },
      }
    },
  },
  Product: {
    ingredients: ({ id }, _, { loaders }) => loaders.ingredientsOf.load(id),
    lore: ({ id }, _, { loaders }) => loaders.loreOf.load(id),
    variants: ({ id }, _, { loaders }) => loaders.variantsOf.load(id),
  },
  Lore: {
    features: ({ id }, _, { loaders }) => loaders.subjectsOf.load(id),
    knownBy: ({ id }, _, { loaders }) => loaders.knowersOf.load(id),
  },
}
