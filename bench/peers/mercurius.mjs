// mercurius on fastify, as its documentation shows it: parsed documents are cached, JIT is off.

import Fastify from 'fastify'
import mercurius from 'mercurius'

import { contextOf } from './context.mjs'
import { resolvers, typeDefs } from './schema.mjs'

const app = Fastify({ logger: false })

app.register(mercurius, {
  schema: typeDefs,
  resolvers,
  path: '/graphql',
  graphiql: false,
  context: ({ headers }) => contextOf(headers['accept-language'], headers['x-channel']),
})

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
