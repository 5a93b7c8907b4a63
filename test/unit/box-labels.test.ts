import { describe, expect, it } from 'vitest'
import { en } from '../../web/language/words-en.ts'
import { zh } from '../../web/language/words-zh.ts'
import { type Area, boxLabel, labelPlace } from '../../web/live/box-labels.ts'

const car = {
  trackId: '0198c0de-0000-7000-8000-00000000007b',
  class: 'car',
  score: 0.9,
  box: [0.1, 0.1, 0.2, 0.2] as const,
}

describe('labels of boxes', () => {
  it('say what is known, in both languages', () => {
    expect(boxLabel(car, zh)).toEqual({ long: '轿车 123', short: '轿车 123' })
    const attributes = {
      colour: { name: 'white', confidence: 0.8 },
      plate: { text: '皖A195K9', confidences: [1, 1, 1, 1, 1, 1, 1] },
    } as const
    expect(boxLabel({ ...car, attributes }, zh)).toEqual({
      long: '白色轿车 皖A195K9',
      short: '轿车 皖A195K9',
    })
    expect(boxLabel({ ...car, attributes }, en).long).toBe('white car 皖A195K9')
    const clothes = {
      upperColour: { name: 'black', confidence: 0.8 },
      lowerColour: { name: 'blue', confidence: 0.6 },
    } as const
    expect(boxLabel({ ...car, class: 'person', attributes: clothes }, zh).long).toBe('人 123 上黑 下蓝')
    expect(boxLabel({ ...car, class: 'person', attributes: clothes }, en).long).toBe(
      'person 123 black top blue legs',
    )
  })

  it('stand above their box, or where there is room, and never on each other', () => {
    const picture = { w: 600, h: 400 }
    const label = { w: 80, h: 20 }
    const taken: Area[] = []
    const put = (box: Area) => {
      const place = labelPlace(box, label, picture, taken)
      if (place) taken.push(place)
      return place
    }
    expect(put({ x: 100, y: 100, w: 60, h: 50 })).toMatchObject({ x: 100, y: 80 })
    expect(put({ x: 110, y: 95, w: 60, h: 50 })).toMatchObject({ x: 110, y: 145 })
    expect(put({ x: 105, y: 102, w: 60, h: 44 })).toMatchObject({ y: 102 })
    // At the upper and the right edge it stays within the picture.
    expect(put({ x: 570, y: 5, w: 60, h: 60 })).toMatchObject({ x: 520, y: 5 })
    expect(put({ x: 100, y: 98, w: 60, h: 40 })).toBeNull()
    for (const a of taken) for (const b of taken) if (a !== b) expect(touches(a, b)).toBe(false)
  })
})

function touches(a: Area, b: Area): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}
