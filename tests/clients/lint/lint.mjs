// graphql-eslint on a schema (argument 1) and on the operations in a folder (argument 2).
// Prints every finding as JSON.
import { readFileSync } from 'node:fs';
import graphql from '@graphql-eslint/eslint-plugin';
import { ESLint } from 'eslint';

const schema = readFileSync(process.argv[2], 'utf8');
const folder = process.argv[3];
const rule = (name) => `@graphql-eslint/${name}`;
const { rules: recommended } = graphql.configs['flat/schema-recommended'];
const { rules: relay } = graphql.configs['flat/schema-relay'];
const { rules: ofOperations } = graphql.configs['flat/operations-recommended'];

const schemaRules = {
  ...recommended,
  ...relay,
  // Everything has a description, not only types.
  [rule('require-description')]: [
    'error',
    {
      types: true,
      rootField: true,
      DirectiveDefinition: true,
      FieldDefinition: true,
      InputValueDefinition: true,
      EnumValueDefinition: true,
    },
  ],
  // Values have no id of their own; what has one is a Node (relay-edge-types sees to it).
  [rule('strict-id-in-types')]: 'off',
  // Short lists are lists; what can grow is a connection.
  [rule('relay-edge-types')]: [
    'error',
    { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false },
  ],
  // Pages go forward only.
  [rule('relay-arguments')]: ['error', { includeBoth: false }],
  [rule('require-nullable-fields-with-oneof')]: 'error',
};
const operationRules = {
  ...ofOperations,
  // Examples stay well below what the server allows, which is 12.
  [rule('selection-set-depth')]: ['error', { maxDepth: 9 }],
};

// Pages of text show only what they talk about, and may show it twice.
const ofPages = {
  files: ['docs-*.graphql'],
  rules: { [rule('require-selections')]: 'off', [rule('unique-operation-name')]: 'off' },
};

function linter(rules) {
  const graphQLConfig = { schema, documents: [`${folder}/*.graphql`, `!${folder}/docs-*.graphql`] };
  return new ESLint({
    cwd: folder,
    overrideConfigFile: true,
    overrideConfig: [
      {
        files: ['**/*.graphql'],
        plugins: { '@graphql-eslint': graphql },
        languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig } },
        rules,
      },
      ofPages,
    ],
  });
}

const results = [
  ...(await linter(schemaRules).lintText(schema, { filePath: 'graphql.schema.graphql' })),
  ...(await linter(operationRules).lintFiles(['*.graphql'])),
];
const findings = results.flatMap(({ filePath, messages }) =>
  messages.map(({ ruleId, line, message }) => `${filePath.split('/').at(-1)}:${line}: ${message} (${ruleId})`),
);
console.log(JSON.stringify({ files: results.length, findings }));
