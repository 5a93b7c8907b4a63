import { expect, it } from 'vitest'
import { fittedSize, isH264, needsH264, planEncoding, takenCores } from '../../src/domain/transcode.ts'

const hd = { widthPx: 1920, heightPx: 1080 }
const uhd = { widthPx: 3840, heightPx: 2160 }
const usual = { source: hd, stream: 'sub', hardware: false, budgetCores: 4, running: [] } as const

it('asks for H.264 only where the viewer has said that it plays no H.265', () => {
  expect(needsH264(undefined)).toBe(false)
  expect(needsH264(['avc1', 'hvc1'])).toBe(false)
  expect(needsH264(['avc1'])).toBe(true)
  expect([isH264('avc1.64001f'), isH264('hvc1.1.6.L93.B0')]).toEqual([true, false])
})

it('makes pictures no higher than 720, and 1080 for a large tile or in hardware', () => {
  expect(planEncoding(usual)?.mostHeightPx).toBe(720)
  expect(planEncoding({ ...usual, stream: 'main' })?.mostHeightPx).toBe(1080)
  expect(planEncoding({ ...usual, hardware: true })?.mostHeightPx).toBe(1080)
})

it('a large picture leaves half of the budget to others', () => {
  expect(planEncoding({ ...usual, stream: 'main', running: [1.5] })?.mostHeightPx).toBe(720)
  expect(planEncoding({ ...usual, stream: 'main', budgetCores: 1 })?.mostHeightPx).toBe(720)
})

it('refuses what does not fit beside the others, counting what those really take', () => {
  const { expectedCores } = planEncoding(usual) ?? { expectedCores: 0 }
  expect(expectedCores).toBeGreaterThan(0.2)
  expect(expectedCores).toBeLessThan(0.6)
  expect(planEncoding({ ...usual, running: [4 - expectedCores] })).not.toBeNull()
  expect(planEncoding({ ...usual, running: [4 - expectedCores, 0.01] })).toBeNull()
  expect(planEncoding({ ...usual, source: uhd, running: [4 - expectedCores] })).toBeNull()
})

it('lets the first one in whatever it costs, unless transcoding is off', () => {
  expect(planEncoding({ ...usual, source: uhd, budgetCores: 0.1 })).not.toBeNull()
  expect(planEncoding({ ...usual, source: uhd, budgetCores: 0.1, running: [0.05] })).toBeNull()
  expect(planEncoding({ ...usual, budgetCores: 0 })).toBeNull()
})

it('counts a new stream for what is expected, later for what it takes', () => {
  expect(takenCores(0.4, 0, 1000)).toBe(0.4)
  expect(takenCores(0.4, 0.9, 1000)).toBe(0.9)
  expect(takenCores(0.4, 0.2, 20_000)).toBe(0.2)
  // One that stands still keeps some room.
  expect(takenCores(0.4, 0, 20_000)).toBe(0.1)
})

it.each([
  [hd, 720, { widthPx: 1280, heightPx: 720 }],
  [{ widthPx: 640, heightPx: 360 }, 720, { widthPx: 640, heightPx: 360 }],
  [{ widthPx: 1080, heightPx: 1920 }, 720, { widthPx: 406, heightPx: 720 }],
  [{ widthPx: 635, heightPx: 357 }, 720, { widthPx: 636, heightPx: 358 }],
])('fits %o into a height of %i', (source, mostHeightPx, size) => {
  const fitted = fittedSize(source, mostHeightPx)
  expect(Math.abs(fitted.widthPx - size.widthPx)).toBeLessThanOrEqual(2)
  expect(fitted.heightPx).toBe(size.heightPx)
  expect([fitted.widthPx % 2, fitted.heightPx % 2]).toEqual([0, 0])
})
