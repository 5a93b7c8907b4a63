import { type ChildProcess, spawn } from 'node:child_process'
import type { FileHandle } from 'node:fs/promises'
import type { Readable, Writable } from 'node:stream'
import { decoderArguments, stampsFd } from '../analytics/decoder-arguments.ts'
import { FrameAssembler } from '../analytics/frame-assembler.ts'
import { type FootageSegment, keyframeAt, keyframeUtcMs } from '../domain/footage.ts'
import type { PlanarPicture } from '../domain/picture.ts'
import { analysisSize, type PictureSize } from '../domain/sampling.ts'
import type { UtcMs } from '../domain/time.ts'
import type { FootageStore } from '../media/playback/footage-store.ts'
import { damaged, type FragmentHead, readAt, readFragmentHead } from '../media/playback/fragment-head.ts'
import { childEnvironment } from '../platform/child.ts'

export interface RecordedFrame {
  readonly programmeUtcMs: UtcMs
  readonly picture: PlanarPicture
}

export interface RecordedFramesWish {
  readonly footage: Pick<FootageStore, 'open'>
  /** One after another, of one camera; not all need be of one run or format. */
  readonly segments: readonly FootageSegment[]
  readonly fromUtcMs: UtcMs
  readonly toUtcMs: UtcMs
  readonly framesPerS: number
  /** What could not be decoded: the frames of a run from some moment on. */
  readonly onTrouble: (error: unknown) => void
}

/** Decoded and not taken yet: the decoder waits. */
const mostReady = 4
/** Asked for a frame, and none came: it hangs. */
const hangingMs = 60_000

/**
 * What was recorded, sampled and scaled as live pictures are, in order and without haste: the decoder waits
 * for whoever takes the frames. Each belongs to its taker.
 */
export async function* recordedFrames(wish: RecordedFramesWish): AsyncGenerator<RecordedFrame> {
  for (const stretch of stretchesOf(wish.segments)) {
    try {
      yield* framesOf(stretch, wish)
    } catch (error) {
      wish.onTrouble(error)
    }
  }
}

/** Segments that one decoder takes one behind another. */
function stretchesOf(segments: readonly FootageSegment[]): FootageSegment[][] {
  const stretches: FootageSegment[][] = []
  for (const segment of segments) {
    const before = stretches.at(-1)?.at(-1)
    const joins = before?.runId === segment.runId && before.initSha256 === segment.initSha256
    if (joins) stretches.at(-1)?.push(segment)
    else stretches.push([segment])
  }
  return stretches
}

async function* framesOf(
  segments: readonly FootageSegment[],
  { footage, fromUtcMs, toUtcMs, framesPerS }: RecordedFramesWish,
): AsyncGenerator<RecordedFrame> {
  const [first] = segments
  if (first === undefined) return
  const init = await readInit(footage, first)
  const size = analysisSize(codedSize(init))
  const decoder = new StretchDecoder(size, framesPerS)
  const feeding = feed(decoder, init, segments, { footage, fromUtcMs, toUtcMs })
  // Whoever takes frames hears of it at the end.
  feeding.catch(() => undefined)
  try {
    for await (const frame of decoder.frames()) {
      if (frame.programmeUtcMs >= toUtcMs) return
      if (frame.programmeUtcMs >= fromUtcMs) yield frame
    }
    await feeding
  } finally {
    decoder.kill()
    await feeding.catch(() => undefined)
  }
}

async function feed(
  decoder: StretchDecoder,
  init: Buffer,
  segments: readonly FootageSegment[],
  { footage, fromUtcMs, toUtcMs }: Pick<RecordedFramesWish, 'footage' | 'fromUtcMs' | 'toUtcMs'>,
): Promise<void> {
  await decoder.write(init)
  for (const segment of segments) {
    const file = await footage.open(segment)
    try {
      for await (const { head, keyUtcMs, keyPts90k } of fragmentsOf(file, segment, fromUtcMs)) {
        const { startDts90k } = head
        if (keyUtcMs + (startDts90k - keyPts90k) / 90 >= toUtcMs) break
        for (const { pts90k } of head.samples) decoder.expect(pts90k, keyUtcMs + (pts90k - keyPts90k) / 90)
        await decoder.write(head.bytes)
        const mediaAt = head.offset + head.bytes.length
        await decoder.write(await readAt(file, mediaAt, head.wholeBytes - head.bytes.length))
        if (decoder.gone) return
      }
    } finally {
      await file.close()
    }
  }
  decoder.end()
}

interface TimedFragment {
  readonly head: FragmentHead
  /** Of the last keyframe: times between two of them go by the media's clock. */
  readonly keyUtcMs: UtcMs
  readonly keyPts90k: number
}

async function* fragmentsOf(
  file: FileHandle,
  segment: FootageSegment,
  fromUtcMs: UtcMs,
): AsyncGenerator<TimedFragment> {
  let keyframe = keyframeAt(segment, fromUtcMs)
  let offset = segment.keyframeOffset[keyframe] ?? segment.initBytes
  let keyPts90k: number | null = null
  for (;;) {
    const head = await readFragmentHead(file, offset, segment.bytes)
    if (head === null) return
    if (segment.keyframeOffset[keyframe + 1] === offset) {
      keyframe += 1
      keyPts90k = null
    }
    keyPts90k ??= head.samples[0]?.pts90k ?? 0
    yield { head, keyUtcMs: keyframeUtcMs(segment, keyframe), keyPts90k }
    offset += head.wholeBytes
  }
}

async function readInit(footage: RecordedFramesWish['footage'], segment: FootageSegment): Promise<Buffer> {
  const file = await footage.open(segment)
  try {
    return await readAt(file, 0, segment.initBytes)
  } finally {
    await file.close()
  }
}

/** As the visual sample entry says (ISO/IEC 14496-12 12.1.3). */
function codedSize(init: Buffer): PictureSize {
  const at = ['avc1', 'hvc1', 'hev1']
    .map((name) => init.indexOf(name, 0, 'latin1'))
    .find((found) => found > 0)
  if (at === undefined || at + 32 > init.length) throw damaged()
  return { widthPx: init.readUInt16BE(at + 28), heightPx: init.readUInt16BE(at + 30) }
}

/** One ffmpeg over one stretch, as patient at both ends as its neighbours need. */
class StretchDecoder {
  readonly #child: ChildProcess
  readonly #size: PictureSize
  readonly #input: Writable
  /** Programme times of what was fed and has not come out, in order of decoding. */
  readonly #expected = new Map<number, UtcMs>()
  readonly #ready: RecordedFrame[] = []
  readonly #balance: () => void
  #stir: () => void = () => undefined
  #drained: () => void = () => undefined
  #ended = false

  constructor(size: PictureSize, framesPerS: number) {
    this.#size = size
    // Its own process, dying with us, and behind everything that is live.
    const argv = ['--pdeathsig', 'KILL', '--', 'nice', '-n', '10', 'ffmpeg']
    this.#child = spawn('setpriv', [...argv, ...decoderArguments({ framesPerS, size })], {
      env: childEnvironment(),
      stdio: ['pipe', 'pipe', 'ignore', 'pipe'],
    })
    const over = () => {
      this.#ended = true
      this.#stir()
      this.#drained()
    }
    this.#child.on('close', over)
    this.#child.on('error', over)
    const { stdin, stdout } = this.#child
    const stamps = this.#child.stdio[stampsFd] as Readable | null
    if (stdin === null || stdout === null || stamps === null) throw new Error('a decoder without pipes')
    this.#input = stdin
    // What it can no longer read is lost with it: its end is what tells.
    stdin.on('error', () => undefined)
    stdin.on('drain', () => this.#drained())
    const assembler = new FrameAssembler(size.widthPx * size.heightPx * 3, (pts90k, gbr) =>
      this.#take(pts90k, gbr),
    )
    const balance = () => {
      if (assembler.waiting || this.#ready.length >= mostReady) stdout.pause()
      else stdout.resume()
    }
    this.#balance = balance
    stdout.on('data', (piece: Buffer) => {
      assembler.pixels(piece)
      balance()
    })
    stamps.on('data', (text: Buffer) => {
      assembler.stamps(text.toString('latin1'))
      balance()
    })
  }

  get gone(): boolean {
    return this.#ended
  }

  expect(pts90k: number, programmeUtcMs: UtcMs): void {
    this.#expected.set(pts90k, programmeUtcMs)
  }

  /** Resolves when there is room for more. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#ended || this.#input.write(bytes)) return
    await new Promise<void>((resolve) => {
      this.#drained = resolve
    })
  }

  end(): void {
    this.#input.end()
  }

  kill(): void {
    this.#child.kill('SIGKILL')
    // It counts as ended only when its pipes have: frames that nobody takes must not hold them.
    for (const pipe of this.#child.stdio) pipe?.destroy()
  }

  async *frames(): AsyncGenerator<RecordedFrame> {
    for (;;) {
      const frame = this.#ready.shift()
      if (frame !== undefined) {
        this.#balance()
        yield frame
      } else if (this.#ended) break
      else await this.#stirred()
    }
    const { exitCode } = this.#child
    if (exitCode !== 0) throw new Error(`the decoder ended with ${String(exitCode)}`)
  }

  async #stirred(): Promise<void> {
    const late = setTimeout(() => this.kill(), hangingMs)
    await new Promise<void>((resolve) => {
      this.#stir = resolve
    })
    clearTimeout(late)
  }

  #take(pts90k: number, gbr: Uint8Array): void {
    const programmeUtcMs = this.#expected.get(pts90k)
    for (const earlier of this.#expected.keys()) if (earlier <= pts90k) this.#expected.delete(earlier)
    if (programmeUtcMs === undefined) return
    this.#ready.push({ programmeUtcMs, picture: { ...this.#size, gbr: Uint8Array.from(gbr) } })
    this.#stir()
  }
}
