import { describe, expect, it } from 'vitest'
import { MotionGate } from '../../src/domain/motion-gate.ts'
import type { PlanarPicture } from '../../src/domain/picture.ts'
import { Lcg } from '../harness/lcg.ts'

const size = { widthPx: 640, heightPx: 360 }
const pixels = size.widthPx * size.heightPx

interface Scene {
  /** Grey levels added to every pixel. */
  readonly light?: number
  /** Half the width of the noise of each pixel. */
  readonly noise?: number
  readonly object?: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  /** Of the object, against the ground. */
  readonly contrast?: number
  /** A tree in the wind: the left quarter changes by as much from picture to picture. */
  readonly wind?: number
}

const random = new Lcg(7)
/** -1 to 1 */
const swing = () => random.below(2_001) / 1_000 - 1

function picture({ light = 0, noise = 3, object, contrast = 40, wind = 0 }: Scene = {}): PlanarPicture {
  const gbr = new Uint8Array(3 * pixels)
  const gust = Array.from({ length: 20 * 45 }, () => swing() * wind)
  for (let y = 0, at = 0; y < size.heightPx; y++) {
    for (let x = 0; x < size.widthPx; x++, at++) {
      const inside =
        object !== undefined &&
        x >= object.x &&
        x < object.x + object.w &&
        y >= object.y &&
        y < object.y + object.h
      const moved = x < 160 ? (gust[Math.floor(y / 8) * 20 + Math.floor(x / 8)] ?? 0) : 0
      const value = 90 + ((x >> 5) % 3) * 20 + light + moved + (inside ? contrast : 0)
      for (let plane = 0; plane < 3; plane++) {
        gbr[plane * pixels + at] = Math.max(0, Math.min(255, value + swing() * noise))
      }
    }
  }
  return { ...size, gbr }
}

/** A gate that has looked at the empty scene and seen it a few times. */
function settled(scene: Scene = {}, masks: ConstructorParameters<typeof MotionGate>[1] = [], times = 6) {
  const gate = new MotionGate(size, masks)
  gate.know(gate.cells(picture(scene)))
  for (let i = 0; i < times; i++) gate.look(gate.cells(picture(scene)))
  return (next: Scene) => gate.look(gate.cells(picture({ ...scene, ...next })))
}

describe('the motion gate', () => {
  it('takes the first picture for news', () => {
    const gate = new MotionGate(size, [])
    expect(gate.look(gate.cells(picture())).changed).toBe(true)
  })

  it('passes over noise, also that of a camera by night', () => {
    for (const noise of [0, 3, 12]) {
      const look = settled({ noise })
      for (let i = 0; i < 5; i++) expect(look({}).changed).toBe(false)
    }
  })

  it('sees an object as small as a detector can find, and where it is', () => {
    const look = settled({ noise: 6 })
    const { changed, region } = look({ object: { x: 322, y: 181, w: 8, h: 18 }, contrast: 30 })
    expect(changed).toBe(true)
    expect(region).toMatchObject({ x: expect.closeTo(0.5, 1), y: expect.closeTo(0.5, 1) })
    expect(region?.w).toBeLessThan(0.06)
  })

  it('sees what comes in so slowly that no two pictures differ', () => {
    const look = settled({ noise: 2 })
    const seen = Array.from({ length: 20 }, (_, i) => {
      return look({ object: { x: 400, y: 200, w: 30, h: 60 }, contrast: i / 2 }).changed
    })
    expect(seen[2]).toBe(false)
    expect(seen.indexOf(true)).toBeLessThan(16)
    expect(seen.at(-1)).toBe(true)
  })

  it('takes out a change of light that all of the picture shares, and no more than that', () => {
    const look = settled()
    expect(look({ light: 12 }).changed).toBe(false)
    expect(look({ light: 12, object: { x: 100, y: 100, w: 20, h: 40 } }).changed).toBe(true)
  })

  it('gets used to leaves in the wind, and still sees who walks in front of them', () => {
    const look = settled({ wind: 8 }, [], 30)
    expect(look({}).changed).toBe(false)
    expect(look({ object: { x: 60, y: 150, w: 20, h: 50 }, contrast: 60 }).changed).toBe(true)
  })

  it('minds nothing inside a mask', () => {
    const left = [
      { x: 0, y: 0 },
      { x: 0.5, y: 0 },
      { x: 0.5, y: 1 },
      { x: 0, y: 1 },
    ]
    const look = settled({}, [left])
    expect(look({ object: { x: 100, y: 100, w: 60, h: 120 } }).changed).toBe(false)
    expect(look({ object: { x: 400, y: 100, w: 60, h: 120 } }).changed).toBe(true)
  })
})
