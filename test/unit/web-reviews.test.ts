import { expect, it } from 'vitest'
import { reviewPath } from '../../web/app/pages.ts'
import { readAddress } from '../../web/reviews/address.ts'

const read = (path: string) => readAddress(new URL(path, 'http://gateway.test').searchParams)

it('reads back what a link to a new review says', () => {
  expect(read(reviewPath(['a', 'b'], 1_000.4, 9_000))).toEqual({
    cameraIds: ['a', 'b'],
    fromMs: 1000,
    toMs: 9000,
  })
})

it.each([
  '/reviews',
  '/reviews?cameras=a',
  '/reviews?cameras=%3Cx%3E&from=1&to=2',
  '/reviews?cameras=a&from=2&to=2',
])('takes nothing for whole that is not: %s', (path) => {
  expect(read(path)).toBeNull()
})
