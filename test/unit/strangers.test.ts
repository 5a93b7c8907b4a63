import { expect, it } from 'vitest'
import { Strangers } from '../../src/access/strangers.ts'

it('lets an address that knocks in vain wait, and no other', () => {
  const strangers = new Strangers()
  let tries = 0
  while (tries < 1000 && strangers.mayTry('192.0.2.1', 0)) {
    strangers.failed('192.0.2.1')
    tries++
  }
  expect(tries).toBe(100)
  expect(strangers.mayTry('192.0.2.2', 0)).toBe(true)
  expect(strangers.mayTry('192.0.2.1', 9_999)).toBe(false)
  expect(strangers.mayTry('192.0.2.1', 10_000)).toBe(true)
})
