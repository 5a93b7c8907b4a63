import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { PictureSize } from '../domain/sampling.ts'
import { SupervisedChild } from '../platform/child.ts'
import { type ChildPipe, openChildPipe } from '../platform/child-pipe.ts'
import type { Log } from '../platform/log.ts'
import { decoderArguments, stampsFd } from './decoder-arguments.ts'
import { FrameAssembler, type FrameTaker } from './frame-assembler.ts'

export interface FrameDecoderOptions {
  readonly log: Log
  readonly framesPerS: number
  readonly size: PictureSize
  /** Ours alone, to make pipes in. */
  readonly folder: string
  /** `ftyp` + `moov` of what will be fed. */
  readonly init: Uint8Array
  readonly onFrame: FrameTaker
  /** It was started again and knows nothing: feed it from a keyframe on. */
  readonly onRestart: () => void
}

/** What waits to be decoded at most, a few seconds of a substream: more and the decoder is behind. */
const mostWaitingBytes = 4 * 2 ** 20
const decoderNiceness = 5
const restart = { firstMs: 500, longestMs: 30_000 }

/** One ffmpeg for one camera in one format; started again when it dies or hangs. */
export class FrameDecoder {
  readonly #options: FrameDecoderOptions
  readonly #child: SupervisedChild
  readonly #assembler: FrameAssembler
  #pixels: ChildPipe | null = null
  #starts = 0

  constructor(options: FrameDecoderOptions) {
    this.#options = options
    const { widthPx, heightPx } = options.size
    this.#assembler = new FrameAssembler(widthPx * heightPx * 3, options.onFrame)
    this.#child = new SupervisedChild({
      name: 'decoder',
      argv: ['ffmpeg', ...decoderArguments(options)],
      log: options.log,
      stdio: () => ['pipe', this.#openPixels(), 'pipe', 'pipe'],
      // It has nothing to tidy up, and a hanging one would not listen.
      deathSignal: 'KILL',
      stopSignal: 'SIGKILL',
      restart,
      onStart: (process) => this.#attach(process),
    })
    this.#child.start()
  }

  get running(): boolean {
    return this.#child.process !== null
  }

  /** True while it is so far behind that what is fed now would come out too late to be of use. */
  get behind(): boolean {
    return (this.#child.process?.stdin?.writableLength ?? 0) > mostWaitingBytes
  }

  feed(bytes: Uint8Array): void {
    this.#child.process?.stdin?.write(bytes)
  }

  /** It takes what it is fed and gives nothing. */
  replaceHanging(): void {
    this.#options.log.warn('decoder hangs and is replaced')
    this.#child.process?.kill('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.#child.stop()
    this.#pixels?.close()
  }

  /** For a process that is about to start; what the one before it left half said is forgotten. */
  #openPixels(): number | 'ignore' {
    this.#pixels?.close()
    this.#pixels = null
    this.#assembler.restart()
    try {
      this.#pixels = this.#newPipe()
      return this.#pixels.theirs
    } catch (error) {
      // It gives nothing, is found to hang, and is tried again.
      this.#options.log.error({ err: error }, 'no pipe for a decoder')
      return 'ignore'
    }
  }

  #newPipe(): ChildPipe {
    const pipe = openChildPipe(join(this.#options.folder, `${randomUUID()}.pipe`), (piece) => {
      this.#assembler.pixels(piece)
      if (this.#assembler.waiting) pipe.pause()
    })
    return pipe
  }

  #attach(process: ChildProcess): void {
    const { init, onRestart } = this.#options
    const pixels = this.#pixels
    pixels?.handedOver()
    const stamps = process.stdio[stampsFd] as Readable | null
    // A process that could not be started has no pipes; it is started again.
    if (process.stdin === null || pixels === null || stamps === null || process.pid === undefined) return
    // Whoever inspects comes first: what is not decoded in time is sampled less, and nothing waits for it.
    setPriority(process.pid, decoderNiceness)
    // What it can no longer read is lost with it: its end is what tells.
    process.stdin.on('error', () => undefined)
    stamps.on('data', (text: Buffer) => {
      this.#assembler.stamps(text.toString('latin1'))
      if (!this.#assembler.waiting) pixels.resume()
    })
    process.stdin.write(init)
    // Only now: the first call comes from within the constructor.
    if (this.#starts++ > 0) onRestart()
  }
}
