import type { ChildProcess } from 'node:child_process'
import { type ChildExit, SupervisedChild } from '../../platform/child.ts'
import type { Log } from '../../platform/log.ts'
import { type TranscodeWish, transcoderArguments } from './encoder-arguments.ts'
import { type FlvListener, FlvReader } from './flv-reader.ts'

export interface TranscodeProcessOptions extends TranscodeWish {
  readonly log: Log
  /** `ftyp` + `moov` of what will be fed. */
  readonly init: Uint8Array
  readonly output: FlvListener
  /** It was started again and knows nothing: feed it from a keyframe on. */
  readonly onRestart: () => void
  readonly onExit: (exit: ChildExit) => void
}

const restart = { firstMs: 500, longestMs: 30_000 }

/** One ffmpeg for one stream in one format; started again when it ends. */
export class TranscodeProcess {
  readonly #options: TranscodeProcessOptions
  readonly #child: SupervisedChild
  #starts = 0

  constructor(options: TranscodeProcessOptions) {
    this.#options = options
    this.#child = new SupervisedChild({
      name: 'transcoder',
      argv: ['ffmpeg', ...transcoderArguments(options)],
      log: options.log,
      stdio: ['pipe', 'pipe', 'pipe'],
      // It has nothing to tidy up, and a hanging one would not listen.
      deathSignal: 'KILL',
      stopSignal: 'SIGKILL',
      restart,
      onStart: (process) => this.#attach(process),
      onExit: options.onExit,
    })
    this.#child.start()
  }

  /** Undefined between two runs. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  feed(bytes: Uint8Array): void {
    this.#child.process?.stdin?.write(bytes)
  }

  /** Ends this run; the next one follows. */
  replace(): void {
    this.#child.process?.kill('SIGKILL')
  }

  stop(): Promise<void> {
    return this.#child.stop()
  }

  #attach(process: ChildProcess): void {
    const { init, output, onRestart, log } = this.#options
    // A process that could not be started has no pipes; it is started again.
    if (process.stdin === null || process.stdout === null || process.pid === undefined) return
    const reader = new FlvReader(output)
    // What it can no longer read is lost with it: its end is what tells.
    process.stdin.on('error', () => undefined)
    process.stdout.on('data', (piece: Buffer) => {
      if (process.killed) return
      try {
        reader.take(piece)
      } catch (error) {
        log.warn({ err: error }, 'transcoder gives what cannot be read')
        process.kill('SIGKILL')
      }
    })
    process.stdin.write(init)
    // Only now: the first call comes from within the constructor.
    if (this.#starts++ > 0) onRestart()
  }
}
