import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from './config.ts'
import { camerasProcess } from './demo/cameras-process.ts'
import { type DemoDescription, readDemoDescription } from './demo/description.ts'
import { DemoPlace } from './demo/place.ts'
import { type DemoStores, plant, type RunningCamera } from './demo/planting.ts'
import type { Db } from './platform/database.ts'
import type { Log } from './platform/log.ts'

const attempts = 5

export interface Demo {
  /** The cameras are up and in the registry; rejects with what went wrong, which is in the log as well. */
  readonly ready: Promise<void>
  stop(): Promise<void>
}

export interface DemoOptions extends DemoStores {
  readonly dataDir: string
  readonly footageDir?: string
  readonly log: Log
}

/**
 * Whether demo cameras belong to this start: as DEMO says, else while there is no camera at all, and
 * then for as long as one of the demo's own is registered. Asked before the registry opens, because the
 * networks where cameras may be depend on it.
 */
export async function demoIsOn(config: Pick<Config, 'demo' | 'dataDir'>, db: Db): Promise<boolean> {
  if (config.demo !== 'auto') return config.demo === 'on'
  const addresses = addressesOf(readDemoDescription(), new DemoPlace(config.dataDir))
  const any = await db.selectFrom('cameras').select('id').limit(1).executeTakeFirst()
  if (any === undefined) return true
  const own = await db
    .selectFrom('cameras')
    .select('id')
    .where('address', 'in', addresses)
    .limit(1)
    .executeTakeFirst()
  return own !== undefined
}

/** Starts the demo cameras, and puts them into the registry unless a person has been at it since. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { dataDir, footageDir, log } = options
  const description = readDemoDescription()
  // Once planted, the demo is the user's: what they removed stays removed.
  const plantedFile = join(dataDir, 'keys', 'demo-planted')
  const toPlant = !existsSync(plantedFile) || (await isEmpty(options.cameras))
  const up = Promise.withResolvers<readonly RunningCamera[]>()
  const stopping = new AbortController()
  const child = camerasProcess({ place: new DemoPlace(dataDir), footageDir, log, onReady: up.resolve })
  child.start()
  const ready = up.promise.then(async (running) => {
    if (!toPlant) return
    await persist(() => plant(description, running, options, log), stopping.signal, log)
    writeFileSync(plantedFile, '', { mode: 0o600 })
    log.info({ cameras: running.length }, 'demo cameras registered')
  })
  ready.catch((error: unknown) => {
    if (!stopping.signal.aborted) log.error({ err: error }, 'demo cameras could not be registered')
  })
  return {
    ready,
    stop: async () => {
      stopping.abort()
      up.reject(new Error('the demo was stopped'))
      await child.stop()
    },
  }
}

/** Tries again: a busy machine may be too slow for the first questions to nine new cameras. */
async function persist(work: () => Promise<void>, stopping: AbortSignal, log: Log): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (stopping.aborted || attempt === attempts) throw error
      log.warn({ err: error, attempt }, 'registering the demo cameras is tried again')
      await sleep(attempt * 1000, undefined, { signal: stopping })
    }
  }
}

async function isEmpty(cameras: DemoStores['cameras']): Promise<boolean> {
  return (await cameras.list({ limit: 1 })).items.length === 0
}

function addressesOf({ cameras }: DemoDescription, place: DemoPlace): string[] {
  return cameras.map((_, index) => place.onvifAddress(index))
}
