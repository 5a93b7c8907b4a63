import { Cam } from 'onvif'
import { GatewayError } from '../../domain/errors.ts'
import { deviceFault } from './errors.ts'
import type { Credentials, Exchange } from './exchange.ts'
import { passwordDigest, readEnvelope } from './soap.ts'
import { escapeXml, type XmlElement } from './xml.ts'

interface PackageRequest {
  readonly service?: string
  readonly body: string
}
type PackageCallback = (
  this: BoundedCam,
  error: Error | null,
  data: unknown,
  xml: string,
  status: number,
) => void

/**
 * The `onvif` package's camera: it writes the requests and reads ONVIF's structures. Sending, limits
 * and XML are ours, for three measured reasons: the package keeps a reply of any length; it takes
 * namespaces out with an expression that is quadratic (256 KB of "xmlns" stop the process for 7 s);
 * and a field it misses throws out of an event handler. Its signing is replaced as well: passwords
 * beyond ASCII came out wrong.
 */
export class BoundedCam extends Cam {
  readonly #exchange: Exchange
  readonly #device: URL
  readonly #credentials: Credentials | null
  #onBroken: ((error: GatewayError) => void) | null = null
  #deadline: AbortSignal = AbortSignal.abort()

  constructor(exchange: Exchange, device: URL, credentials: Credentials | null) {
    super({
      hostname: device.hostname,
      path: device.pathname,
      // The package puts the name into its XML as it is.
      ...(credentials === null
        ? {}
        : { username: escapeXml(credentials.username), password: credentials.password }),
      autoconnect: false,
    })
    this.#exchange = exchange
    this.#device = device
    this.#credentials = credentials
  }

  /** One call of the package as a promise: also when its reading of the reply throws. One at a time. */
  ask<T>(
    deadline: AbortSignal,
    send: (done: (error: Error | null, value?: T) => void) => void,
  ): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      this.#deadline = deadline
      this.#onBroken = reject
      try {
        send((error, value) => {
          if (error === null || (error as unknown) === undefined) resolve(value)
          else reject(asFault(error))
        })
      } catch (error) {
        reject(asFault(error))
      }
    })
  }

  /** Overrides the package's sending. */
  _request(request: PackageRequest, callback: PackageCallback): void {
    const onBroken = this.#onBroken
    void this.#send(request)
      .then(
        ({ data, xml, status }) => {
          callback.call(this, null, data, xml, status)
        },
        (error: unknown) => {
          callback.call(this, asFault(error), null, '', statusOf(error))
        },
      )
      .catch((error: unknown) => onBroken?.(asFault(error)))
  }

  /** Overrides the package's signing: in the device's time, once that is known. */
  _passwordDigest(): { passdigest: string; nonce: string; timestamp: string } {
    const time =
      this.timeShift === undefined
        ? new Date()
        : new Date(Math.round(process.uptime() * 1000 + this.timeShift))
    return passwordDigest(this.#credentials?.password ?? '', time)
  }

  async #send(request: PackageRequest): Promise<{ data: unknown; xml: string; status: number }> {
    const [, name = '', namespace = ''] = /<s:Body[^>]*><(\w+) xmlns="([^"]+)"/.exec(request.body) ?? []
    const url = this.#serviceUrl(request.service)
    const reply = await this.#exchange.post(
      url,
      request.body,
      `${namespace}/${name}`,
      this.#credentials,
      this.#deadline,
    )
    const body = readEnvelope(reply)
    return { data: [asPackageData(body)], xml: reply.body, status: reply.status }
  }

  /** Path and query as announced; always on the host that we were told to speak to. */
  #serviceUrl(service: string | undefined): URL {
    const url = new URL(this.#device)
    // Filled from what the device announced: anything may be missing in it.
    const announced = this.uri as Readonly<Record<string, { path?: unknown } | undefined>> | undefined
    const path = service === undefined ? undefined : announced?.[service]?.path
    if (service !== undefined && typeof path !== 'string') {
      throw deviceFault('onvif-refused', `the device has no ${service} service`)
    }
    const parsed = typeof path === 'string' ? URL.parse(path, url.origin) : null
    if (parsed !== null) {
      url.pathname = parsed.pathname
      url.search = parsed.search
    }
    return url
  }
}

/** The shape that the package expects of its own XML reader. */
function asPackageData(element: XmlElement): unknown {
  if (element.children.length === 0 && element.attributes.size === 0) return element.text
  const data: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  if (element.attributes.size > 0) data['$'] = Object.fromEntries(element.attributes)
  if (element.text !== '') data['_'] = element.text
  for (const child of element.children) {
    const name = packageName(child.name)
    const siblings = data[name]
    if (Array.isArray(siblings)) siblings.push(asPackageData(child))
    else data[name] = [asPackageData(child)]
  }
  return data
}

/** `Profiles` becomes `profiles`, `UTCDateTime` and `XAddr` stay. */
function packageName(name: string): string {
  const second = name.charAt(1)
  return second !== second.toUpperCase() ? name.charAt(0).toLowerCase() + name.slice(1) : name
}

function asFault(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  return deviceFault('onvif-bad-reply', 'the device leaves out what ONVIF asks for', error)
}

/** The package tries GetSystemDateAndTime again, signed, when it sees this. */
function statusOf(error: unknown): number {
  return error instanceof Error && 'code' in error && error.code === 'password-refused' ? 401 : 0
}
