import tseslint from 'typescript-eslint';

/** Time, chance and the environment are arguments (style R7); these files are where they come from. */
const edges = ['server/system.ts', 'bench/**', 'tools/**', 'test/**'];

const edgeRules = [
  { object: 'Date', property: 'now', message: 'Time is an argument: take a Clock.' },
  { object: 'Math', property: 'random', message: 'Chance is an argument: take Tokens.' },
  { object: 'process', property: 'env', message: 'The environment is read in config/load.ts only.' },
];

export default tseslint.config(
  { ignores: ['dist/**', 'dist-*/**', 'node_modules/**', '**/*.mjs', '**/*.cjs'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-shadow': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A handler may answer at once or later (`Answer | Promise<Answer>`): async without await is how the late ones read.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
      'prefer-const': 'error',
      'no-restricted-properties': ['error', ...edgeRules],
      'max-lines-per-function': ['error', { max: 120, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 25],
      'no-param-reassign': 'error',
    },
  },
  {
    files: edges,
    rules: { 'no-restricted-properties': 'off', 'no-console': 'off' },
  },
  { files: ['cli/**'], rules: { 'no-console': 'off' } },
  { files: ['config/load.ts'], rules: { 'no-restricted-properties': ['error', ...edgeRules.slice(0, 2)] } },
  {
    files: ['test/**'],
    rules: {
      'max-lines-per-function': 'off',
      // node:test's describe/it return promises that the runner awaits.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'describe', 'it', 'suite'] },
          ],
        },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
