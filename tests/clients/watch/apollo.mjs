// @apollo/client: queries and mutations through HttpLink, subscriptions through GraphQLWsLink.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { QUERY, SHARE, WATCH, authorization, data, say, share, socketUrl, task } from './task.mjs';

const socket = createClient({
  url: socketUrl,
  webSocketImpl: WebSocket,
  lazyCloseTimeout: 0,
  shouldRetry: () => true,
  retryAttempts: Infinity,
  connectionParams: async () => ({ authorization }),
});
const http = new HttpLink({ uri: task.url, headers: { authorization } });
const isLive = ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION;
const client = new ApolloClient({
  link: ApolloLink.split(isLive, new GraphQLWsLink(socket), http),
  cache: new InMemoryCache(),
});
const variables = { id: task.cameo };

say('query', data(await client.query({ query: gql(QUERY), variables })).cameo);
await new Promise((complete, error) => {
  const next = (result) => say('event', data(result).cameoChanged);
  client.subscribe({ query: gql(WATCH), variables }).subscribe({ next, error, complete });
});
say('mutation', data(await client.mutate({ mutation: gql(SHARE), variables: share('apollo') })).shareCameo);
// What the subscription brought is in the cache, under the id that the graph gave it.
say('cached', client.cache.extract()[`CameoJob:${task.cameo}`].status);
await socket.dispose();
client.stop();
say('end');
