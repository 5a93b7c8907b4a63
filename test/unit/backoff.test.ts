import { expect, it } from 'vitest'
import { backoffMs } from '../../src/domain/backoff.ts'

const backoff = { firstMs: 100, longestMs: 5_000 }

it('doubles up to the longest wait', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 1_000].map((failures) => backoffMs(backoff, failures, 1))
  expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000])
})

it('leaves half of the wait to chance', () => {
  expect(backoffMs(backoff, 3, 0)).toBe(200)
  expect(backoffMs(backoff, 3, 0.5)).toBe(300)
})
