import { describe, expect, it } from 'vitest'
import type { Rule } from '../../src/contract/rules.ts'
import type { DetectionsEvent } from '../../src/contract/socket.ts'
import type { CameraId, ZoneId } from '../../src/domain/ids.ts'
import type { RuleKind } from '../../src/domain/rule-kinds.ts'
import { ruleKinds } from '../../src/domain/rule-kinds.ts'
import type { Zone } from '../../src/domain/zone.ts'
import { changed, drawing, editing, isChanged, redone, undone } from '../../web/rules/edit.ts'
import { LiveCheck } from '../../web/rules/live-check.ts'
import { draftOf, emptyRule, kindsFor, ruleFaults, ruleFormOf, ruleOf } from '../../web/rules/rule-form.ts'
import { forwardArrow, moveAll, movePoint, splitEdge, stepOf } from '../../web/rules/shape.ts'
import { gridFault, gridOf, painted, scheduleOf, wholeWeek } from '../../web/rules/week-grid.ts'

describe('the form of a rule', () => {
  it('offers every kind where it can stand, once', () => {
    expect(kindsFor('tripwire')).toEqual(['cross'])
    expect(kindsFor('zone')).toContain('wrong-way')
    expect(kindsFor(null)).toContain('covered')
    const offered = (['zone', 'tripwire', null] as const).flatMap((ground) => kindsFor(ground))
    expect(offered.toSorted()).toEqual([...ruleKinds].toSorted())
  })

  it.each(ruleKinds)('makes a whole rule of a new form: %s', (kind: RuleKind) => {
    const form = emptyRule(kind)
    expect(ruleFaults(form)).toEqual([])
    expect(ruleOf(form, 'c')).toMatchObject({ kind, enabled: true })
  })

  it('says of each field what is wrong, and nothing of fields that the kind has not', () => {
    const bad = { ...emptyRule('dwell'), classes: [], scorePercent: '101', dwellS: '', count: 'x' }
    expect(ruleFaults(bad)).toEqual(['scorePercent', 'dwellS', 'classes'])
    expect(ruleFaults({ ...emptyRule('too-many'), count: '2.5' })).toEqual(['count'])
    expect(ruleFaults({ ...emptyRule('enter'), schedule: wholeWeek(false) })).toEqual(['never'])
  })

  it('keeps a stored schedule to the minute until it is painted over', () => {
    const schedule = [{ days: [1], fromMinute: 475, toMinute: 1025 }]
    const rule = { ...draftOf(emptyRule('enter'), 'R'), schedule } as unknown as Rule
    const limits = {
      dwellMs: null,
      direction: null,
      allowedDeg: null,
      count: null,
      holdMs: null,
      threshold: null,
    }
    const form = ruleFormOf({ ...rule, ...limits })
    expect(draftOf({ ...form, severity: 'critical' }, 'R').schedule).toEqual(schedule)
    expect(draftOf({ ...form, storedSchedule: null }, 'R').schedule).toEqual([
      { days: [1], fromMinute: 480, toMinute: 1020 },
    ])
  })

  it('sends the numbers of its kind alone', () => {
    const form = { ...emptyRule('dwell'), dwellS: '2.5', cooldownS: '30' }
    expect(draftOf(form, 'R')).toMatchObject({ name: 'R', dwellMs: 2500, cooldownMs: 30_000, schedule: [] })
    expect(draftOf(form, 'R')).not.toHaveProperty('direction')
    expect(draftOf(emptyRule('dark'), 'R')).toMatchObject({ classes: [], threshold: 0.9, holdMs: 10_000 })
  })
})

describe('the week of a rule', () => {
  it('joins hours to parts, and days that have the same', () => {
    const night = [{ days: [1, 2, 3, 4, 5, 6, 7], fromMinute: 22 * 60, toMinute: 6 * 60 }]
    const grid = gridOf(night)
    expect(grid[0]?.map(Number).join('')).toBe('111111000000000000000011')
    expect(gridOf(scheduleOf(grid))).toEqual(grid)
    expect(scheduleOf(grid)).toHaveLength(2)
    expect(scheduleOf(wholeWeek(true))).toEqual([])
  })

  it('paints between two cells and refuses what the contract does not take', () => {
    const grid = painted(wholeWeek(false), { day: 4, hour: 18 }, { day: 0, hour: 8 }, true)
    expect(scheduleOf(grid)).toEqual([{ days: [1, 2, 3, 4, 5], fromMinute: 480, toMinute: 1140 }])
    expect(gridFault(grid)).toBeNull()
    const pieces = wholeWeek(false).map((row, day) => row.map((_, hour) => hour % (day + 2) !== 0))
    expect(gridFault(pieces)).toBe('too-many-parts')
  })
})

describe('a shape that is edited', () => {
  const corners = [
    { x: 0.1, y: 0.1 },
    { x: 0.9, y: 0.1 },
    { x: 0.5, y: 0.9 },
  ]
  const shape = { id: 'z', kind: 'zone', name: 'Z', points: corners } as const

  it('goes back step by step and on again, a whole drag at once', () => {
    const first = changed(editing(shape), moveAll(corners, { x: 0.05, y: 0 }))
    const dragged = changed(first, moveAll(corners, { x: 0.08, y: 0 }), false)
    expect(isChanged(dragged)).toBe(true)
    const back = undone(dragged)
    expect(back.points).toEqual(corners)
    expect(isChanged(back)).toBe(false)
    expect(redone(back).points).toEqual(dragged.points)
    expect(undone(back)).toBe(back)
  })

  it('forgets what was undone when something else is done', () => {
    const back = undone(changed(editing(shape), splitEdge(corners, 0)))
    expect(redone(changed(back, moveAll(corners, { x: 0.01, y: 0 }))).future).toEqual([])
  })

  it('takes back the last corner while it is drawn', () => {
    const drawn = changed(changed(drawing('zone'), corners.slice(0, 1)), corners.slice(0, 2))
    expect(undone(drawn).points).toHaveLength(1)
    expect(isChanged(drawn)).toBe(false)
  })

  it('moves by arrow keys, finer with shift', () => {
    expect(stepOf('ArrowUp', false)?.y).toBeLessThan(stepOf('ArrowUp', true)?.y ?? 0)
    expect(stepOf('a', false)).toBeNull()
  })
})

describe('a drafted rule on what is seen now', () => {
  const line: Zone = {
    ...{ id: 'draft' as ZoneId, cameraId: 'c' as CameraId, name: 'L', kind: 'tripwire' },
    points: [
      { x: 0.5, y: 0 },
      { x: 0.5, y: 1 },
    ],
  }
  const seen = (atUtcMs: number, x: number): DetectionsEvent => ({
    ...{ cameraId: 'c', programmeUtcMs: atUtcMs, inspectedPerS: 4, wantedPerS: 4 },
    objects: [
      {
        ...{ trackId: 't', class: 'person', score: 0.9, box: [x - 0.05, 0.4, 0.1, 0.2] },
        ...{ velocity: [0.2, 0], ageMs: 2_000 },
      },
    ],
  })
  const rule = ruleOf(emptyRule('cross'), 'c')

  it('fires as a stored one would, and not for what was before it was changed', () => {
    const check = new LiveCheck()
    check.hold(rule, line)
    const fired = [0.2, 0.35, 0.45, 0.55, 0.7, 0.8].flatMap((x, i) => check.take(seen(1_000 + i * 250, x)))
    expect(fired).toHaveLength(1)
    expect(fired[0]?.firing).toMatchObject({ trackId: 't', direction: 'backward' })
    check.hold(rule && { ...rule, direction: 'backward' }, line)
    expect(check.fired).toEqual([])
    expect(check.take(seen(3_000, 0.82))).toEqual([])
  })

  it('remembers where objects came from when it is changed', () => {
    const check = new LiveCheck()
    check.hold(null, null)
    for (const [i, x] of [0.2, 0.3, 0.4].entries()) check.take(seen(1_000 + i * 250, x))
    check.hold(rule, line)
    const fired = [0.55, 0.7].flatMap((x, i) => check.take(seen(2_000 + i * 250, x)))
    expect(fired).toHaveLength(1)
  })
})

describe('shapes being drawn', () => {
  it('shows forward on the right hand of the way from the first point to the second', () => {
    // Screen coordinates: walking to the right, the right hand is below.
    expect(forwardArrow({ x: 0, y: 50 }, { x: 100, y: 50 }, 10).to).toEqual({ x: 50, y: 60 })
    expect(forwardArrow({ x: 100, y: 50 }, { x: 0, y: 50 }, 10).to).toEqual({ x: 50, y: 40 })
  })

  it('keeps points and whole shapes inside the picture', () => {
    const points = [
      { x: 0.1, y: 0.1 },
      { x: 0.9, y: 0.5 },
    ]
    expect(movePoint(points, 0, { x: -1, y: 2 })[0]).toEqual({ x: 0, y: 1 })
    expect(moveAll(points, { x: 0.5, y: -0.05 })).toEqual([
      { x: 0.2, y: 0.05 },
      { x: 1, y: 0.45 },
    ])
  })

  it('splits the last edge too', () => {
    const triangle = [
      { x: 0, y: 0 },
      { x: 1, y: 0 },
      { x: 0, y: 1 },
    ]
    expect(splitEdge(triangle, 2)).toEqual([...triangle, { x: 0, y: 0.5 }])
  })
})
