import { expect, it } from 'vitest'
import { SharedWork } from '../../src/media/playback/shared-work.ts'
import { PieceTurns } from '../../src/media/transcode/piece-turns.ts'

const never = new AbortController().signal

it('is done once for all who ask, and kept', async () => {
  const work = new SharedWork(100)
  let made = 0
  const make = () => {
    made++
    return Promise.resolve(Buffer.from('abc'))
  }
  await Promise.all([work.get('a', never, make), work.get('a', never, make)])
  await work.get('a', never, make)
  expect(made).toBe(1)
})

it('goes on while one asker is left, and is given up with the last', async () => {
  const work = new SharedWork(100)
  const [first, second] = [new AbortController(), new AbortController()]
  const given = Promise.withResolvers<string>()
  const make = (signal: AbortSignal) =>
    new Promise<Buffer>((_, reject) => {
      signal.addEventListener('abort', () => {
        given.resolve('given up')
        reject(new Error('given up'))
      })
    })
  const asked = [work.get('a', first.signal, make), work.get('a', second.signal, make)]
  first.abort(new Error('gone'))
  await expect(asked[0]).rejects.toThrow('gone')
  const still = Promise.race([given.promise, Promise.resolve('still made')])
  expect(await still).toBe('still made')
  second.abort(new Error('gone too'))
  await expect(asked[1]).rejects.toThrow('gone too')
  expect(await given.promise).toBe('given up')
  // The next one who asks begins anew.
  expect(await work.get('a', never, () => Promise.resolve(Buffer.from('x')))).toEqual(Buffer.from('x'))
})

it('keeps no failure, and no more than its bound', async () => {
  const work = new SharedWork(10)
  await expect(work.get('a', never, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  let made = 0
  const make = () => {
    made++
    return Promise.resolve(Buffer.alloc(4))
  }
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await work.get(key, never, make)
  // b was asked for least lately when c came.
  expect(made).toBe(4)
})

const full = { code: 'transcode-budget' }

it('takes a recorded piece in its turn beside live streams, and says when none comes', async () => {
  let live: number[] = []
  const turns = new PieceTurns({
    budgetCores: 2,
    streams: () => live,
    mostWaiting: 1,
    withinMs: 50,
  })
  const leave = await turns.enter(never)
  const leaveToo = await turns.enter(never)
  await expect(turns.enter(never)).rejects.toMatchObject(full)
  const third = turns.enter(never)
  await expect(turns.enter(never)).rejects.toMatchObject(full)
  leave()
  const leaveThird = await third
  leaveThird()
  leaveToo()
  expect(turns.taken).toEqual([])
  live = [1.5]
  await expect(turns.enter(never)).rejects.toMatchObject(full)
  // A small machine makes one rather than none.
  const small = new PieceTurns({ budgetCores: 0.5, streams: () => [] })
  await small.enter(never)
  const off = new PieceTurns({ budgetCores: 0, streams: () => [] })
  await expect(off.enter(never)).rejects.toMatchObject(full)
})

it('forgets who has gone while he waited', async () => {
  const turns = new PieceTurns({ budgetCores: 1, streams: () => [] })
  const leave = await turns.enter(never)
  const asker = new AbortController()
  const waiting = turns.enter(asker.signal)
  asker.abort()
  await expect(waiting).rejects.toThrow()
  expect(turns.waiting).toBe(0)
  leave()
  expect(turns.taken).toEqual([])
})
