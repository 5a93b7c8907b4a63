import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { ViewerConnection, type ViewerServices } from '../../src/media/republish/viewer-connection.ts'
import { createLog } from '../../src/platform/log.ts'

/** A peer that asks and takes no answer. */
class Deaf extends Duplex {
  override _read(): void {}
  override _write(): void {}
}

it('a stranger that takes no answer is cut off before its answers fill the memory', async () => {
  const deaf = new Deaf()
  const connection = new ViewerConnection(
    deaf as unknown as Socket,
    // Nobody without a key gets as far as the rest.
    { log: createLog('silent'), keys: {} } as unknown as ViewerServices,
  )
  let most = 0
  for (let asked = 0; asked < 5_000 && !deaf.destroyed; asked += 10) {
    deaf.push('OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n'.repeat(10))
    await turn()
    most = Math.max(most, deaf.writableLength)
  }
  expect(connection.username).toBeNull()
  expect(deaf.destroyed).toBe(true)
  expect(most).toBeLessThan(128 * 1024)
})
