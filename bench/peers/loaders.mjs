// One batch a level, kept for the request.

import DataLoader from 'dataloader'

function many(read, show = (row) => row) {
  return new DataLoader(async (keys) => {
    const found = new Map(keys.map((key) => [key, []]))
    for (const row of await read(keys)) found.get(row.key).push(show(row))
    return keys.map((key) => found.get(key))
  })
}

export function makeLoaders(store) {
  return {
    ingredientsOf: many(store.ingredients, ({ share, id, name, origin }) => ({
      share,
      ingredient: { id, name, origin },
    })),
    loreOf: many(store.lore),
    variantsOf: many(store.variants, ({ id, volume_ml, amount, currency, available }) => ({
      id,
      volumeMl: volume_ml,
      price: { amount, currency },
      available,
    })),
    subjectsOf: many(store.subjects),
    knowersOf: many(store.knowers),
  }
}
