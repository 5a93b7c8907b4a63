import { expect, it } from 'vitest'
import { fuzz } from '../harness/fuzz/campaign.ts'

it.each([1, 2, 3])('no parser of the media plane breaks or hangs on mutated input, seed %i', (seed) => {
  const figures = fuzz(8000, seed)
  expect(figures.crashes).toEqual([])
  expect(figures.refused).toBeGreaterThan(500)
  expect(figures.slowestMs).toBeLessThan(1000)
})
