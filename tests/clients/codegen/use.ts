// What an app writes on top of the generated documents; `tsc --strict` reads it, nobody runs it.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { ReferenceDocument, RequestCameoDocument, WatchCameoDocument } from './graphql';

declare function run<Result, Variables>(
  document: TypedDocumentNode<Result, Variables>,
  variables: Variables,
): Promise<Result>;

export async function prices(): Promise<string[]> {
  const { products } = await run(ReferenceDocument, { first: 10 });
  // @ts-expect-error What was not asked for is not there.
  void products.totalCount;
  return products.edges.flatMap(({ node }) =>
    node.variants.map(({ price, volumeMl }) => `${node.name} ${volumeMl} ml: ${price?.amount ?? '?'}`),
  );
}

export async function request(portraitId: string): Promise<string> {
  const input = { portraitId, templateId: 'neon-seoul-bar', userName: '민수', idempotencyKey: 'one' };
  const { requestCameo: answer } = await run(RequestCameoDocument, { input });
  switch (answer.__typename) {
    case 'CameoJob':
      return answer.id;
    case 'CameoLimitReached':
      throw new Error(`${answer.message} (${answer.running} of ${answer.limit})`);
    default:
      throw new Error(answer.message);
  }
}

export async function watch(id: string): Promise<number> {
  // @ts-expect-error A variable of another type is refused.
  void run(WatchCameoDocument, { id: { id } });
  const { cameoChanged } = await run(WatchCameoDocument, { id });
  return cameoChanged.video?.durationSeconds ?? cameoChanged.percent / 100;
}
