import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { VirtualCamera, VirtualCameras } from '../../scripts/virtual-cameras/index.ts'
import type { Alert } from '../../src/contract/alerts.ts'
import type { Camera } from '../../src/contract/cameras.ts'
import type { CameraHeat } from '../../src/contract/heatmaps.ts'
import type { SystemStatus } from '../../src/contract/system.ts'
import { startGateway, type TestGateway } from '../harness/gateway.ts'
import { until } from '../harness/until.ts'
import { demoClip, runCameras } from '../harness/virtual-cameras.ts'

/**
 * The whole gateway, and one thing after another that breaks: a person must see what it is, and it must
 * come back by itself.
 */
describe('the gateway when something breaks', () => {
  const within = 60_000
  let gateway: TestGateway
  let cameras: VirtualCameras
  const ids = new Map<string, string>()
  const started: (() => Promise<void>)[] = []

  beforeAll(async () => {
    const road = await demoClip('road-approach')
    cameras = await runCameras({ name: 'road', ...road }, { name: 'late' }, { name: 'other' })
    started.push(() => cameras.stop())
    const late = device('late')
    await late.fault('refuse')
    gateway = await startGateway({ env: { LOG_LEVEL: 'info' } })
    started.push(() => gateway.stop())
    const unit = await gateway.api<{ id: string }>('POST', '/units', {
      parentId: null,
      name: '市',
      level: 'city',
    })
    for (const camera of cameras.cameras) {
      const { id } = await gateway.api<Camera>('POST', '/cameras', {
        name: camera.name,
        unitId: unit.id,
        url: camera.rtspUrl('main'),
        subUrl: camera.rtspUrl('sub'),
        username: camera.username,
        password: camera.password,
      })
      ids.set(camera.name, id)
    }
    await crossingRule('road')
  })
  afterAll(async () => {
    for (const stop of started.reverse()) await stop()
  })

  test('a camera that refuses at first is offline with its hop, and comes up by itself', async () => {
    await faulty('late', 'network', 'connection-refused')
    await online('road')
    await device('late').fault(null)
    await online('late')
  })

  test('a dropped connection comes back, and the other cameras do not notice', async () => {
    const since = (await camera('other')).since
    await device('road').fault('drop')
    await until('the drop was noticed', () => gateway.output().includes('"connection-lost"'), within)
    await online('road')
    expect((await camera('other')).since).toBe(since)
  })

  test('a camera that hangs is told apart from one that refuses the password', async () => {
    await device('late').fault('hang')
    await faulty('late', 'camera', 'no-data')
    await device('late').fault(null)
    await online('late')
    await device('late').fault('wrong-password')
    await faulty('late', 'password', 'password-refused')
    await device('late').fault(null)
    await gateway.api('PATCH', `/cameras/${idOf('late')}`, { password: device('late').password })
    await online('late')
  })

  test('a camera that sends sound alone is said to have no picture', async () => {
    await device('late').fault('audio-only')
    await faulty('late', 'camera', 'audio-only')
    await device('late').fault(null)
    await online('late')
  })

  test('an alert is stored and its snapshot can be fetched', async () => {
    await until('an alert', async () => (await alerts()).length > 0, 2 * within)
    const [alert] = await alerts()
    const snapshot = await fetch(`${gateway.address}/api/v1/alerts/${alert?.id ?? ''}/snapshot`, {
      headers: { authorization: `Bearer ${await gateway.token()}` },
    })
    expect(snapshot.headers.get('content-type')).toBe('image/jpeg')
    expect((await snapshot.arrayBuffer()).byteLength).toBeGreaterThan(5000)
  })

  test('a worker killed in the middle of its work is replaced, and inspection goes on', async () => {
    await inspecting()
    const [worker] = childrenOf(gateway.pid, 'src/worker.ts')
    if (worker === undefined) throw new Error('no worker runs')
    process.kill(worker, 'SIGKILL')
    await until(
      'another worker',
      () => {
        const [next] = childrenOf(gateway.pid, 'src/worker.ts')
        return next !== undefined && next !== worker
      },
      within,
    )
    await inspecting()
  })

  test('a killed Redis is started again, and inspection goes on', async () => {
    const [redis] = childrenOf(gateway.pid, 'redis-server')
    if (redis === undefined) throw new Error('no Redis runs')
    process.kill(redis, 'SIGKILL')
    await until(
      'another Redis',
      () => {
        const [next] = childrenOf(gateway.pid, 'redis-server')
        return next !== undefined && next !== redis
      },
      within,
    )
    await inspecting()
    await until(
      'it is ready without a shortfall',
      async () => {
        const { shortfalls } = (await (await fetch(`${gateway.address}/readyz`)).json()) as {
          shortfalls: unknown[]
        }
        return shortfalls.length === 0
      },
      within,
    )
  })

  test('killed with -9 and started again: the cameras come back, alerts stay, nothing is doubled', async () => {
    const before = await alerts()
    expect(before.length).toBeGreaterThan(0)
    const left = childrenOf(gateway.pid, '')
    await gateway.kill()
    await until('its children ended with it', () => left.every((pid) => !isRunning(pid)), within)
    gateway = await gateway.startAgain()
    for (const name of ids.keys()) await online(name)
    await inspecting()
    const known = before.length
    await until('a further alert', async () => (await alerts()).length > known, 2 * within)
    const after = await alerts()
    const keys = after.map(({ id }) => id)
    expect(new Set(keys).size).toBe(keys.length)
    for (const { id } of before) expect(keys).toContain(id)
    const sequences = after.map(({ sequence }) => sequence)
    expect(new Set(sequences).size).toBe(sequences.length)
    const firings = after.map(({ ruleId, trackId, occurredAt }) => `${ruleId} ${trackId} ${occurredAt}`)
    expect(new Set(firings).size).toBe(firings.length)
  })

  test('SIGTERM stops everything that it started, within 10 s', async () => {
    const children = childrenOf(gateway.pid, '')
    expect(children.length).toBeGreaterThanOrEqual(4)
    const startedMs = performance.now()
    await gateway.stop()
    expect(performance.now() - startedMs).toBeLessThan(10_000)
    expect(children.filter(isRunning)).toEqual([])
  })

  test('no password of a camera is in anything that it wrote', () => {
    for (const { password } of cameras.cameras) expect(gateway.output()).not.toContain(password)
  })

  function device(name: string): VirtualCamera {
    const found = cameras.cameras.find((each) => each.name === name)
    if (found === undefined) throw new Error(`no virtual camera ${name}`)
    return found
  }

  function idOf(name: string): string {
    return ids.get(name) ?? ''
  }

  async function camera(name: string): Promise<Camera> {
    return await gateway.api<Camera>('GET', `/cameras/${idOf(name)}`)
  }

  async function online(name: string): Promise<void> {
    await until(`${name} is online`, async () => (await camera(name)).state === 'online', within)
  }

  async function faulty(name: string, hop: string, code: string): Promise<void> {
    await until(
      `${name} is faulty: ${hop} ${code}`,
      async () => {
        const { state, fault } = await camera(name)
        if (state !== 'online' && fault?.hop === hop && fault.code === code) return true
        throw new Error(`it is ${state} ${JSON.stringify(fault)}`)
      },
      within,
    )
  }

  async function alerts(): Promise<Alert[]> {
    const { items } = await gateway.api<{ items: Alert[] }>('GET', '/alerts?limit=500')
    return items
  }

  async function inspecting(): Promise<void> {
    const counted = async () => {
      const heat = await gateway.api<CameraHeat>('GET', `/heatmaps/camera/${idOf('road')}`)
      return heat.inspectedFrames
    }
    const begin = await counted()
    await until('frames are inspected', async () => (await counted()) >= begin + 10, within)
    const { analysis } = await gateway.api<SystemStatus>('GET', '/system')
    expect(analysis.workers).toBeGreaterThan(0)
  }

  async function crossingRule(name: string): Promise<void> {
    const path = `/cameras/${idOf(name)}`
    const wire = await gateway.api<{ id: string }>('POST', `${path}/zones`, {
      name: '线',
      kind: 'tripwire',
      points: [
        { x: 0.3, y: 0.72 },
        { x: 0.66, y: 0.5 },
      ],
    })
    await gateway.api('POST', `${path}/rules`, {
      name: '越线',
      zoneId: wire.id,
      kind: 'cross',
      classes: ['car', 'bus', 'truck'],
    })
  }
})

function childrenOf(pid: number, commandPart: string): number[] {
  const listed = execFileSync('ps', ['--ppid', String(pid), '-o', 'pid=', '-ww']).toString()
  return listed
    .split('\n')
    .map((line) => Number(line.trim()))
    .filter((child) => child > 0 && commandOf(child).includes(commandPart))
}

function commandOf(pid: number): string {
  try {
    return readFileSync(join('/proc', String(pid), 'cmdline'), 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
