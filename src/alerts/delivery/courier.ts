import type { Alert } from '../../contract/alerts.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { NetworkPolicy } from '../../registry/network-policy.ts'
import { DeliveryFailure } from './failure.ts'
import { MqttBrokers, topicOf } from './mqtt-brokers.ts'
import type { Target } from './target-store.ts'
import { callWebhook } from './webhook.ts'

export interface Message {
  /** The same for the same delivery, however often it is tried. */
  readonly deliveryId: string
  /** Null: a test, which a person asked for. */
  readonly alert: Alert | null
}

/** Carries one message to one target, whatever kind it is of. */
export class Courier {
  readonly #policy: NetworkPolicy
  readonly #brokers = new MqttBrokers()

  constructor(policy: NetworkPolicy) {
    this.#policy = policy
  }

  /** Resolves when it has arrived. Throws `DeliveryFailure`. */
  async carry(target: Target, { deliveryId, alert }: Message, signal: AbortSignal): Promise<void> {
    const address = await this.#allowed(target.url)
    const nowUtcMs = Date.now()
    const sentAt = new Date(nowUtcMs).toISOString()
    const body = JSON.stringify({ type: alert === null ? 'test' : 'alert', deliveryId, sentAt, alert })
    const { url, username, secret } = target
    if (target.kind === 'webhook') {
      await callWebhook({ url, address, secret: secret ?? '', deliveryId, body, nowUtcMs, signal })
      return
    }
    const topic = topicOf(url, alert?.unitId ?? 'test', alert?.cameraId ?? 'test')
    const broker = { targetId: target.id, url, address, username, password: secret }
    await this.#brokers.publish(broker, topic, body)
  }

  forget(targetId: string): void {
    this.#brokers.forget(targetId)
  }

  stop(): void {
    this.#brokers.stop()
  }

  /** Asked for each message: the name may mean another address by now. */
  async #allowed(url: URL): Promise<string> {
    try {
      return await this.#policy.allowed(url.hostname)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      const refused = error.code === 'address-refused'
      const text = refused ? `${url.hostname} is outside ALERT_NETWORKS` : error.message
      throw new DeliveryFailure('target', text, error)
    }
  }
}
