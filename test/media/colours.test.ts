import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodePicture } from '../../src/analytics/jpeg.ts'
import { loadConfig } from '../../src/config.ts'
import { coloursOf, lightOf } from '../../src/domain/colour.ts'
import type { ObjectClass } from '../../src/domain/detection.ts'

const footage = loadConfig(process.env).footageDir ?? ''
const road = 'road-approach-27s.mp4'
const yard = 'car-detection.mp4'
const room = 'one-by-one-person-detection.mp4'
const square = 'pedestrians-8s.mp4'

type Case = readonly [
  what: string,
  clip: string,
  atS: number,
  name: ObjectClass,
  /** Left, top, width, height in pixels of the clip. */
  box: readonly [number, number, number, number],
  /** What somebody who looks at it says; null: nothing that can be said for sure. */
  colours: { readonly colour?: string; readonly upper?: string; readonly lower?: string },
]

const cases: readonly Case[] = [
  ['a school bus far away', road, 3, 'bus', [193, 81, 74, 26], { colour: 'yellow' }],
  ['a black car near by', road, 8, 'car', [390, 212, 250, 140], { colour: 'black' }],
  ['a white car from above', yard, 6, 'car', [274, 130, 182, 291], { colour: 'white' }],
  ['a red car that shines', yard, 16, 'car', [316, 218, 178, 212], { colour: 'red' }],
  ['another white car', yard, 26, 'car', [161, 0, 160, 187], { colour: 'white' }],
  ['a long grey cardigan', room, 12, 'person', [389, 16, 122, 378], { upper: 'grey' }],
  ['all in black', room, 30, 'person', [383, 5, 160, 379], { upper: 'black', lower: 'black' }],
  ['a black shirt, bare arms', room, 80, 'person', [365, 32, 133, 348], { upper: 'black', lower: 'black' }],
  ['a pale shirt', room, 128, 'person', [347, 3, 177, 393], { upper: 'grey' }],
  [
    'dark clothes on a red square',
    square,
    2,
    'person',
    [343, 133, 62, 130],
    { upper: 'black', lower: 'black' },
  ],
]

describe.skipIf(!existsSync(join(footage, road)))('colours in real pictures (needs the footage)', () => {
  it.each(cases)(
    '%s',
    async (_, clip, atS, name, [left, top, width, height], wanted) => {
      const png = execFileSync('ffmpeg', [
        ...['-v', 'error', '-ss', `${atS}`, '-i', join(footage, clip)],
        ...['-frames:v', '1', '-f', 'image2pipe', '-c:v', 'png', '-'],
      ])
      const picture = await decodePicture(png)
      const { widthPx, heightPx } = picture
      const box = { x: left / widthPx, y: top / heightPx, w: width / widthPx, h: height / heightPx }
      const seen = coloursOf(picture, { class: name, score: 0.9, box }, lightOf(picture))
      const names = {
        colour: seen.colour?.name,
        upper: seen.upperColour?.name,
        lower: seen.lowerColour?.name,
      }
      expect(names).toMatchObject(wanted)
    },
    60_000,
  )
})
