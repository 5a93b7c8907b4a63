import { defineConfig } from 'vitest/config'

/** A project is a folder of `test/`, named after what its tests need beside Node (test/README.md). */
const seconds = 1000
export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 30 * seconds,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60 * seconds,
          hookTimeout: 60 * seconds,
        },
      },
      {
        extends: true,
        test: {
          name: 'media',
          include: ['test/media/**/*.test.ts'],
          testTimeout: 60 * seconds,
          hookTimeout: 60 * seconds,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 240 * seconds,
          hookTimeout: 240 * seconds,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'fault',
          include: ['test/fault/**/*.test.ts'],
          testTimeout: 180 * seconds,
          hookTimeout: 180 * seconds,
          fileParallelism: false,
        },
      },
    ],
    // Tests run real servers beside themselves: more workers would only make each other late.
    maxWorkers: 2,
    passWithNoTests: false,
    // A forgotten `.only` would hide the rest of the suite.
    allowOnly: false,
    bail: 0,
    reporters: ['default', './test/summary-reporter.ts'],
  },
})
