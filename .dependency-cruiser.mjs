/**
 * The import rules of src/README.md. `import type` counts like any other import, except for cycles:
 * types are gone at run time, and two types may well name each other.
 */
const features = [
  'registry',
  'media',
  'analytics',
  'alerts',
  'tracks',
  'reviews',
  'incidents',
  'sharing',
  'wall',
]

/** A folder imports these folders of ours and nothing else of ours. */
const mayImport = {
  domain: ['domain'],
  contract: ['domain', 'contract'],
  platform: ['domain', 'platform'],
  access: ['domain', 'contract', 'platform', 'access'],
  ...Object.fromEntries(
    features.map((feature, at) => [
      feature,
      ['domain', 'contract', 'platform', 'access', ...features.slice(0, at + 1)],
    ]),
  ),
  // The demo uses the gateway as a person would; no feature knows of it.
  demo: ['domain', 'contract', 'platform', 'access', ...features, 'demo'],
}

const folderRules = Object.entries(mayImport).map(([folder, allowed]) => ({
  name: `${folder}-imports`,
  comment: `src/${folder} imports of ours only: ${allowed.join(', ')}. What lies to its right hears of events by listeners that src/compose.ts connects.`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^(src|web|scripts|test)/', pathNot: `^src/(${allowed.join('|')})/` },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...folderRules,
    {
      name: 'no-new-folder-without-a-place',
      comment: 'Every folder of src/ has its place in the order of src/README.md and of this file.',
      severity: 'error',
      from: {},
      // `demo/` is part of the wiring: no rule lets a feature import it.
      to: { path: '^src/[^/]+/', pathNot: `^src/(demo|${Object.keys(mayImport).join('|')})/` },
    },
    {
      name: 'src-stands-alone',
      comment: 'The program runs without its tests, its scripts and the sources of its pages.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(web|scripts|test)/' },
    },
    {
      name: 'entries-are-not-imported',
      comment: 'A process entry starts when it is imported.',
      severity: 'error',
      from: {},
      to: { path: '^src/(main|worker)\\.ts$' },
    },
    {
      name: 'domain-is-pure',
      comment: 'No I/O, no package: whatever the domain needs comes in as an argument.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg'] },
    },
    {
      name: 'contract-is-schemas',
      comment: 'Server and browser share it: no Node in it, and no package but the one of the schemas.',
      severity: 'error',
      from: { path: '^src/contract/' },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg'],
        pathNot: 'node_modules/typebox/',
      },
    },
    {
      name: 'web-knows-the-contract-only',
      comment: 'The pages know the server by its contract.',
      severity: 'error',
      from: { path: '^web/', pathNot: '^web/vite\\.config\\.ts$' },
      to: { path: '^(src|scripts|test)/', pathNot: '^src/(contract|domain)/' },
    },
    {
      name: 'web-runs-in-a-browser',
      comment: 'There is no Node in a browser.',
      severity: 'error',
      from: { path: '^web/', pathNot: '^web/vite\\.config\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'tests-only-in-tests',
      comment: 'Harness and fixtures are for tests; a benchmark is one of them.',
      severity: 'error',
      from: { pathNot: '^(test|scripts/bench)' },
      to: { path: '^test/' },
    },
    {
      name: 'set-up-needs-nothing',
      comment: 'It runs on a bare clone, before any package is there.',
      severity: 'error',
      from: { path: '^scripts/setup/' },
      to: { pathNot: '^scripts/setup/', dependencyTypesNot: ['core', 'type-only'] },
    },
    {
      name: 'no-development-package-at-run-time',
      comment: 'An image is installed without development packages.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: 'node_modules/@types/',
      },
    },
    {
      name: 'no-cycle',
      comment: 'What needs each other belongs in one file, or what both need in a third.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'The file or package is not there.',
      severity: 'error',
      from: {},
      // Vite resolves these.
      to: { couldNotResolve: true, pathNot: ['\\.css$', '\\.svg$'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules/' },
    exclude: { path: '(^|/)(dist|fixtures)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json', '.d.ts'],
    },
  },
}
