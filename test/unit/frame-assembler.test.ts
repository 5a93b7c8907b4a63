import { describe, expect, it } from 'vitest'
import { decoderArguments } from '../../src/analytics/decoder-arguments.ts'
import { FrameAssembler } from '../../src/analytics/frame-assembler.ts'

const line = (n: number, pts90k: number) =>
  `frame:${n}    pts:${pts90k}    pts_time:${pts90k / 90_000}\nframe=1\n`

function assembler() {
  const frames: { pts90k: number; pixels: string }[] = []
  const under = new FrameAssembler(3, (pts90k, gbr) =>
    frames.push({ pts90k, pixels: Buffer.from(gbr).toString() }),
  )
  return { under, frames }
}

describe('frame assembler', () => {
  it('gives the n-th time to the n-th frame however the pieces fall', () => {
    const { under, frames } = assembler()
    under.stamps(line(0, 0).slice(0, 12))
    under.pixels(Buffer.from('ab'))
    under.stamps(line(0, 0).slice(12) + line(1, 3600))
    under.pixels(Buffer.from('cdefgh'))
    under.stamps(line(2, 7200))
    under.pixels(Buffer.from('i'))
    expect(frames).toEqual([
      { pts90k: 0, pixels: 'abc' },
      { pts90k: 3600, pixels: 'def' },
      { pts90k: 7200, pixels: 'ghi' },
    ])
  })

  it('holds pixels back until their time is known', () => {
    const { under, frames } = assembler()
    under.pixels(Buffer.from('abcdefg'))
    expect(frames).toEqual([])
    expect(under.waiting).toBe(true)
    under.stamps(line(0, 10))
    expect(frames).toEqual([{ pts90k: 10, pixels: 'abc' }])
    under.stamps(line(1, 20))
    expect(frames.at(-1)).toEqual({ pts90k: 20, pixels: 'def' })
    expect(under.waiting).toBe(false)
  })

  it('reads a last frame whose time comes after all of its pixels', () => {
    const { under, frames } = assembler()
    under.pixels(Buffer.from('abc'))
    under.stamps(line(0, 10))
    expect(frames).toHaveLength(1)
  })
})

it('asks ffmpeg for exactly this', () => {
  const size = { widthPx: 640, heightPx: 360 }
  expect(decoderArguments({ framesPerS: 4, size })).toEqual([
    '-hide_banner',
    '-nostdin',
    '-loglevel',
    'error',
    '-threads',
    '1',
    '-probesize',
    '32',
    '-analyzeduration',
    '0',
    '-f',
    'mp4',
    '-i',
    'pipe:0',
    '-map',
    '0:v:0',
    '-copyts',
    '-vsync',
    'passthrough',
    '-filter_threads',
    '1',
    '-vf',
    "settb=1/90000,select='not(eq(floor(t*4)\\,floor(prev_selected_t*4)))',metadata=add:key=frame:value=1,metadata=print:file='pipe\\:3':direct=1,scale=640:360:flags=area,format=gbrp",
    '-threads',
    '1',
    '-f',
    'rawvideo',
    'pipe:1',
  ])
})
