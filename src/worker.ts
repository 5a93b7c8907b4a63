import { join } from 'node:path'
import { AnalysisWorker } from './analytics/analysis-worker.ts'
import { weightFolders } from './analytics/weights.ts'
import { loadConfig } from './config.ts'
import { GatewayError } from './domain/errors.ts'
import { createLog } from './platform/log.ts'
import { addressOf, connectQueue } from './platform/queue.ts'

/** One more analysis worker, for the gateway on this machine or, by REDIS_URL, for one anywhere. */
try {
  const config = loadConfig(process.env)
  const log = createLog(config.logLevel).child({ worker: process.pid })
  const address =
    config.redisUrl === undefined
      ? { path: join(config.dataDir, 'redis', 'redis.sock') }
      : addressOf(config.redisUrl)
  const worker = new AnalysisWorker({
    log,
    queue: connectQueue(address, log),
    detector: config.detector,
    provider: config.inferenceProvider,
    ...(config.installation !== undefined && { installation: config.installation }),
    folders: weightFolders(config.modelsDir),
  })
  const stopWithinMs = 5_000
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      // Without a queue its end cannot be told there: the lock runs out by itself.
      setTimeout(() => process.exit(0), stopWithinMs).unref()
      worker.stop().then(
        () => process.exit(0),
        () => process.exit(1),
      )
    })
  }
} catch (error) {
  const text = error instanceof GatewayError ? `${error.code}: ${error.message}` : String(error)
  process.stderr.write(`${text}\n`)
  process.exit(1)
}
