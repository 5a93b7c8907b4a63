import { execFile } from 'node:child_process'
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { prepareClips } from '../../scripts/demo-footage/clips.ts'
import { CredentialSeal } from '../../src/access/credential-seal.ts'
import { Places } from '../../src/access/places.ts'
import { RuleStore } from '../../src/alerts/rule-store.ts'
import { ZoneStore } from '../../src/alerts/zone-store.ts'
import { loadConfig } from '../../src/config.ts'
import { readDemoDescription } from '../../src/demo/description.ts'
import { type Demo, type DemoOptions, demoIsOn, startDemo } from '../../src/demo.ts'
import type { CameraId } from '../../src/domain/ids.ts'
import { RecordingSettingsStore } from '../../src/media/recorder/settings-store.ts'
import type { Db } from '../../src/platform/database.ts'
import { createLog } from '../../src/platform/log.ts'
import { discover } from '../../src/registry/discovery.ts'
import { NetworkPolicy } from '../../src/registry/network-policy.ts'
import { Registry } from '../../src/registry/registry.ts'
import { startDatabase } from '../harness/database.ts'
import { temporaryFolder } from '../harness/gateway.ts'

const log = createLog('silent')
const run = promisify(execFile)

interface Stage {
  readonly db: Db
  readonly registry: Registry
  readonly options: DemoOptions
  readonly zones: ZoneStore
  readonly rules: RuleStore
  /** Runs the demo until its cameras are registered. */
  start(): Promise<Demo>
}

/** Empty stores and a folder, as a first start finds them. */
async function stage(): Promise<Stage> {
  const database = await startDatabase(log)
  const policy = new NetworkPolicy(['10.0.0.0/8'], { demoCameras: true })
  const seal = new CredentialSeal(Buffer.alloc(32, 9))
  const registry = await Registry.open({
    db: database.db,
    log,
    seal,
    policy,
    places: new Places(database.db),
  })
  onTestFinished(async () => {
    await registry.stop()
    await database.stop()
  })
  const stores = { db: database.db, onChange: () => Promise.resolve() }
  const [zones, rules] = [new ZoneStore(stores), new RuleStore(stores)]
  const dataDir = temporaryFolder()
  onTestFinished(() => {
    rmSync(dataDir, { recursive: true, force: true })
  })
  const { footageDir } = loadConfig(process.env)
  const options: DemoOptions = {
    dataDir,
    ...(footageDir === undefined ? {} : { footageDir }),
    log,
    units: registry.units,
    cameras: registry.cameras,
    zones,
    rules,
    recording: new RecordingSettingsStore(database.db),
    discover: () => discover({ policy, timeoutMs: 400, log }),
  }
  const start = async (): Promise<Demo> => {
    const demo = await startDemo(options)
    onTestFinished(() => demo.stop())
    await demo.ready
    return demo
  }
  return { db: database.db, registry, options, zones, rules, start }
}

it('registers nine cameras by ONVIF in a tree of units, once, and finds them again after a restart', async () => {
  const { db, registry, options, zones, rules, start } = await stage()
  const config = { demo: 'auto', dataDir: options.dataDir } as const
  expect(await demoIsOn(config, db)).toBe(true)
  const demo = await start()

  const { items: cameras } = await registry.cameras.list({ limit: 100 })
  expect(cameras.map(({ name }) => name).toSorted()).toEqual(
    readDemoDescription()
      .cameras.map(({ name }) => name)
      .toSorted(),
  )
  const levels = (await registry.units.list({ limit: 100 })).items.map(({ level }) => level)
  const count = (level: string): number => levels.filter((each) => each === level).length
  expect([count('city'), count('county'), count('township'), count('department')]).toEqual([1, 2, 4, 2])
  for (const camera of cameras) {
    expect(camera).toMatchObject({ source: 'onvif', hasPassword: true })
    expect(camera.streams.map(({ stream }) => stream)).toEqual(['main', 'sub'])
    const id = camera.id as CameraId
    expect((await zones.list(id)).length).toBeGreaterThan(0)
    expect((await rules.list(id)).length).toBeGreaterThan(0)
  }
  const gate = cameras.find(({ name }) => name === '青山镇卡口')
  const withFootage = options.footageDir !== undefined
  expect(gate?.streams.map(({ codec }) => codec)).toEqual([withFootage ? 'H265' : 'H264', 'H264'])
  expect(statSync(join(options.dataDir, 'keys', 'demo-cameras.key')).mode & 0o077).toBe(0)

  // What a person does with the demo stays done.
  const [removed, kept] = cameras
  await registry.cameras.remove(removed?.id as CameraId)
  await demo.stop()
  expect(await demoIsOn(config, db)).toBe(true)
  await start()
  expect((await registry.cameras.list({ limit: 100 })).items).toHaveLength(cameras.length - 1)

  const source = await registry.cameras.source(kept?.id as CameraId, 'sub')
  const url = new URL(source.url)
  url.username = source.username ?? ''
  url.password = source.password ?? ''
  const show = ['-show_entries', 'stream=codec_name', '-of', 'csv=p=0']
  // The process says nothing when it has nothing new to say: the camera answers once it is up.
  await expect
    .poll(
      () =>
        run('ffprobe', ['-v', 'error', '-analyzeduration', '500000', ...show, url.href]).then(
          ({ stdout }) => stdout,
          () => '',
        ),
      { timeout: 20_000 },
    )
    .toContain('h264')
})

it('goes on where it was broken off, and leaves what a person registered alone', async () => {
  const { db, registry, options, start } = await stage()
  const unit = await registry.units.create({ parentId: null, name: '云溪市', level: 'city' })
  const own = await registry.cameras.register({
    name: 'own',
    unitId: unit.id,
    url: 'rtsp://10.9.8.7/main',
  })
  const config = { demo: 'auto', dataDir: options.dataDir } as const
  expect(await demoIsOn(config, db)).toBe(false)
  expect(await demoIsOn({ ...config, demo: 'on' }, db)).toBe(true)

  let created = 0
  const broken: DemoOptions = {
    ...options,
    zones: {
      list: (id) => options.zones.list(id),
      create: (id, draft) => {
        if (++created === 4) throw new Error('the power went')
        return options.zones.create(id, draft)
      },
    },
  }
  const first = await startDemo(broken)
  await first.ready
  await first.stop()
  expect(created).toBeGreaterThan(4)
  await start()
  const { items } = await registry.cameras.list({ limit: 100 })
  expect(items).toHaveLength(10)
  expect(items.find(({ id }) => id === own.id)).toMatchObject({ name: 'own', address: own.address })
  // The city was there already.
  expect((await registry.units.list({ parentId: 'root' })).items).toHaveLength(1)
})

it('draws a street where there is no footage, and makes nothing twice', async () => {
  const clips = await prepareClips(undefined, () => undefined)
  const files = [...clips.values()]
  expect(new Set(files.map(({ main }) => main)).size).toBe(1)
  const show = ['-show_entries', 'stream=codec_name,width,has_b_frames', '-of', 'csv=p=0']
  const look = async (path = ''): Promise<string> =>
    (await run('ffprobe', ['-v', 'error', ...show, path])).stdout
  expect(await look(files[0]?.main)).toBe('h264,1280,0\n')
  expect(await look(files[0]?.sub)).toBe('h264,640,0\n')
  const said: string[] = []
  await prepareClips(undefined, (line) => said.push(line))
  expect(said).toEqual([expect.stringContaining('drawn street')])
})
