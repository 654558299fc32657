import { defineConfig } from 'vitest/config'

/**
 * What takes minutes of a browser, or installs and kills much: left out unless all tests are wanted, as in CI, so that
 * whoever changes something waits for minutes and not for a quarter of an hour.
 */
const further = [
  'test/chromium/attaching.test.ts',
  'test/chromium/attacks.test.ts',
  'test/chromium/backfill.test.ts',
  'test/chromium/doctor.test.ts',
  'test/chromium/faults-*.test.ts',
  'test/chromium/gallery-access.test.ts',
  'test/chromium/gallery-coverage.test.ts',
  'test/chromium/gallery-find.test.ts',
  'test/chromium/gallery-firefox.test.ts',
  'test/chromium/gallery-keyboard-work.test.ts',
  'test/chromium/gallery-screen.test.ts',
  'test/chromium/gallery-time.test.ts',
  'test/chromium/missing.test.ts',
  'test/chromium/package.test.ts',
  'test/chromium/profiles.test.ts',
  'test/chromium/service.test.ts',
  'test/faults/memory.test.ts',
]
const leftOut = process.env.ALL_TESTS ? [] : further

export default defineConfig({
  test: {
    // Three files at a time on the two cores we count on: a browser's test waits half of its time.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/chromium/**', 'test/mirror/store/**', ...leftOut],
          testTimeout: 20_000,
        },
      },
      {
        // One real store for all of them, started once.
        test: {
          name: 'store',
          include: ['test/mirror/store/**/*.test.ts'],
          globalSetup: ['test/mirror/store/start.ts'],
          testTimeout: 60_000,
        },
      },
      {
        // A real Chromium each. A test may be tried twice, because a browser on a busy machine may be slower than any
        // patience; the report names those that were.
        test: {
          name: 'browser',
          include: ['test/chromium/**/*.test.ts'],
          exclude: leftOut,
          retry: 1,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
