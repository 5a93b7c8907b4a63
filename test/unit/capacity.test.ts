import { expect, it } from 'vitest'
import { Capacity } from '../../src/media/playback/capacity.ts'

const never = new AbortController().signal
const full = { code: 'all-taken' }
const anna = { account: 'anna', signal: never }
const bo = { account: 'bo', signal: never }

it('gives a place that is left to whoever waited longest', async () => {
  const capacity = new Capacity('all-taken', { most: 1, mostWaiting: 2, mostEach: 9 })
  const leave = await capacity.enter(anna)
  const order: string[] = []
  const waiting = [anna, bo].map(async (asker) => {
    const leaveToo = await capacity.enter(asker)
    order.push(asker.account)
    leaveToo()
  })
  await expect(capacity.enter(bo)).rejects.toMatchObject(full)
  leave()
  leave()
  await Promise.all(waiting)
  expect(order).toEqual(['anna', 'bo'])
})

it('lets no account take the places of others', async () => {
  const capacity = new Capacity('all-taken', { most: 3, mostWaiting: 3, mostEach: 2 })
  const leave = await capacity.enter(anna)
  await capacity.enter(anna)
  await expect(capacity.enter(anna)).rejects.toMatchObject(full)
  await capacity.enter(bo)
  leave()
  await capacity.enter(anna)
})

it('forgets who has gone while he waited', async () => {
  const capacity = new Capacity('all-taken', { most: 1, mostWaiting: 1, mostEach: 1 })
  const leave = await capacity.enter(bo)
  const cancel = new AbortController()
  const gone = capacity.enter({ account: 'anna', signal: cancel.signal })
  cancel.abort()
  await expect(gone).rejects.toThrow()
  const waiting = capacity.enter(anna)
  leave()
  const leaveToo = await waiting
  leaveToo()
  await capacity.enter(bo)
})
