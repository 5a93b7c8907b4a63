import { type Encoding, takenCores } from '../../domain/transcode.ts'
import { Channel, type ChannelOptions } from '../channel.ts'
import { cpuMsOf } from './child-cpu.ts'
import { Transcoder, type TranscoderOptions } from './transcoder.ts'

export interface RunningTranscodeOptions
  extends Omit<ChannelOptions, 'feed'>,
    Omit<TranscoderOptions, 'listener' | 'mostHeightPx'> {
  readonly encoding: Encoding
}

/** What it takes is averaged over so many looks at it. */
const mostLooks = 5

/** One transcoded stream with its viewers, and what it costs. */
export class RunningTranscode {
  readonly channel: Channel
  readonly #expectedCores: number
  readonly #sinceMs = performance.now()
  #transcoder: Transcoder | null = null
  #looks: { readonly pid: number; readonly atMs: number; readonly cpuMs: number }[] = []

  constructor({ encoding, ...options }: RunningTranscodeOptions) {
    this.#expectedCores = encoding.expectedCores
    this.channel = new Channel({
      ...options,
      feed: (listener) => {
        const { mostHeightPx } = encoding
        this.#transcoder = new Transcoder({ ...options, mostHeightPx, listener })
        return this.#transcoder
      },
    })
  }

  get pid(): number | undefined {
    return this.#transcoder?.pid
  }

  /** Cores that it kept busy lately. */
  get usedCores(): number {
    const first = this.#looks[0]
    const last = this.#looks.at(-1)
    if (first === undefined || last === undefined || last.atMs === first.atMs) return 0
    return (last.cpuMs - first.cpuMs) / (last.atMs - first.atMs)
  }

  /** What it counts for in the budget. */
  get takenCores(): number {
    return takenCores(this.#expectedCores, this.usedCores, performance.now() - this.#sinceMs)
  }

  async look(): Promise<void> {
    const { pid } = this
    const cpuMs = pid === undefined ? null : await cpuMsOf(pid)
    if (pid === undefined || cpuMs === null) {
      this.#looks = []
      return
    }
    const same = this.#looks.filter((look) => look.pid === pid)
    this.#looks = [...same, { pid, atMs: performance.now(), cpuMs }].slice(-mostLooks)
  }
}
