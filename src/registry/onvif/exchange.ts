import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { NetworkPolicy } from '../network-policy.ts'
import { deviceFault, fromConnection } from './errors.ts'
import { answerChallenge, chooseChallenge } from './http-digest.ts'

export interface Reply {
  readonly status: number
  readonly body: string
}

export interface Credentials {
  readonly username: string
  readonly password: string
}

export interface ExchangeLimits {
  /** One request and its whole reply, connecting included. */
  readonly timeoutMs: number
  readonly maxReplyBytes: number
}

/** A recorder with 64 channels and four profiles each answers GetProfiles with about 700 KB. */
export const exchangeLimits: ExchangeLimits = { timeoutMs: 5000, maxReplyBytes: 2 * 1024 * 1024 }

/**
 * POSTs one SOAP message and reads the reply within limits. HTTP digest is answered where the device
 * asks for it. Redirects are not followed: they would lead past the address check.
 */
export class Exchange {
  readonly #policy: NetworkPolicy
  readonly #limits: ExchangeLimits

  constructor(policy: NetworkPolicy, limits: ExchangeLimits = exchangeLimits) {
    this.#policy = policy
    this.#limits = limits
  }

  /** @param deadline ends the exchange early, as part of a longer conversation with its own limit */
  async post(
    url: URL,
    message: string,
    action: string,
    credentials: Credentials | null,
    deadline: AbortSignal,
  ): Promise<Reply> {
    const address = await this.#policy.allowed(url.hostname)
    const headers = {
      'content-type': `application/soap+xml; charset=utf-8; action="${action}"`,
      'content-length': String(Buffer.byteLength(message)),
    }
    const first = await this.#once(url, address, headers, message, deadline)
    if (first.status !== 401 || credentials === null) return first
    const challenge = chooseChallenge(first.challenges)
    if (challenge === null) return first
    const uri = url.pathname + url.search
    const authorization = answerChallenge(challenge, { method: 'POST', uri, ...credentials })
    return await this.#once(url, address, { ...headers, authorization }, message, deadline)
  }

  #once(
    url: URL,
    address: string,
    headers: Record<string, string>,
    message: string,
    deadline: AbortSignal,
  ): Promise<Reply & { challenges: string[] }> {
    const { timeoutMs, maxReplyBytes } = this.#limits
    return new Promise((resolve, reject) => {
      const options = {
        host: address,
        port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
        path: url.pathname + url.search,
        method: 'POST',
        headers: { host: url.host, ...headers },
        agent: false,
        maxHeaderSize: 16 * 1024,
        signal: deadline,
      }
      // Cameras come with certificates of their own making; the address is checked, the name cannot be.
      const request =
        url.protocol === 'https:'
          ? requestHttps({ ...options, rejectUnauthorized: false })
          : requestHttp(options)
      const timer = setTimeout(() => {
        request.destroy(deviceFault('timeout', `${url.host} did not answer within ${timeoutMs} ms`))
      }, timeoutMs)
      const fail = (error: unknown): void => {
        clearTimeout(timer)
        request.destroy()
        reject(fromConnection(error, url.host))
      }
      request.on('error', fail)
      request.on('response', (response) => {
        const parts: Buffer[] = []
        let bytes = 0
        response.on('data', (part: Buffer) => {
          bytes += part.length
          if (bytes > maxReplyBytes) {
            fail(deviceFault('onvif-too-large', `${url.host} answers with more than ${maxReplyBytes} bytes`))
          } else {
            parts.push(part)
          }
        })
        response.on('error', fail)
        response.on('end', () => {
          clearTimeout(timer)
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(parts).toString('utf8'),
            challenges: response.headersDistinct['www-authenticate'] ?? [],
          })
        })
      })
      request.end(message)
    })
  }
}
