import { type Heartbeat, heartbeatCheck, heartbeatEveryMs, parsed } from './doorbell.ts'
import type { ModelRole } from './manifest.ts'

/** After so many missed heartbeats a worker counts as gone. */
const silentMs = 4 * heartbeatEveryMs

/** The workers that are alive, wherever they run, by their heartbeats and our own clock. */
export class WorkerRoll {
  readonly #heard = new Map<string, { heartbeat: Heartbeat; atMs: number }>()

  /** A heartbeat, as it came. */
  hear(text: string): void {
    const heartbeat = parsed(heartbeatCheck, text)
    if (heartbeat !== null) this.#heard.set(heartbeat.workerId, { heartbeat, atMs: performance.now() })
  }

  get workers(): readonly Heartbeat[] {
    const nowMs = performance.now()
    for (const [id, { atMs }] of this.#heard) if (nowMs - atMs > silentMs) this.#heard.delete(id)
    return [...this.#heard.values()].map(({ heartbeat }) => heartbeat)
  }

  /** Those that can inspect a frame. */
  get capable(): readonly Heartbeat[] {
    return this.workers.filter(({ models }) => models.length > 0)
  }

  /** Of models that some worker cannot use, each once. */
  get problems(): Heartbeat['problems'] {
    const all = this.workers.flatMap(({ problems }) => problems)
    return [...new Map(all.map((problem) => [`${problem.code} ${problem.name}`, problem])).values()]
  }

  /** Each model that is at work, once. */
  get models(): Heartbeat['models'] {
    const byName = new Map(this.workers.flatMap(({ models }) => models).map((model) => [model.name, model]))
    return [...byName.values()]
  }

  /** Those of the roles that no worker has weights for; unknown, so none, while one is still loading. */
  missing(roles: readonly ModelRole[]): readonly ModelRole[] {
    const { workers, models } = this
    if (workers.length === 0 || workers.some(({ loading }) => loading)) return []
    return roles.filter((role) => !models.some((model) => model.role === role))
  }
}
