import { expect, it } from 'vitest'
import type { CameraCondition, CameraState, Fault } from '../../src/domain/camera.ts'
import { afterRestart, cameraCondition, settled } from '../../src/domain/camera-condition.ts'

const refused: Fault = { hop: 'network', code: 'connection-refused', text: 'refused' }
const password: Fault = { hop: 'password', code: 'password-refused', text: 'wrong' }
const is = (state: CameraState, sinceUtcMs: number, fault?: Fault): CameraCondition => ({
  state,
  sinceUtcMs,
  ...(fault === undefined ? {} : { fault }),
})
const before = is('connecting', 1)

it.each<[string, CameraCondition[], CameraCondition]>([
  ['nothing is pulled', [], before],
  ['a stream is being opened', [is('connecting', 5)], before],
  ['the only stream works', [is('online', 5)], is('online', 5)],
  ['both work', [is('online', 5), is('online', 7)], is('online', 7)],
  ['one works while the other is opened', [is('online', 5), is('connecting', 9)], is('online', 5)],
  ['one works and the other fails', [is('online', 5), is('offline', 8, refused)], is('degraded', 8, refused)],
  [
    'one works and the other is tried again',
    [is('connecting', 8, refused), is('online', 9)],
    is('degraded', 9, refused),
  ],
  ['one is degraded', [is('degraded', 6, refused), is('online', 5)], is('degraded', 6, refused)],
  ['the only stream fails', [is('offline', 4, password)], is('offline', 4, password)],
  ['the only stream is tried again', [is('connecting', 4, refused)], is('connecting', 4, refused)],
  [
    'one fails, the other is tried again',
    [is('connecting', 4, refused), is('offline', 3, password)],
    is('offline', 4, password),
  ],
  [
    'one fails, the other is opened',
    [is('offline', 4, password), is('connecting', 9)],
    is('offline', 4, password),
  ],
])('when %s', (_, streams, expected) => {
  expect(cameraCondition(before, streams)).toEqual(expected)
})

it('keeps the since of a condition that only comes again', () => {
  const known = is('offline', 100, refused)
  expect(cameraCondition(known, [is('offline', 900, { ...refused, text: 'refused again' })])).toBe(known)
  expect(settled(known, is('offline', 900, password))).toEqual(is('offline', 900, password))
  expect(settled(known, is('online', 900))).toEqual(is('online', 900))
})

it('believes after a restart that broken is broken, and waits for a picture of the others', () => {
  const broken = is('offline', 5, refused)
  expect(afterRestart(broken, 50)).toBe(broken)
  expect(afterRestart(is('online', 5), 50)).toEqual(is('connecting', 50))
  expect(afterRestart(is('degraded', 5, refused), 50)).toEqual(is('connecting', 50))
})
