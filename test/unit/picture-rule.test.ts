import { expect, it } from 'vitest'
import { advancePicture, freshPictureState, type PictureRuleState } from '../../src/domain/picture-rule.ts'
import { aRule } from '../harness/alerts.ts'

const start = 1_700_000_000_000
const dark = aRule({ kind: 'dark', threshold: 0.8, holdMs: 10_000 })

/** A measurement a second; the seconds at which it fired. */
function fired(
  measured: readonly (number | null)[],
  { holds = true, rule = dark, everyS = 1 }: { holds?: boolean; rule?: typeof dark; everyS?: number } = {},
): number[] {
  let state: PictureRuleState = freshPictureState
  return measured.flatMap((value, i) => {
    const step = advancePicture(state, rule, value, start + i * everyS * 1000, holds)
    state = step.state
    return step.firing === null ? [] : [i * everyS]
  })
}

const seconds = (count: number, value: number | null) => Array<number | null>(count).fill(value)

it('fires once when a fault has lasted, and says how bad and how long', () => {
  expect(fired([...seconds(5, 0.1), ...seconds(60, 0.9)])).toEqual([15])
  const { state } = advancePicture(freshPictureState, dark, 0.9, start, true)
  const { firing } = advancePicture(state, dark, 0.85, start + 10_000, true)
  expect(firing).toMatchObject({
    subject: `since-${start}`,
    firing: 1,
    class: null,
    explanation: { measured: 0.85, threshold: 0.8, lastedMs: 10_000, limitMs: 10_000 },
  })
})

it('does not add up what comes and goes', () => {
  expect(fired(Array.from({ length: 120 }, (_, i) => (i % 9 === 8 ? 0.1 : 0.9)))).toEqual([])
})

it('takes a value that trembles around the threshold for one fault', () => {
  expect(fired(Array.from({ length: 120 }, (_, i) => (i % 2 === 0 ? 0.82 : 0.75)))).toHaveLength(1)
})

it('fires again only after it was clearly over for a while', () => {
  const fault = seconds(20, 0.9)
  expect(fired([...fault, ...seconds(3, 0.1), ...fault])).toHaveLength(1)
  expect(fired([...fault, ...seconds(10, 0.1), ...fault])).toHaveLength(2)
})

it('says nothing of what it cannot tell, nor of a time in which nobody looked', () => {
  expect(fired(seconds(60, null))).toEqual([])
  expect(fired([...seconds(8, 0.9), ...seconds(10, null), ...seconds(1, 0.9)])).toEqual([18])
  expect(fired(seconds(5, 0.9), { everyS: 40 })).toEqual([])
})

it('waits for its schedule with what lasts', () => {
  expect(fired(seconds(60, 0.9), { holds: false })).toEqual([])
})

it('frozen: any change breaks it', () => {
  const rule = aRule({ kind: 'frozen', holdMs: 10_000 })
  expect(fired([...seconds(8, 1), 0.9, ...seconds(8, 1)], { rule })).toEqual([])
  expect(fired(seconds(12, 0.98), { rule })).toEqual([10])
})
