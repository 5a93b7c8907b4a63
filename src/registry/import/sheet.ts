import { Worker } from 'node:worker_threads'
import { GatewayError } from '../../domain/errors.ts'
import { mostRows, type SheetAnswer, type SheetTask } from './sheet-task.ts'

const longestMs = 30_000
const mostHeapMb = 512

/**
 * The cells of a CSV file or of the first sheet of an XLSX file, as text. In a thread of its own, with
 * bounds on memory and time: files are input, and pictures must go on while one is read. Throws
 * `file-unreadable` or `file-too-many-rows`.
 */
export async function readSheet(format: 'csv' | 'xlsx', file: Buffer): Promise<string[][]> {
  const answer = await inThread({ act: 'read', format, file: new Uint8Array(file) })
  if ('rows' in answer) return answer.rows
  throw unreadable()
}

/** An XLSX file of one sheet whose first row is its heading. */
export async function writeSheet(rows: readonly (readonly string[])[]): Promise<Buffer> {
  const answer = await inThread({ act: 'write', rows })
  if ('file' in answer) return Buffer.from(answer.file)
  throw unreadable()
}

async function inThread(task: SheetTask): Promise<SheetAnswer> {
  const thread = new Worker(new URL('./sheet-thread.ts', import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: mostHeapMb },
  })
  const timer = setTimeout(() => void thread.terminate(), longestMs)
  try {
    const answer = await new Promise<SheetAnswer>((resolve, reject) => {
      thread.once('message', resolve)
      thread.once('error', reject)
      thread.once('exit', () => reject(new Error('the thread ended without an answer')))
    })
    if (!('fault' in answer)) return answer
    throw answer.fault === 'file-too-many-rows' ? tooManyRows() : unreadable()
  } catch (error) {
    throw error instanceof GatewayError ? error : unreadable(error)
  } finally {
    clearTimeout(timer)
    void thread.terminate()
  }
}

export function tooManyRows(): GatewayError {
  return new GatewayError({
    kind: 'invalid',
    code: 'file-too-many-rows',
    message: `a file has at most ${mostRows} rows: split it`,
    details: { mostRows },
  })
}

function unreadable(cause?: unknown): GatewayError {
  return new GatewayError({
    kind: 'invalid',
    code: 'file-unreadable',
    message: 'this is no CSV or XLSX file that can be read',
    ...(cause === undefined ? {} : { cause }),
  })
}
