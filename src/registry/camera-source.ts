import type { CameraPatch, StreamInfo } from '../contract/cameras.ts'
import { GatewayError } from '../domain/errors.ts'
import type { NetworkPolicy } from './network-policy.ts'
import { parseOnvifAddress, parseStreamUrl } from './onvif/address.ts'
import { probeDevice } from './onvif/device.ts'
import type { Credentials, ExchangeLimits } from './onvif/exchange.ts'

/** How a camera is to be reached, as a person gave it. */
export interface SourceDraft {
  readonly onvif?: string | undefined
  readonly url?: string | undefined
  readonly subUrl?: string | null | undefined
  readonly username: string | null
  readonly password: string | null
}

/** How it is reached, with what the device told about itself. */
export interface CameraSource {
  readonly source: 'onvif' | 'rtsp'
  readonly address: string
  readonly mainUrl: string
  readonly subUrl: string | null
  readonly streams: StreamInfo[]
  readonly hasPtz: boolean
  readonly device: Record<string, string | null>
  readonly clockOffsetMs: number | null
}

/**
 * Finds out what can be had at the address. An ONVIF device is asked at once, and what it answers is the
 * answer: a device that cannot be reached or refuses the password is not taken on, because without its
 * stream URIs there is nothing to take, and whoever types can still correct it. An RTSP URL is complete
 * by itself and is taken also while its camera is dark.
 * Throws `camera-address-ambiguous`, `address-refused`, `url-with-credentials` and what devices fail with.
 */
export async function findSource(
  draft: SourceDraft,
  policy: NetworkPolicy,
  limits?: ExchangeLimits,
): Promise<CameraSource> {
  const address = normalAddress(draft)
  if (draft.onvif !== undefined) {
    const report = await probeDevice({
      address,
      credentials: credentialsOf(draft),
      policy,
      ...(limits === undefined ? {} : { limits }),
    })
    const [main, sub] = [report.streams[0], report.streams.find((stream) => stream.stream === 'sub')]
    return {
      source: 'onvif',
      address: report.address,
      mainUrl: main?.url ?? '',
      subUrl: sub?.url ?? null,
      streams: report.streams.map(({ url: _, ...stream }) => stream),
      hasPtz: report.hasPtz,
      device: { manufacturer: report.manufacturer, model: report.model, firmware: report.firmware },
      clockOffsetMs: report.clockOffsetMs,
    }
  }
  const mainUrl = new URL(address)
  const subUrl = typeof draft.subUrl === 'string' ? parseStreamUrl(draft.subUrl) : null
  for (const url of subUrl === null ? [mainUrl] : [mainUrl, subUrl]) await policy.allowed(url.hostname)
  return rtspSource(mainUrl.href, subUrl?.href ?? null)
}

/** What is known of a camera by its stream URLs alone. */
export function rtspSource(mainUrl: string, subUrl: string | null): CameraSource {
  return {
    source: 'rtsp',
    address: mainUrl,
    mainUrl,
    subUrl,
    streams: subUrl === null ? [unknownStream('main')] : [unknownStream('main'), unknownStream('sub')],
    hasPtz: false,
    device: {},
    clockOffsetMs: null,
  }
}

/** The form in which its address is kept. Throws where there is not exactly one, or one that can be read. */
export function normalAddress(draft: Pick<SourceDraft, 'onvif' | 'url' | 'subUrl'>): string {
  const { onvif, url, subUrl } = draft
  if (onvif !== undefined && url === undefined && typeof subUrl !== 'string')
    return parseOnvifAddress(onvif).href
  if (url !== undefined && onvif === undefined) return parseStreamUrl(url).href
  throw new GatewayError({
    kind: 'invalid',
    code: 'camera-address-ambiguous',
    message: 'a camera has either an ONVIF address or a stream URL (with a substream URL if it likes)',
    details: { field: typeof subUrl === 'string' ? 'subUrl' : 'url' },
  })
}

/**
 * How a camera is to be reached after a patch; null where that stays as it is. Throws `password-required`
 * where the kept password would go to an address that it was not given for: whoever may change addresses
 * could read it there.
 */
export function patchedSource(
  row: {
    readonly source: 'onvif' | 'rtsp'
    readonly address: string
    readonly sub_url: string | null
    readonly username: string | null
  },
  keptPassword: string | null,
  patch: CameraPatch,
): SourceDraft | null {
  const named = patch.onvif !== undefined || patch.url !== undefined
  const onvif = named ? patch.onvif : row.source === 'onvif' ? row.address : undefined
  const url = named ? patch.url : row.source === 'rtsp' ? row.address : undefined
  const keptSubUrl = row.source === 'rtsp' ? row.sub_url : null
  const draft: SourceDraft = {
    ...(onvif === undefined ? {} : { onvif }),
    ...(url === undefined ? {} : { url }),
    subUrl: patch.subUrl !== undefined ? patch.subUrl : onvif === undefined ? keptSubUrl : null,
    username: patch.username === undefined ? row.username : patch.username || null,
    password: patch.password === undefined ? keptPassword : patch.password || null,
  }
  const address = normalAddress(draft)
  const subUrl = typeof draft.subUrl === 'string' ? parseStreamUrl(draft.subUrl).href : null
  // A password given again is one to be tried at once, also where it was the right one all along: a pull
  // that was refused waits for minutes, so that the camera does not lock the account.
  const same =
    address === row.address &&
    subUrl === keptSubUrl &&
    draft.username === row.username &&
    patch.password === undefined
  if (same) return null
  const known = originsOf(row.address, keptSubUrl)
  const elsewhere = [...originsOf(address, subUrl)].some((origin) => !known.has(origin))
  if (elsewhere && keptPassword !== null && patch.password === undefined) {
    throw new GatewayError({
      kind: 'invalid',
      code: 'password-required',
      message: 'the stored password was given for another address: give it again with the new one',
      details: { field: 'password' },
    })
  }
  return draft
}

export function credentialsOf(from: {
  readonly username: string | null
  readonly password: string | null
}): Credentials | null {
  return from.username === null ? null : { username: from.username, password: from.password ?? '' }
}

/** Where credentials are sent to: scheme, host and port of each address. */
function originsOf(...addresses: readonly (string | null)[]): Set<string> {
  return new Set(
    addresses.flatMap((address) => {
      const url = address === null ? null : URL.parse(address)
      return url === null ? [] : [`${url.protocol}//${url.host}`]
    }),
  )
}

function unknownStream(stream: 'main' | 'sub'): StreamInfo {
  return { stream, profileToken: null, codec: null, widthPx: null, heightPx: null, framesPerS: null }
}
