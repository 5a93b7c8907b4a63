import { existsSync, readdirSync } from 'node:fs'
import { type ChildExit, SupervisedChild } from '../../platform/child.ts'
import type { Log } from '../../platform/log.ts'
import { type EncoderName, hardwareEncoders, trialArguments } from './encoder-arguments.ts'
import { FlvReader } from './flv-reader.ts'

const trialMs = 8000

/**
 * Which H.264 encoder this machine has: one in hardware where a trial with it went well, else libx264.
 * Nothing is tried before somebody needs it.
 */
export class Encoders {
  readonly #log: Log
  readonly #candidates: EncoderName[]
  #choice: Promise<EncoderName> | null = null
  #chosen: EncoderName = 'libx264'

  constructor(log: Log, candidates: readonly EncoderName[] = hardwareEncoders.filter(hasDevice)) {
    this.#log = log
    this.#candidates = [...candidates]
  }

  /** As far as is known. */
  get hardware(): boolean {
    return this.#chosen !== 'libx264'
  }

  choose(): Promise<EncoderName> {
    this.#choice ??= this.#tryAll()
    return this.#choice
  }

  /** It passed its trial and fails in earnest. */
  distrust(encoder: EncoderName): void {
    const at = this.#candidates.indexOf(encoder)
    if (at === -1) return
    this.#candidates.splice(at, 1)
    this.#chosen = 'libx264'
    this.#choice = null
  }

  async #tryAll(): Promise<EncoderName> {
    for (const encoder of [...this.#candidates]) {
      if (!(await encodes(encoder, this.#log))) continue
      this.#log.info({ encoder }, 'hardware encoder found')
      this.#chosen = encoder
      return encoder
    }
    return 'libx264'
  }
}

/** Whether pictures go in and H.264 with its parameter sets comes out. */
export async function encodes(encoder: EncoderName, log: Log): Promise<boolean> {
  const seen = { sets: 0, pictures: 0 }
  const { promise: ended, resolve } = Promise.withResolvers<ChildExit>()
  const child = new SupervisedChild({
    name: 'encoder trial',
    argv: ['ffmpeg', ...trialArguments(encoder)],
    log,
    stdio: ['ignore', 'pipe', 'pipe'],
    deathSignal: 'KILL',
    stopSignal: 'SIGKILL',
    onStart: (process) => {
      const reader = new FlvReader({
        configuration: (record) => {
          seen.sets += record.length
        },
        picture: ({ keyframe }) => {
          if (keyframe || seen.pictures > 0) seen.pictures++
        },
      })
      process.stdout?.on('data', (piece: Buffer) => {
        try {
          reader.take(piece)
        } catch {
          process.kill('SIGKILL')
        }
      })
    },
    onExit: resolve,
  })
  child.start()
  const late = setTimeout(() => void child.stop(), trialMs)
  const { code } = await ended
  clearTimeout(late)
  return code === 0 && seen.sets > 0 && seen.pictures > 0
}

/** What an encoder works with: without it, starting ffmpeg would only take time. */
function hasDevice(encoder: EncoderName): boolean {
  if (encoder === 'h264_nvenc') return existsSync('/dev/nvidiactl')
  if (encoder === 'h264_v4l2m2m') return folderHolds('/dev', 'video')
  return folderHolds('/dev/dri', 'renderD')
}

function folderHolds(folder: string, beginning: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith(beginning))
}
