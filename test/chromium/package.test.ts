import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'

it('the package is installed in an empty folder and runs, with the oldest Node that is supported and the current ones', () => {
  const printed = execFileSync(process.execPath, ['scripts/try-package.mjs'], { encoding: 'utf8' })
  const lines = printed.trim().split('\n')
  expect(
    lines.map((line) => /^Node v(20\.19\.0|22|24)\b.*: installed, demo ran, [1-9]\d* pictures listed$/.exec(line)?.[1]),
  ).toEqual(['20.19.0', '22', '24'])
}, 900_000)
