import { expect, it } from 'vitest'
import type { CameraId } from '../../src/domain/ids.ts'
import { bytesToFree, type Footage, mayRecord, toDelete } from '../../src/domain/retention.ts'

const day = 86_400_000
const now = 100 * day
const gate = 'gate' as CameraId
const yard = 'yard' as CameraId

/** One hour of footage, `ageDays` old. */
function footage(ageDays: number, change: Partial<Footage> = {}): Footage {
  const startUtcMs = now - ageDays * day
  return {
    cameraId: gate,
    class: 'continuous',
    startUtcMs,
    endUtcMs: startUtcMs + 3_600_000,
    bytes: 100,
    ...change,
  }
}
const need = {
  nowUtcMs: now,
  keepMs: (camera: CameraId, kind: Footage['class']) =>
    (kind === 'event' ? 90 : camera === yard ? 10 : 30) * day,
  locks: [],
  bytesToFree: 0,
}

it('deletes what is past the days of its camera and class, and nothing else', () => {
  const old = footage(31)
  const event = footage(31, { class: 'event' })
  const elsewhere = footage(11, { cameraId: yard })
  const young = footage(11)
  const choice = toDelete([old, event, elsewhere, young], need)
  expect(choice).toEqual({ expired: [old, elsewhere], squeezed: [], stillToFreeBytes: 0 })
})

it('for space the oldest goes first, whatever its class, and no more than is needed', () => {
  const [first, second, third] = [footage(20, { class: 'event' }), footage(19), footage(18)]
  const choice = toDelete([first, second, third], { ...need, bytesToFree: 150 })
  expect(choice).toEqual({ expired: [], squeezed: [first, second], stillToFreeBytes: 0 })
})

it('what expires anyway counts for the space', () => {
  const [expired, kept] = [footage(31), footage(20)]
  expect(toDelete([expired, kept], { ...need, bytesToFree: 100 })).toMatchObject({
    expired: [expired],
    squeezed: [],
  })
})

it('a lock beats age and a full disk, wherever it touches', () => {
  const [touched, free, elsewhere] = [footage(40), footage(39), footage(40, { cameraId: yard })]
  const lock = { cameraId: gate, fromUtcMs: touched.endUtcMs - 1, toUtcMs: touched.endUtcMs + 1 }
  const choice = toDelete([touched, elsewhere, free], { ...need, locks: [lock], bytesToFree: 1000 })
  expect(choice).toEqual({ expired: [elsewhere, free], squeezed: [], stillToFreeBytes: 800 })
  const beside = { ...lock, fromUtcMs: touched.endUtcMs }
  expect(toDelete([touched], { ...need, locks: [beside] }).expired).toEqual([touched])
})

it('asks for what budget and reserve are short of, and a little more', () => {
  const space = { usedBytes: 1000, freeBytes: 1000, budgetBytes: null, reserveBytes: 500 }
  expect(bytesToFree(space)).toBe(0)
  expect(bytesToFree({ ...space, freeBytes: 400 })).toBe(100 + 14)
  expect(bytesToFree({ ...space, budgetBytes: 900 })).toBe(100 + 9)
})

it('stops recording last, and begins again only when there is room', () => {
  const space = { usedBytes: 1000, freeBytes: 400, budgetBytes: null, reserveBytes: 500 }
  expect(mayRecord(space, true)).toBe(true)
  expect(mayRecord({ ...space, freeBytes: 249 }, true)).toBe(false)
  expect(mayRecord(space, false)).toBe(false)
  expect(mayRecord({ ...space, freeBytes: 500 }, false)).toBe(true)
  expect(mayRecord({ ...space, freeBytes: 500, budgetBytes: 960 }, true)).toBe(true)
  expect(mayRecord({ ...space, freeBytes: 500, budgetBytes: 950 }, true)).toBe(false)
})
