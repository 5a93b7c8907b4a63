import { createHmac } from 'node:crypto'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { DeliveryFailure } from './failure.ts'

export interface WebhookCall {
  readonly url: URL
  /** The address that was allowed for the URL's host: the name is not looked up again. */
  readonly address: string
  readonly secret: string
  readonly deliveryId: string
  readonly body: string
  readonly nowUtcMs: number
  readonly signal: AbortSignal
}

const timeoutMs = 10_000
/** An answer that says no for good; the others may say yes later. */
const passing: ReadonlySet<number> = new Set([408, 425, 429])

/** `v1=<hex>` over `<timestampS>.<body>`. */
export function signatureOf(secret: string, timestampS: number, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestampS}.${body}`).digest('hex')}`
}

/** One POST, signed; redirects are not followed, as they could lead anywhere. Throws `DeliveryFailure`. */
export async function callWebhook(call: WebhookCall): Promise<void> {
  const status = await post(call).catch((error: unknown) => {
    throw new DeliveryFailure('target', error instanceof Error ? error.message : String(error), error)
  })
  if (status >= 200 && status < 300) return
  const ofMessage = status >= 300 && status < 500 && !passing.has(status)
  throw new DeliveryFailure(ofMessage ? 'message' : 'target', `HTTP ${status}`)
}

async function post({ url, address, secret, deliveryId, body, nowUtcMs, signal }: WebhookCall) {
  const timestampS = Math.floor(nowUtcMs / 1000)
  const family = isIP(address)
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const answered = Promise.withResolvers<number>()
  const request = send(
    url,
    {
      method: 'POST',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      // A connection of its own: a kept one would outlive a change of the target's address.
      agent: false,
      lookup: (_, options, done) => {
        if (options.all === true) done(null, [{ address, family }])
        else done(null, address, family)
      },
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'xueliang-gateway',
        'x-xueliang-delivery': deliveryId,
        'x-xueliang-timestamp': String(timestampS),
        'x-xueliang-signature': signatureOf(secret, timestampS, body),
      },
    },
    (answer: IncomingMessage) => {
      // Its status is all that counts; what it says may have no end.
      answered.resolve(answer.statusCode ?? 0)
      answer.destroy()
    },
  )
  request.on('error', answered.reject)
  request.end(body)
  return await answered.promise
}
