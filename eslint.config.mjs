import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'
import { queryNeverRun } from './scripts/check/query-never-run.mjs'

/**
 * Type-aware rules: a promise that nobody awaits in a queue worker is our likeliest outage, and only a
 * linter that knows the types finds it. Layout and import order are Biome's, import rules are
 * dependency-cruiser's, dead code is knip's.
 */

/** A debugging aid that would leave the rest of the tests out, and the suite green. */
const onlyOneTest = {
  selector: 'MemberExpression[object.name=/^(it|test|describe)$/][property.name="only"]',
  message: 'Runs this test alone and hides all others.',
}
/** Settings are read once, by src/config.ts; src/platform/child.ts hands the environment to children. */
const environment = [
  {
    selector:
      'MemberExpression[object.name="process"][property.name="env"]:not(CallExpression[callee.name="loadConfig"] > MemberExpression)',
    message: 'Only src/config.ts reads the environment: take a Config.',
  },
  {
    selector: 'VariableDeclarator[init.name="process"] > ObjectPattern > Property[key.name="env"]',
    message: 'Only src/config.ts reads the environment: take a Config.',
  },
  {
    selector: 'ImportDeclaration[source.value=/^(node:)?process$/] > ImportSpecifier[imported.name="env"]',
    message: 'Only src/config.ts reads the environment: take a Config.',
  },
]
/** The compiler keeps Node and the DOM out of the domain; these two are part of the language. */
const clockAndChance = [
  {
    selector: 'MemberExpression[object.name="Date"][property.name="now"]',
    message: 'Time comes into the domain as an argument.',
  },
  {
    selector: ':matches(NewExpression, CallExpression)[callee.name="Date"][arguments.length=0]',
    message: 'Time comes into the domain as an argument.',
  },
  {
    selector: 'MemberExpression[object.name="Math"][property.name="random"]',
    message: 'Chance comes into the domain as an argument.',
  },
]

/**
 * @param {...{selector: string, message: string}} bans
 * @returns {import('eslint').Linter.RulesRecord}
 */
const restricted = (...bans) => ({ 'no-restricted-syntax': ['error', ...bans] })

export default defineConfig(
  globalIgnores(['**/dist/', 'data/', 'coverage/', '.dependency-cruiser.mjs', 'test/fixtures/']),
  {
    files: ['**/*.ts', '**/*.tsx', '**/*.mjs'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { house: { rules: { 'query-never-run': queryNeverRun } } },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'house/query-never-run': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Fastify's handlers are async so that what they throw becomes a rejection.
      '@typescript-eslint/require-await': 'off',
      // Numbers print unambiguously; objects and undefined do not.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // What a call returns that returns nothing is clear without a rule.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // The compiler finds unused locals, and knows that a schema which only gives its type is used.
      '@typescript-eslint/no-unused-vars': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'no-console': 'error', ...restricted(...environment) },
  },
  // They are the program's face: what they print is for the person at the terminal.
  { files: ['src/main.ts', 'src/worker.ts'], rules: { 'no-console': 'off' } },
  { files: ['src/config.ts', 'src/platform/child.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['src/domain/**/*.ts'], rules: restricted(...environment, ...clockAndChance) },
  {
    // Loops over tensors and matrices, with their bounds in the loop's own head: a check at every
    // element would cost more than the arithmetic.
    files: [
      'src/analytics/detectors/*.ts',
      'src/analytics/jpeg.ts',
      'src/domain/{assignment,colour,motion-gate,picture-quality,plate-decoding}.ts',
    ],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  // The linter does not see a cast in JSDoc; the compiler does, and checks these files too.
  { files: ['**/*.mjs'], rules: { '@typescript-eslint/no-unsafe-assignment': 'off' } },
  {
    files: ['test/**/*.ts'],
    rules: {
      ...restricted(onlyOneTest),
      // What a test takes from an answer it then compares: the comparison is the check.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // The servers that the harness starts are taken apart on purpose: `{ db, stop }`.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
)
