import { expect, it } from 'vitest'
import { LateStart } from '../../src/platform/late-start.ts'
import { createLog } from '../../src/platform/log.ts'
import { until } from '../harness/until.ts'

const shortfall = { code: 'not-started', text: 'a part has not started', remedy: 'wait' }

function partThatFails(times: number, againMs = 5) {
  const tries = { count: 0 }
  const late = new LateStart({
    log: createLog('silent'),
    start: () => (++tries.count <= times ? Promise.reject(new Error('not yet')) : Promise.resolve()),
    shortfall,
    againMs,
  })
  return { late, tries }
}

it('tells of a part that does not start, and tries until it does', async () => {
  const { late, tries } = partThatFails(3)
  await late.begin()
  expect(late.shortfalls()).toEqual([shortfall])
  await until('it has started', () => late.shortfalls().length === 0)
  expect(tries.count).toBe(4)
  await late.stop()
})

it('tries no more once it is stopped', async () => {
  const { late, tries } = partThatFails(Infinity, 1)
  await late.begin()
  await until('tried again', () => tries.count > 2)
  await late.stop()
  const tried = tries.count
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(tries.count).toBe(tried)
})
