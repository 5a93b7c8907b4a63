import { createHash } from 'node:crypto'
import type { StreamName } from '../../../src/domain/camera.ts'
import { type Credentials, Digest } from '../digest.ts'
import type { LastingFault } from '../faults.ts'
import { deviceService } from './device-service.ts'
import type { Announcement } from './discovery.ts'
import { eventService } from './event-service.ts'
import { imagingService } from './imaging-service.ts'
import { mediaService } from './media-service.ts'
import { media2Service } from './media2-service.ts'
import { ptzService } from './ptz-service.ts'
import { PullPoints } from './pull-points.ts'
import { UsernameTokens } from './security.ts'
import { OnvifServer } from './server.ts'
import type { OnvifFacts, ProfileFacts, Service } from './service.ts'

export interface OnvifSideOptions {
  readonly name: string
  readonly address: string
  readonly port: number
  /** Absent: the camera asks nobody for a password. */
  readonly credentials?: Credentials
  readonly hasPtz: boolean
  readonly hasAudio: boolean
  readonly profiles: Readonly<Record<StreamName, ProfileFacts>>
  readonly rtspUrl: (stream: StreamName) => string
  readonly synchronise: (stream: StreamName) => void
  readonly snapshot: (stream: StreamName) => Promise<Buffer>
  /** The camera's own clock. */
  readonly now: () => number
  readonly motionEveryMs: number
  readonly fault: () => LastingFault | null
}

/** Everything of one camera that ONVIF sees. */
export class OnvifSide {
  readonly facts: OnvifFacts
  readonly #server: OnvifServer
  readonly #pullPoints: PullPoints
  readonly #fault: () => LastingFault | null

  constructor(options: OnvifSideOptions) {
    const { name, address, credentials, fault } = options
    this.#fault = fault
    this.#pullPoints = new PullPoints({ nowUtcMs: options.now, motionEveryMs: options.motionEveryMs })
    this.facts = {
      ...options,
      endpoint: () => endpointOf(`${address}:${this.#server.port} ${name}`),
      serial: hashOf(`${address} ${name}`).slice(0, 12).toUpperCase(),
      origin: () => `http://${address}:${this.#server.port}`,
    }
    const services: Service[] = [
      deviceService(this.facts, () => services),
      mediaService(this.facts),
      media2Service(this.facts),
      ...(options.hasPtz ? [ptzService(this.facts)] : []),
      imagingService(),
      eventService(this.facts, this.#pullPoints),
    ]
    this.#server = new OnvifServer({
      address,
      port: options.port,
      services,
      ...(credentials === undefined
        ? {}
        : {
            access: {
              digest: new Digest('Xueliang virtual camera', credentials, { qop: true }),
              tokens: new UsernameTokens(credentials, options.now),
            },
          }),
      fault,
      snapshot: options.snapshot,
    })
  }

  get port(): number {
    return this.#server.port
  }

  /** What a probe learns; null while the camera would not answer one. */
  get announcement(): Announcement | null {
    const fault = this.#fault()
    return fault === 'refuse' || fault === 'hang' || fault === 'garbage' ? null : { facts: this.facts }
  }

  listen(): Promise<void> {
    return this.#server.listen()
  }

  close(): Promise<void> {
    return this.#server.close()
  }

  drop(): void {
    this.#server.drop()
  }

  async stop(): Promise<void> {
    this.#pullPoints.stop()
    await this.#server.close()
  }
}

/** A UUID of the camera's own, made of its place as version 5 does (RFC 9562 §5.5). */
function endpointOf(place: string): string {
  return hashOf(place).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, 'uuid:$1-$2-5$3-8$4-$5')
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
