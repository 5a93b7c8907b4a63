import type { StreamName } from '../../domain/camera.ts'
import { GatewayError } from '../../domain/errors.ts'
import { chooseStreams, type MediaProfile } from '../../domain/stream-choice.ts'
import type { NetworkPolicy } from '../network-policy.ts'
import { parseOnvifAddress, usableStreamUrl } from './address.ts'
import { BoundedCam } from './cam.ts'
import { deviceFault } from './errors.ts'
import { type Credentials, Exchange, type ExchangeLimits, exchangeLimits } from './exchange.ts'
import { readProfiles, textAt } from './package-data.ts'
import { escapeXml } from './xml.ts'

export interface DeviceStream {
  readonly stream: StreamName
  readonly profileToken: string
  readonly codec: string
  readonly widthPx: number
  readonly heightPx: number
  readonly framesPerS: number | null
  /** rtsp(s)://, without credentials, on a host that can be reached */
  readonly url: string
}

/** What one device tells about itself. */
export interface DeviceReport {
  readonly address: string
  readonly manufacturer: string | null
  readonly model: string | null
  readonly firmware: string | null
  readonly hasPtz: boolean
  /** Device clock minus ours, to about a second: ONVIF gives whole seconds. */
  readonly clockOffsetMs: number
  readonly streams: readonly DeviceStream[]
}

export interface PtzPreset {
  readonly token: string
  readonly name: string
}

/** Everything that belongs to one question of ours, however many messages it takes; pages wait for 20 s. */
const conversationMs = 15_000
/** A client that vanishes while it moves a camera must not leave it turning. */
const moveLimitMs = 5000

/** Connects and reports: what registration and `probe` ask. */
export async function probeDevice(to: {
  readonly address: string
  readonly credentials: Credentials | null
  readonly policy: NetworkPolicy
  readonly limits?: ExchangeLimits
}): Promise<DeviceReport> {
  const deadline = AbortSignal.timeout(conversationMs)
  const device = await OnvifDevice.connect({ ...to, deadline })
  return await device.report(deadline)
}

/**
 * A conversation with one ONVIF device. The device's clock is read first, because signatures must
 * carry the device's time (ONVIF Core, 5.9.1): a camera whose clock is wrong works all the same.
 */
export class OnvifDevice {
  readonly #address: URL
  readonly #cam: BoundedCam
  readonly #policy: NetworkPolicy
  #clockOffsetMs = 0

  private constructor(address: URL, cam: BoundedCam, policy: NetworkPolicy) {
    this.#address = address
    this.#cam = cam
    this.#policy = policy
  }

  static async connect(to: {
    readonly address: string
    readonly credentials: Credentials | null
    readonly policy: NetworkPolicy
    readonly limits?: ExchangeLimits
    readonly deadline?: AbortSignal
  }): Promise<OnvifDevice> {
    const address = parseOnvifAddress(to.address)
    const exchange = new Exchange(to.policy, to.limits ?? exchangeLimits)
    const device = new OnvifDevice(address, new BoundedCam(exchange, address, to.credentials), to.policy)
    const deadline = to.deadline ?? AbortSignal.timeout(conversationMs)
    await device.#readClock(deadline)
    await device.#readServices(deadline)
    return device
  }

  /** Asks for device information, profiles and the chosen profiles' stream URIs. */
  async report(deadline: AbortSignal = AbortSignal.timeout(conversationMs)): Promise<DeviceReport> {
    const about = await this.#optional(() =>
      this.#cam.ask<object>(deadline, (done) => {
        this.#cam.getDeviceInformation(done)
      }),
    )
    const chosen = chooseStreams(await this.#profiles(deadline))
    if (chosen === null) throw deviceFault('onvif-bad-reply', 'the device offers no H.264 or H.265 profile')
    const streams = [await this.#stream('main', chosen.main, deadline)]
    if (chosen.sub !== null) streams.push(await this.#stream('sub', chosen.sub, deadline))
    return {
      address: this.#address.href,
      manufacturer: textAt(about, 'manufacturer'),
      model: textAt(about, 'model'),
      firmware: textAt(about, 'firmwareVersion'),
      hasPtz: chosen.main.hasPtz && this.#cam.uri?.ptz !== undefined,
      clockOffsetMs: this.#clockOffsetMs,
      streams,
    }
  }

  async presets(profileToken: string): Promise<PtzPreset[]> {
    // By token: the package's own answer keeps only one preset of each name.
    await this.#ask((done) => {
      this.#cam.getPresets({ profileToken: escapeXml(profileToken) }, done)
    })
    return Object.entries(this.#cam.presets ?? {})
      .slice(0, 300)
      .map(([token, preset]) => ({ token, name: textAt(preset, 'name') ?? token }))
  }

  /** Speeds from -1 to 1. */
  async move(profileToken: string, speed: { pan: number; tilt: number; zoom: number }): Promise<void> {
    await this.#ask((done) => {
      this.#cam.continuousMove(
        {
          profileToken: escapeXml(profileToken),
          x: speed.pan,
          y: speed.tilt,
          zoom: speed.zoom,
          timeout: moveLimitMs,
        },
        done,
      )
    })
  }

  async stop(profileToken: string): Promise<void> {
    await this.#ask((done) => {
      this.#cam.stop({ profileToken: escapeXml(profileToken), panTilt: true, zoom: true }, done)
    })
  }

  async goto(profileToken: string, presetToken: string): Promise<void> {
    await this.#ask((done) => {
      this.#cam.gotoPreset({ profileToken: escapeXml(profileToken), preset: escapeXml(presetToken) }, done)
    })
  }

  /** Asks the encoder of a media profile for a keyframe (ONVIF Media 5.19, Media2 5.8). */
  async synchronise(profileToken: string): Promise<void> {
    await this.#ask((done) => {
      this.#cam.setSynchronizationPoint({ profileToken: escapeXml(profileToken) }, done)
    })
  }

  #ask(send: (done: (error: Error | null) => void) => void): Promise<unknown> {
    return this.#cam.ask(AbortSignal.timeout(conversationMs), send)
  }

  async #readClock(deadline: AbortSignal): Promise<void> {
    const time = await this.#cam.ask<Date>(deadline, (done) => {
      this.#cam.getSystemDateAndTime(done)
    })
    const deviceMs = time?.getTime() ?? Number.NaN
    if (!Number.isFinite(deviceMs)) throw deviceFault('onvif-bad-reply', 'the device tells no valid time')
    // Whole seconds are cut off, not rounded: half a second is missing on average.
    this.#clockOffsetMs = Math.round(deviceMs + 500 - Date.now())
  }

  async #readServices(deadline: AbortSignal): Promise<void> {
    const services = await this.#optional(() =>
      this.#cam.ask(deadline, (done) => {
        this.#cam.getServices(false, done)
      }),
    )
    // ONVIF before 2.1 knows only capabilities, and some devices fail on one service of many.
    if (
      services === null ||
      (this.#cam.uri?.media === undefined && this.#cam.uri?.['media2'] === undefined)
    ) {
      await this.#cam.ask(deadline, (done) => {
        this.#cam.getCapabilities(done)
      })
    }
  }

  async #profiles(deadline: AbortSignal): Promise<MediaProfile[]> {
    const ask = (): Promise<unknown> =>
      this.#cam.ask<unknown>(deadline, (done) => {
        this.#cam.getProfiles(done)
      })
    if (this.#cam.media2Support === true) {
      const profiles = readProfiles(await this.#optional(ask))
      if (profiles.length > 0) return profiles
      // Media2 announced but broken is common: Media still works then.
      this.#cam.media2Support = false
    }
    return readProfiles(await ask())
  }

  async #stream(stream: StreamName, profile: MediaProfile, deadline: AbortSignal): Promise<DeviceStream> {
    const answer = await this.#cam.ask<object>(deadline, (done) => {
      this.#cam.getStreamUri({ protocol: 'RTSP', profileToken: escapeXml(profile.token) }, done)
    })
    const host = this.#address.hostname.replace(/^\[(.*)\]$/, '$1')
    const url = usableStreamUrl(textAt(answer, 'uri') ?? '', host, (other) => this.#policy.permits(other))
    if (url === null) throw deviceFault('onvif-bad-reply', 'the device gives no usable stream URI')
    const { token, codec, widthPx, heightPx, framesPerS } = profile
    return { stream, profileToken: token, codec, widthPx, heightPx, framesPerS, url }
  }

  /** Null where the device cannot or will not say; a refused password or a dead line stay errors. */
  async #optional<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask()
    } catch (error) {
      const dispensable =
        error instanceof GatewayError && (error.code === 'onvif-refused' || error.code === 'onvif-bad-reply')
      if (!dispensable) throw error
      return null
    }
  }
}
