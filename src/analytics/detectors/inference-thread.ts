import { parentPort, workerData } from 'node:worker_threads'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { InferenceProvider } from './provider-names.ts'

/** Values in memory that both threads see, so that nothing is copied between them. */
export interface SharedTensor {
  readonly data: Float32Array
  readonly dims: readonly number[]
}
export type SharedTensors = Readonly<Record<string, SharedTensor>>

export type Asked =
  | { readonly id: number; readonly act: 'load'; readonly path: string }
  | {
      readonly id: number
      readonly act: 'run'
      readonly session: number
      readonly feeds: SharedTensors
      /** Where the outputs are to be written; null: their shapes are not known yet. */
      readonly outputs: SharedTensors | null
    }
  | { readonly id: number; readonly act: 'close'; readonly session: number }

export interface Answered {
  readonly id: number
  readonly error?: string
  readonly session?: number
  /** Where nobody has said where to write them. */
  readonly outputs?: SharedTensors
}

/**
 * The thread in which inference happens: `session.run` blocks whichever thread it is called on, and the
 * one that talks to the queue and prepares the next picture must not wait for it.
 */
const port = parentPort
if (port === null) throw new Error('inference-thread.ts is started by inference.ts')

const provider = workerData as InferenceProvider
const sessions = new Map<number, InferenceSession>()
let turn: Promise<void> = Promise.resolve()

port.on('message', (asked: Asked) => {
  turn = turn.then(async () => {
    try {
      port.postMessage({ id: asked.id, ...(await answer(asked)) } satisfies Answered)
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      port.postMessage({ id: asked.id, error: text } satisfies Answered)
    }
  })
})

async function answer(asked: Asked): Promise<Omit<Answered, 'id'>> {
  switch (asked.act) {
    case 'load':
      sessions.set(asked.id, await load(asked.path))
      return { session: asked.id }
    case 'run':
      return await run(asked.session, asked.feeds, asked.outputs)
    case 'close':
      await sessions.get(asked.session)?.release()
      sessions.delete(asked.session)
      return {}
  }
}

/**
 * One thread a session: a second one gains less than a second worker does, and waiting threads that spin
 * take the processor from everybody else.
 */
function load(path: string): Promise<InferenceSession> {
  return InferenceSession.create(path, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    executionProviders: [provider],
    logSeverityLevel: 3,
  })
}

async function run(
  sessionId: number,
  feeds: SharedTensors,
  outputs: SharedTensors | null,
): Promise<{ outputs?: SharedTensors }> {
  const session = sessions.get(sessionId)
  if (session === undefined) throw new Error('this model was closed')
  if (outputs !== null) {
    await session.run(tensors(feeds), tensors(outputs))
    return {}
  }
  const made = await session.run(tensors(feeds))
  return {
    outputs: Object.fromEntries(
      Object.entries(made).flatMap(([name, { data, dims }]) =>
        data instanceof Float32Array ? [[name, { data: shared(data), dims }]] : [],
      ),
    ),
  }
}

function tensors(from: SharedTensors): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(from).map(([name, { data, dims }]) => [name, new Tensor('float32', data, dims)]),
  )
}

function shared(values: Float32Array): Float32Array {
  const copy = new Float32Array(new SharedArrayBuffer(values.byteLength))
  copy.set(values)
  return copy
}
