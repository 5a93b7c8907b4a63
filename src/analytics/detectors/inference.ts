import { Worker } from 'node:worker_threads'
import { GatewayError } from '../../domain/errors.ts'
import type { Answered, Asked, SharedTensors } from './inference-thread.ts'
import type { InferenceProvider } from './provider-names.ts'

type Question = Asked extends infer Each ? (Each extends Asked ? Omit<Each, 'id'> : never) : never

/**
 * A thread that holds models and runs them, one after another in the order of the questions. With two
 * pictures under way it never waits: while it works on one, the next is made ready on this side.
 */
export class Inference {
  readonly #thread: Worker
  readonly #open = new Map<number, PromiseWithResolvers<Answered>>()
  #lastId = 0
  #broken: Error | null = null

  constructor(provider: InferenceProvider = 'cpu') {
    this.#thread = new Worker(new URL('./inference-thread.ts', import.meta.url), { workerData: provider })
    // It keeps the process alive only while it owes an answer.
    this.#thread.unref()
    this.#thread.on('message', (answered: Answered) => {
      const open = this.#open.get(answered.id)
      this.#open.delete(answered.id)
      if (this.#open.size === 0) this.#thread.unref()
      if (answered.error === undefined) open?.resolve(answered)
      else open?.reject(failed(answered.error))
    })
    this.#thread.on('error', (error: Error) => this.#fail(error))
    this.#thread.on('exit', () => this.#fail(new Error('the thread has ended')))
  }

  /** Resolves with a number for the model. Throws `inference-failed`. */
  async load(path: string): Promise<number> {
    const { session } = await this.#ask({ act: 'load', path })
    return session ?? 0
  }

  /** The outputs, in the memory of `outputs` where that is given. Throws `inference-failed`. */
  async run(session: number, feeds: SharedTensors, outputs: SharedTensors | null): Promise<SharedTensors> {
    const answered = await this.#ask({ act: 'run', session, feeds, outputs })
    return answered.outputs ?? outputs ?? {}
  }

  async unload(session: number): Promise<void> {
    await this.#ask({ act: 'close', session })
  }

  /** What is under way is broken off. */
  async close(): Promise<void> {
    await this.#thread.terminate()
  }

  #ask(question: Question): Promise<Answered> {
    if (this.#broken !== null) return Promise.reject(failed(this.#broken.message))
    const id = ++this.#lastId
    const open = Promise.withResolvers<Answered>()
    this.#open.set(id, open)
    this.#thread.ref()
    this.#thread.postMessage({ id, ...question } satisfies Asked)
    return open.promise
  }

  #fail(error: Error): void {
    this.#broken ??= error
    for (const open of this.#open.values()) open.reject(failed(error.message))
    this.#open.clear()
  }
}

function failed(text: string): GatewayError {
  return new GatewayError({ kind: 'internal', code: 'inference-failed', message: `inference: ${text}` })
}
