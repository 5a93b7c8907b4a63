import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PlanarPicture } from '../../src/domain/picture.ts'
import {
  blendViews,
  comparePicture,
  keepEarlier,
  measureView,
  type PictureMeasures,
  type View,
} from '../../src/domain/picture-quality.ts'
import { advancePicture, freshPictureState } from '../../src/domain/picture-rule.ts'
import { pictureRuleKinds, usualLimits } from '../../src/domain/rule-kinds.ts'
import { aRule } from '../harness/alerts.ts'
import { outputOf } from '../harness/streams.ts'

const footage = process.env['FOOTAGE_DIR'] ?? join(import.meta.dirname, '../../../shared/footage')
const clips = ['road-approach-27s.mp4', 'one-by-one-person-detection.mp4']

/** Each as ffmpeg makes it of the clean clip, and which faults it is; in what order does not matter. */
const distortions: readonly (readonly [name: string, filter: string, faults: readonly string[]])[] = [
  ['nothing', 'null', []],
  ['noise of a cheap sensor', 'noise=alls=12:allf=t', []],
  ['a brighter hour', 'lutyuv=y=min(255\\,val*1.3+15)', []],
  ['dusk', 'lutyuv=y=val*0.6', []],
  ['night without colour', 'lutyuv=y=val*0.4,noise=alls=10:allf=t,hue=s=0', []],
  ['out of focus', 'gblur=sigma=4', ['blurred']],
  ['no light', 'lutyuv=y=val*0.1', ['dark', 'covered']],
  ['glare', 'lutyuv=y=min(255\\,val*3+90)', ['overexposed']],
  ['a grey sheet before the lens', 'drawbox=x=0:y=0:w=iw:h=ih:color=0x505050:t=fill', ['covered', 'frozen']],
  ['pushed aside', 'scroll=hpos=0.2', ['moved']],
  ['pushed aside a little', 'scroll=hpos=0.04', ['moved']],
  ['zoomed', 'crop=iw*0.6:ih*0.6', ['moved']],
  ['tinted', 'colorchannelmixer=rr=1.3:gg=0.6:bb=1.3', ['colour-cast']],
  ['frozen', 'loop=loop=-1:size=1:start=0', ['frozen']],
]

const widthPx = 640
const heightPx = 360
/** Longer than what is remembered of earlier pictures: shown again and again it must not look frozen. */
const seconds = 12

describe.skipIf(!existsSync(join(footage, clips[0]!)))('faults of the picture (needs the footage)', () => {
  describe.each(clips)('%s', (clip) => {
    let reference: View | null = null

    it.each(distortions)('%s', async (_, filter, faults) => {
      reference ??= (await pictures(clip, 'null')).map(measureView).reduce((a, b) => blendViews(a, b, 0.2))
      expect(faultsOf(await pictures(clip, filter), reference)).toEqual(faults.toSorted())
    })
  })
})

/** What every rule with its usual limits says of the clip shown for two minutes, a look a second. */
function faultsOf(shown: readonly PlanarPicture[], reference: View): string[] {
  const rules = pictureRuleKinds
    .filter((kind) => kind !== 'signal-lost')
    .map((kind) => ({ kind, rule: aRule({ kind, ...usualLimits[kind] }), state: freshPictureState }))
  const views = shown.map(measureView)
  const fired = new Set<string>()
  let earlier: readonly View[] = []
  for (let s = 0; s < 120; s++) {
    // Once whole, then its second half again and again: an encoder needs a moment to settle.
    const half = Math.floor(views.length / 2)
    const view = views[s < views.length ? s : half + (s % half)]!
    const measures: PictureMeasures = comparePicture(view, reference, earlier)
    earlier = keepEarlier(earlier, view, measures)
    for (const each of rules) {
      const measured = each.kind === 'colour-cast' ? measures.colourCast : measures[each.kind]
      const { state, firing } = advancePicture(each.state, each.rule, measured, s * 1000, true)
      each.state = state
      if (firing !== null) fired.add(each.kind)
    }
  }
  return [...fired].sort()
}

/** Distorted, then sent through an encoder as a camera's picture is. */
async function pictures(clip: string, filter: string): Promise<PlanarPicture[]> {
  const scale = `fps=2,scale=${widthPx}:${heightPx},format=yuv420p`
  const encode = `-c:v libx264 -preset ultrafast -crf 26 -g 6 -f matroska pipe:1`.split(' ')
  const input = ['-v', 'error', '-i', join(footage, clip)]
  const sent = await outputOf('ffmpeg', [
    ...input,
    '-vf',
    `${filter},${scale}`,
    '-t',
    String(seconds),
    ...encode,
  ])
  const raw = await outputOf(
    'ffmpeg',
    [...'-v error -i pipe:0 -pix_fmt gbrp -f rawvideo pipe:1'.split(' ')],
    sent,
  )
  const size = 3 * widthPx * heightPx
  return Array.from({ length: Math.floor(raw.length / size) }, (_, i) => ({
    ...{ widthPx, heightPx },
    gbr: raw.subarray(i * size, (i + 1) * size),
  }))
}
