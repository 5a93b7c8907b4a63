import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog, type Log } from '../../src/platform/log.ts'
import { openQueue, type Queue } from '../../src/platform/queue.ts'

/** A Redis of the caller's own. `stop()` ends the server and removes its folder. */
export async function startQueue(log: Log = createLog('silent')): Promise<Queue> {
  const dataDir = mkdtempSync(join(tmpdir(), 'xueliang-test-'))
  const queue = await openQueue({ dataDir, log })
  return {
    connect: queue.connect,
    prefix: queue.prefix,
    options: queue.options,
    check: queue.check,
    get serverPid() {
      return queue.serverPid
    },
    stop: async () => {
      await queue.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
