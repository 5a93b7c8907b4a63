import { describe, expect, it } from 'vitest'
import { coloursOf, lightOf, pixelColour } from '../../src/domain/colour.ts'
import type { ColourName, ObjectClass } from '../../src/domain/detection.ts'
import { type Painted, paintedPicture } from '../harness/picture.ts'

const street: Painted = { x: 0, y: 0, w: 1, h: 1, rgb: [120, 124, 128] }
const lawn: Painted = { x: 0, y: 0, w: 1, h: 0.2, rgb: [70, 140, 60] }
const box = { x: 0.3, y: 0.3, w: 0.25, h: 0.3 }
const man = { x: 0.4, y: 0.2, w: 0.12, h: 0.6 }

function seen(name: ObjectClass, at: typeof box, ...painted: Painted[]) {
  const picture = paintedPicture(640, 360, [street, lawn, ...painted])
  return coloursOf(picture, { class: name, score: 0.9, box: at }, lightOf(picture))
}

describe('colours', () => {
  it.each<[ColourName, [number, number, number]]>([
    ['white', [235, 236, 240]],
    ['grey', [128, 130, 134]],
    ['black', [22, 24, 30]],
    ['red', [190, 30, 40]],
    ['orange', [245, 130, 30]],
    ['yellow', [240, 210, 40]],
    ['green', [40, 130, 70]],
    ['blue', [40, 80, 190]],
    ['purple', [110, 60, 170]],
    ['pink', [240, 150, 190]],
    ['brown', [110, 72, 40]],
  ])('knows %s', (name, [r, g, b]) => expect(pixelColour(r, g, b)).toBe(name))

  it('sees the colour of the bodywork, not of windows, wheels or the road', () => {
    const car: Painted[] = [
      { ...box, rgb: [190, 30, 40] },
      { ...box, h: box.h * 0.4, rgb: [20, 20, 20] },
      { ...box, y: box.y + box.h * 0.8, h: box.h * 0.2, rgb: [20, 20, 20] },
    ]
    expect(seen('car', box, ...car)).toEqual({ colour: { name: 'red', confidence: 1 } })
  })

  it('tells upper from lower clothing', () => {
    const clothes: Painted[] = [
      { ...man, h: man.h / 2, rgb: [40, 80, 190] },
      { ...man, y: man.y + man.h / 2, h: man.h / 2, rgb: [22, 24, 30] },
    ]
    expect(seen('person', man, ...clothes)).toEqual({
      upperColour: { name: 'blue', confidence: 1 },
      lowerColour: { name: 'black', confidence: 1 },
    })
  })

  it('says nothing of legs below the edge of the picture, nor of whoever sits or is too small', () => {
    const cut = { ...man, y: 0.4 }
    expect(seen('person', cut, { ...cut, rgb: [190, 30, 40] })).not.toHaveProperty('lowerColour')
    expect(seen('person', { ...man, w: 0.4 })).toEqual({})
    expect(seen('person', { ...man, w: 0.02, h: 0.1 })).toEqual({})
    expect(seen('car', { ...box, h: 0.04 })).toEqual({})
    expect(seen('bicycle', box)).toEqual({})
    expect(seen('face', box)).toEqual({})
  })

  it('says nothing where no colour prevails', () => {
    const stripes = [0, 1, 2, 3].map(
      (i): Painted => ({
        ...box,
        x: box.x + (i * box.w) / 4,
        w: box.w / 4,
        rgb: [
          [190, 30, 40],
          [235, 236, 240],
          [22, 24, 30],
          [40, 80, 190],
        ][i] as [number, number, number],
      }),
    )
    expect(seen('car', box, ...stripes)).toEqual({})
  })

  it('says nothing by infra-red or in the dark', () => {
    const night = paintedPicture(640, 360, [street, { ...box, rgb: [200, 200, 200] }])
    expect(lightOf({ ...night, gbr: night.gbr.map((value) => value & 0xf8) }).telling).toBe(false)
    const dark = paintedPicture(640, 360, [{ ...street, rgb: [10, 12, 30] }])
    expect(lightOf(dark).telling).toBe(false)
    expect(coloursOf(dark, { class: 'car', score: 0.9, box }, lightOf(dark))).toEqual({})
  })
})
