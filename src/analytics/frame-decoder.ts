import type { ChildProcess } from 'node:child_process'
import { setPriority } from 'node:os'
import type { Readable } from 'node:stream'
import type { PictureSize } from '../domain/sampling.ts'
import { SupervisedChild } from '../platform/child.ts'
import type { Log } from '../platform/log.ts'
import { decoderArguments, stampsFd } from './decoder-arguments.ts'
import { FrameAssembler, type FrameTaker } from './frame-assembler.ts'

export interface FrameDecoderOptions {
  readonly log: Log
  readonly framesPerS: number
  readonly size: PictureSize
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
  #starts = 0

  constructor(options: FrameDecoderOptions) {
    this.#options = options
    this.#child = new SupervisedChild({
      name: 'decoder',
      argv: ['ffmpeg', ...decoderArguments(options)],
      log: options.log,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
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

  stop(): Promise<void> {
    return this.#child.stop()
  }

  #attach(process: ChildProcess): void {
    const { size, init, onFrame, onRestart } = this.#options
    const pixels = process.stdout
    const stamps = process.stdio[stampsFd] as Readable | null
    // Whoever inspects comes first: what is not decoded in time is sampled less, and nothing waits for it.
    if (process.pid !== undefined) setPriority(process.pid, decoderNiceness)
    // A process that could not be started has no pipes; it is started again.
    if (process.stdin === null || pixels === null || stamps === null || process.pid === undefined) return
    const assembler = new FrameAssembler(size.widthPx * size.heightPx * 3, onFrame)
    // What it can no longer read is lost with it: its end is what tells.
    process.stdin.on('error', () => undefined)
    pixels.on('data', (piece: Buffer) => {
      assembler.pixels(piece)
      if (assembler.waiting) pixels.pause()
    })
    stamps.on('data', (text: Buffer) => {
      assembler.stamps(text.toString('latin1'))
      if (!assembler.waiting) pixels.resume()
    })
    process.stdin.write(init)
    // Only now: the first call comes from within the constructor.
    if (this.#starts++ > 0) onRestart()
  }
}
