import type { Fault, StreamName } from '../domain/camera.ts'
import type { CameraId } from '../domain/ids.ts'
import { streamFault } from './stream-fault.ts'

export interface AdmissionLimits {
  /** Streams that are pulled from cameras for viewers, each once however many watch it. */
  readonly streams: number
  /** Pictures that are delivered to viewers. */
  readonly viewers: number
}

/** One viewer's place. */
export interface Lease {
  /** What may be watched. */
  readonly stream: StreamName
  /** Why that is not what was asked for. */
  readonly reduced: Fault | null
  /** Twice is nothing. */
  release(): void
}

/**
 * How much the gateway takes on for people who watch. Beyond it the next one is refused and told so, or
 * gets the camera's other stream where that is being watched already: those who watch stay undisturbed.
 */
export class Admission {
  readonly #limits: AdmissionLimits
  readonly #watched = new Map<string, number>()
  #viewers = 0

  constructor(limits: AdmissionLimits) {
    this.#limits = limits
  }

  figures(): { readonly streams: number; readonly viewers: number } {
    return { streams: this.#watched.size, viewers: this.#viewers }
  }

  /** @throws GatewayError of hop `capacity` */
  admit(cameraId: CameraId, stream: StreamName): Lease {
    if (this.#viewers >= this.#limits.viewers)
      throw streamFault(
        'capacity',
        'viewers-full',
        `The gateway delivers ${this.#limits.viewers} pictures already.`,
      )
    if (this.#watched.size < this.#limits.streams || this.#watched.has(keyOf(cameraId, stream)))
      return this.#lease(cameraId, stream, null)
    const text = `The gateway pulls ${this.#limits.streams} streams for viewers already.`
    if (stream === 'main' && this.#watched.has(keyOf(cameraId, 'sub')))
      return this.#lease(cameraId, 'sub', { hop: 'capacity', code: 'streams-full', text })
    throw streamFault('capacity', 'streams-full', text)
  }

  #lease(cameraId: CameraId, stream: StreamName, reduced: Fault | null): Lease {
    const key = keyOf(cameraId, stream)
    this.#watched.set(key, (this.#watched.get(key) ?? 0) + 1)
    this.#viewers++
    let held = true
    const release = () => {
      if (!held) return
      held = false
      this.#viewers--
      const others = (this.#watched.get(key) ?? 1) - 1
      if (others === 0) this.#watched.delete(key)
      else this.#watched.set(key, others)
    }
    return { stream, reduced, release }
  }
}

function keyOf(cameraId: CameraId, stream: StreamName): string {
  return `${cameraId} ${stream}`
}
