import { expect, it } from 'vitest'
import { Coverage, type CoverageSpan } from '../../src/domain/coverage.ts'

const start = Date.UTC(2026, 0, 1)

/** What is told last of each span, in order; times in seconds since the start. */
function recorder() {
  const told = new Map<number, CoverageSpan>()
  return {
    tell: (span: CoverageSpan) => void told.set(span.fromUtcMs, span),
    spans: () =>
      [...told.values()]
        .filter(({ fromUtcMs, toUtcMs }) => fromUtcMs !== toUtcMs)
        .map(({ fromUtcMs, toUtcMs, reason }) => [
          (fromUtcMs - start) / 1000,
          toUtcMs === null ? null : (toUtcMs - start) / 1000,
          reason,
        ]),
  }
}

function begun(framesPerS = 4) {
  const { tell, spans } = recorder()
  const coverage = new Coverage(framesPerS, { atUtcMs: start, reason: 'stream-starting' }, tell)
  const inspect = (fromS: number, toS: number, everyS = 0.25) => {
    for (let s = fromS; s <= toS; s += everyS) coverage.inspected(start + s * 1000)
  }
  const look = (fromS: number, toS: number, reason: string) => {
    for (let s = fromS; s <= toS; s++) coverage.look(start + s * 1000, reason)
  }
  return { coverage, spans, inspect, look }
}

it('tells when a camera was inspected, when not, and why', () => {
  const { coverage, spans, inspect, look } = begun()
  inspect(2, 10)
  look(11, 20, 'connection-lost')
  inspect(25, 30)
  coverage.end(start + 30_000)
  expect(spans()).toEqual([
    [0, 2, 'stream-starting'],
    [2, 10, null],
    [10, 25, 'connection-lost'],
    [25, 30, null],
  ])
})

it('takes a frame every two seconds for inspected, and one every ten for overload', () => {
  const still = begun()
  still.inspect(0, 60, 2)
  still.look(60, 61, 'analysis-overload')
  expect(still.spans()).toEqual([[0, null, null]])
  const loaded = begun()
  for (let s = 0; s < 60; s++) {
    if (s % 10 === 0) loaded.inspect(s, s)
    loaded.look(s, s, 'analysis-overload')
  }
  expect(loaded.spans()).toEqual([[0, null, 'analysis-overload']])
})

it('keeps a hole whose beginning is answered late', () => {
  const { spans, inspect, look } = begun()
  inspect(0, 10)
  look(16, 19, 'workers-missing')
  // The worker comes back with what it had taken, and goes on with what is new.
  inspect(10.5, 10.5)
  inspect(20, 25)
  expect(spans()).toEqual([
    [0, 10, null],
    [10, 10.5, null],
    [10.5, 20, 'workers-missing'],
    [20, null, null],
  ])
})

it('gives a slow rate of its own its time', () => {
  const { spans, inspect, look } = begun(0.2)
  inspect(0, 60, 5)
  look(70, 70, 'analysis-overload')
  expect(spans()).toEqual([[0, null, null]])
})

it('turns to another reason only when it is said twice', () => {
  const { spans, look } = begun()
  look(1, 3, 'workers-missing')
  look(4, 4, 'connection-lost')
  look(5, 6, 'workers-missing')
  look(7, 8, 'weights-missing')
  expect(spans()).toEqual([
    [0, 8, 'workers-missing'],
    [8, null, 'weights-missing'],
  ])
})

it('lets time stand still where the clock is set back, and tells no span that ends before it begins', () => {
  const { coverage, spans, inspect } = begun()
  inspect(10, 20)
  inspect(5, 8)
  coverage.look(start + 9_000, 'analysis-overload')
  inspect(21, 25)
  coverage.end(start + 8_000)
  expect(spans()).toEqual([[0, 10, 'stream-starting']])
  coverage.look(start + 40_000, 'analysis-overload')
  for (const [from, to] of spans()) expect(Number(to ?? from)).toBeGreaterThanOrEqual(Number(from))
})
