import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { SupervisedChild } from '../platform/child.ts'
import type { Log } from '../platform/log.ts'
import type { DemoPlace } from './place.ts'
import type { RunningCamera } from './planting.ts'

const Text = Type.String({ minLength: 1, maxLength: 512 })
/** The line that `scripts/virtual-cameras.ts` prints when its cameras are up. */
const ReadyLine = Type.Object({
  cameras: Type.Array(Type.Object({ key: Text, onvif: Text, username: Text, password: Text })),
})

const script = join(import.meta.dirname, '../../scripts/virtual-cameras.ts')

/** The process of the demo cameras, started again whenever it ends. */
export function camerasProcess(options: {
  readonly place: DemoPlace
  readonly footageDir: string | undefined
  readonly log: Log
  /** At every start. */
  readonly onReady: (cameras: readonly RunningCamera[]) => void
}): SupervisedChild {
  const { place, footageDir, log, onReady } = options
  const footage: string[] = footageDir === undefined ? [] : ['--footage', footageDir]
  return new SupervisedChild({
    name: 'demo cameras',
    argv: [process.execPath, script, '--demo', '--data', place.dataDir, ...footage],
    log,
    // Its standard input stays open as long as we live: it ends when that closes.
    stdio: ['pipe', 'pipe', 'pipe'],
    restart: { firstMs: 500, longestMs: 15_000 },
    onStart: (child) => {
      listen(child, log, onReady)
    },
  })
}

function listen(
  { stdout }: ChildProcess,
  log: Log,
  onReady: (cameras: readonly RunningCamera[]) => void,
): void {
  if (stdout === null) return
  createInterface({ input: stdout }).on('line', (line) => {
    const said = parsed(line)
    if (Value.Check(ReadyLine, said)) onReady(said.cameras)
    else log.debug('demo cameras said something else')
  })
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
