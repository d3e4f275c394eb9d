// graphql-yoga on Node's own server, with graphql-ws for subscriptions, as its documentation shows it.

import { createServer } from 'node:http'

import { createRedisEventTarget } from '@graphql-yoga/redis-event-target'
import { useServer } from 'graphql-ws/use/ws'
import { createPubSub, createSchema, createYoga } from 'graphql-yoga'
import { Redis } from 'ioredis'
import { WebSocketServer } from 'ws'

import { contextOf } from './context.mjs'
import { resolvers, typeDefs } from './schema.mjs'

const pubSub = createPubSub({
  eventTarget: createRedisEventTarget({
    publishClient: new Redis(process.env.REDIS_URL),
    subscribeClient: new Redis(process.env.REDIS_URL),
  }),
})

const Subscription = {
  cameoChanged: {
    subscribe: (_, { id }) => pubSub.subscribe('cameoChanged', id),
    resolve: (job) => job,
  },
}

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers: { ...resolvers, Subscription } }),
  graphiql: false,
  landingPage: false,
  logging: false,
  context: ({ request }) =>
    contextOf(request?.headers.get('accept-language'), request?.headers.get('x-channel')),
})

const server = createServer(yoga)
const sockets = new WebSocketServer({ server, path: yoga.graphqlEndpoint })

useServer(
  {
    execute: (args) => args.rootValue.execute(args),
    subscribe: (args) => args.rootValue.subscribe(args),
    onSubscribe: async (ctx, _id, params) => {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        ...ctx,
        req: ctx.extra.request,
        socket: ctx.extra.socket,
        params,
      })
      const args = {
        schema,
        operationName: params.operationName,
        document: parse(params.query),
        variableValues: params.variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      }
      const errors = validate(args.schema, args.document)
      return errors.length ? errors : args
    },
  },
  sockets,
)

server.listen(Number(process.env.PORT), '127.0.0.1')
