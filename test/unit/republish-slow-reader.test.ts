import { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import type { Fragment } from '../../src/media/fragment.ts'
import { Fragmenter } from '../../src/media/fragmenter.ts'
import { ViewerStream } from '../../src/media/republish/viewer-stream.ts'
import { parseSenderReport } from '../../src/media/rtsp/rtcp.ts'
import { parameterSets } from '../harness/fuzz/corpus.ts'

const framesPerS = 25
const group = 25
const pictureBytes = 20_000
const startUtcMs = Date.now()

/** A reader's connection that takes what the test lets it take. */
class Pipe extends Writable {
  readonly taken: Buffer[] = []
  #next: (() => void) | null = null
  open = false

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.taken.push(chunk)
    if (this.open) done()
    else this.#next = done
  }

  release(): void {
    this.open = true
    this.#next?.()
  }
}

/** Fragments of `seconds` with a keyframe each second, whose pictures carry their number. */
function stream(seconds: number, viewer: ViewerStream): Fragment[] {
  const fragments: Fragment[] = []
  const fragmenter = new Fragmenter({
    init: (segment) => viewer.init(segment),
    fragment: (fragment) => fragments.push(fragment),
  })
  fragmenter.begin({ codec: 'h264', clockHz: 90_000, sound: null, roundTripMs: 0 })
  for (const nal of [parameterSets.h264[1], parameterSets.h264[5]])
    fragmenter.parameterSet(nal ?? Buffer.alloc(0))
  for (let i = 0; i < seconds * framesPerS; i++) {
    const keyframe = i % group === 0
    const nal = Buffer.alloc(pictureBytes, 1)
    nal[0] = keyframe ? 0x65 : 0x61
    nal.writeUInt32BE(i, 2)
    fragmenter.accessUnit({
      rtpTimestamp: i * 3600,
      arrivedUtcMs: startUtcMs + i * 40,
      keyframe,
      afterLoss: false,
      pieces: [nal],
      nalBytes: [nal.length],
      sampleBytes: nal.length + 4,
    })
  }
  fragmenter.finish()
  return fragments
}

interface Sent {
  /** Numbers of the pictures, in the order in which they came. */
  readonly pictures: number[]
  readonly sequences: number[]
  readonly timestamps: number[]
  readonly reports: Buffer[]
}

function sent(bytes: Buffer): Sent {
  const found: Sent = { pictures: [], sequences: [], timestamps: [], reports: [] }
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt16BE(at + 2)
    const packet = bytes.subarray(at + 4, end)
    if (bytes[at + 1] === 1) found.reports.push(packet)
    else {
      found.sequences.push(packet.readUInt16BE(2))
      // The first piece of a fragmented picture.
      if ((packet.readUInt8(12) & 0x1f) === 28 && (packet.readUInt8(13) & 0x80) !== 0) {
        found.pictures.push(packet.readUInt32BE(15))
        found.timestamps.push(packet.readUInt32BE(4))
      }
    }
    at = end
  }
  return found
}

const channels = new Map([['video', [0, 1]] as const])

it('keeps a bound for a reader that takes nothing, and goes on with a keyframe', () => {
  const pipe = new Pipe()
  const viewer = new ViewerStream({ socket: pipe, channels, sound: null, over: () => undefined })
  const fragments = stream(60, viewer)
  viewer.play()
  let most = 0
  for (const fragment of fragments.slice(0, -25)) {
    viewer.fragment(fragment)
    most = Math.max(most, pipe.writableLength)
  }
  expect(most).toBeLessThan(2 ** 20)
  expect(viewer.droppedPictures).toBeGreaterThan(500)
  pipe.release()
  for (const fragment of fragments.slice(-25)) viewer.fragment(fragment)
  const { pictures, sequences } = sent(Buffer.concat(pipe.taken))
  expect(viewer.sentPictures).toBe(pictures.length)
  expect(viewer.sentPictures + viewer.droppedPictures).toBe(60 * framesPerS)
  // What follows a hole is a keyframe, and the packets themselves have no hole.
  const afterHoles = pictures.filter((picture, i) => picture !== (pictures[i - 1] ?? -1) + 1)
  expect(afterHoles.length).toBeGreaterThan(0)
  expect(afterHoles.every((picture) => picture % group === 0)).toBe(true)
  expect(sequences).toEqual(sequences.map((_, i) => ((sequences[0] ?? 0) + i) & 0xffff))
  expect(pictures.at(-1)).toBe(60 * framesPerS - 1)
})

it('sends nothing before it plays, and then all that was kept', () => {
  const pipe = new Pipe()
  pipe.open = true
  const viewer = new ViewerStream({ socket: pipe, channels, sound: null, over: () => undefined })
  for (const fragment of stream(2, viewer)) viewer.fragment(fragment)
  expect(pipe.taken).toEqual([])
  const [, sequence, timestamp] = (/^url=video;seq=(\d+);rtptime=(\d+)$/.exec(viewer.info) ?? []).map(Number)
  viewer.play()
  const { pictures, sequences, timestamps, reports } = sent(Buffer.concat(pipe.taken))
  expect(pictures).toEqual(Array.from({ length: 50 }, (_, i) => i))
  expect([sequences[0], timestamps[0]]).toEqual([sequence, timestamp])
  // The report's two clocks are one moment: that of picture 0 is when it arrived.
  const report = parseSenderReport(reports[0] ?? Buffer.alloc(0))
  const sinceFirstMs = (((report?.rtpTimestamp ?? 0) - (timestamp ?? 0)) | 0) / 90
  expect((report?.ntpUtcMs ?? 0) - sinceFirstMs).toBeCloseTo(startUtcMs, -1)
})

it('a clock that was set back does not end a reader', () => {
  const pipe = new Pipe()
  pipe.open = true
  const over: string[] = []
  const viewer = new ViewerStream({ socket: pipe, channels, sound: null, over: () => over.push('over') })
  const [first] = stream(1, viewer)
  if (first === undefined) throw new Error('no fragment')
  const tomorrow = (utcMs: number) => utcMs + 86_400_000
  viewer.fragment({
    ...first,
    samples: first.samples.map((each) => ({ ...each, programmeUtcMs: tomorrow(each.programmeUtcMs) })),
  })
  viewer.play()
  expect(sent(Buffer.concat(pipe.taken)).reports).toHaveLength(1)
  expect(over).toEqual([])
})
