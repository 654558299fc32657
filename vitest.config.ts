import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/chromium/**'], testTimeout: 20_000 } },
      {
        // A real Chromium each; two files at a time, since two cores are all we count on. A test may be tried twice, because a
        // browser on a busy machine may be slower than any patience; the report names those that were.
        test: {
          name: 'browser',
          include: ['test/chromium/**/*.test.ts'],
          maxWorkers: 2,
          // After the units: workers of different counts cannot be mixed.
          sequence: { groupOrder: 1 },
          retry: 1,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
