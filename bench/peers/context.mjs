// What every resolver can reach: the language and market of the request, and its own loaders.

import { makeLoaders } from './loaders.mjs'
import { Store } from './store.mjs'

export function contextOf(language, channel) {
  const store = new Store(language?.startsWith('en') ? 'en' : 'ko', channel ?? 'kr')
  return { store, loaders: makeLoaders(store) }
}
