import { isIP } from 'node:net'
import type { IClientOptions, MqttClient } from 'mqtt'
import { DeliveryFailure } from './failure.ts'

export interface BrokerAddress {
  readonly targetId: string
  readonly url: URL
  /** The address that was allowed for the URL's host. */
  readonly address: string
  readonly username: string | null
  readonly password: string | null
}

const timeoutMs = 10_000
const usualPrefix = 'xueliang'

/** `<prefix>/alerts/<unitId>/<cameraId>` */
export function topicOf(url: URL, unitId: string, cameraId: string): string {
  const prefix = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, '')
  return `${prefix === '' ? usualPrefix : prefix}/alerts/${unitId}/${cameraId}`
}

/** Connections to MQTT brokers, one a target, made when something is to be said and kept. */
export class MqttBrokers {
  readonly #clients = new Map<string, Promise<MqttClient>>()

  /** QoS 1: resolves when the broker has it. Throws `DeliveryFailure`. */
  async publish(broker: BrokerAddress, topic: string, body: string): Promise<void> {
    try {
      const client = await this.#client(broker)
      await within(client.publishAsync(topic, body, { qos: 1 }))
    } catch (error) {
      this.forget(broker.targetId)
      throw new DeliveryFailure('target', error instanceof Error ? error.message : String(error), error)
    }
  }

  /** After the target was changed, or failed: the next message connects anew. */
  forget(targetId: string): void {
    const client = this.#clients.get(targetId)
    this.#clients.delete(targetId)
    client?.then(
      (connected) => connected.end(true),
      () => undefined,
    )
  }

  stop(): void {
    for (const targetId of [...this.#clients.keys()]) this.forget(targetId)
  }

  #client(broker: BrokerAddress): Promise<MqttClient> {
    const known = this.#clients.get(broker.targetId)
    if (known !== undefined) return known
    const connecting = connect(broker)
    this.#clients.set(broker.targetId, connecting)
    connecting.then(
      (client) =>
        client.once('close', () => {
          if (this.#clients.get(broker.targetId) === connecting) this.#clients.delete(broker.targetId)
        }),
      () => undefined,
    )
    return connecting
  }
}

async function connect({ targetId, url, address, username, password }: BrokerAddress): Promise<MqttClient> {
  // Only where there is such a target: the library takes some megabytes.
  const { connectAsync } = await import('mqtt')
  const secure = url.protocol === 'mqtts:'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = url.port === '' ? (secure ? 8883 : 1883) : Number(url.port)
  const broker = `${url.protocol}//${isIP(address) === 6 ? `[${address}]` : address}:${port}`
  const options: IClientOptions = {
    ...(secure ? { servername: host } : {}),
    clientId: `xueliang-${targetId}`,
    connectTimeout: timeoutMs,
    // Whoever delivers tries again, with patience of its own.
    reconnectPeriod: 0,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
  }
  const client = await connectAsync(broker, options, false)
  // Without a listener an error would end the process; the next message finds out.
  client.on('error', () => undefined)
  return client
}

async function within<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(new Error('the broker does not answer'))
  }, timeoutMs)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
