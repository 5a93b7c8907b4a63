import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase } from '../../src/platform/database.ts'
import { createLog } from '../../src/platform/log.ts'
import { insertCameras } from './cameras.ts'
import { finishedCluster } from './database.ts'
import { type RunWish, recordRun } from './footage.ts'
import { startGateway, type TestGateway, temporaryFolder } from './gateway.ts'

/** The real gateway on footage that is there already: nobody waits for it to be recorded. */
export async function startRecordedGateway(
  runs: readonly RunWish[],
  env: Readonly<Record<string, string>> = {},
): Promise<TestGateway> {
  const log = createLog('silent')
  const dataDir = temporaryFolder()
  execFileSync('cp', ['--archive', await finishedCluster(log), join(dataDir, 'db')])
  const database = await openDatabase({ dataDir, log })
  await insertCameras(database.db, ...new Set(runs.map(({ cameraId }) => cameraId)))
  const folder = join(dataDir, 'recordings')
  for (const run of runs) await recordRun(database.db, folder, run)
  // By it a gateway knows the folder that it recorded to.
  writeFileSync(join(folder, '.xueliang-recordings'), '')
  await database.stop()
  const gateway = await startGateway({
    dataDir,
    env: { ANALYSIS_WORKERS: '0', LOG_LEVEL: 'warn', ...env },
  })
  return {
    ...gateway,
    stop: async () => {
      await gateway.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
