import { io } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Alert } from '../../src/contract/alerts.ts'
import type { Finding, Review, Trial } from '../../src/contract/reviews.ts'
import type { DetectionsEvent } from '../../src/contract/socket.ts'
import type { TestGateway } from '../harness/gateway.ts'
import { hasPassingCars, roadFramesPerS, startRoad } from '../harness/passing-cars.ts'
import { until } from '../harness/until.ts'

const minute = 60_000
const line = {
  name: 'middle',
  kind: 'tripwire',
  points: [
    { x: 0.5, y: 0.02 },
    { x: 0.5, y: 0.98 },
  ],
} as const
const rule = { name: 'car passes', kind: 'cross', classes: ['car', 'bus', 'truck'], minScore: 0.4 } as const

describe.skipIf(!hasPassingCars)('rules over what is past (needs the footage)', { timeout: 180_000 }, () => {
  let gateway: TestGateway
  let cameraId: string
  let alerts: readonly Alert[]
  let fromUtcMs = 0
  let toUtcMs = 0
  /** Programme times of what live analysis looked at. */
  const lookedUtcMs: number[] = []
  const started: (() => unknown)[] = []

  beforeAll(async () => {
    const road = await startRoad('127.0.1.54')
    started.push(() => road.stop())
    ;({ gateway, cameraId } = road)
    const zone = await gateway.api<{ id: string }>('POST', `/cameras/${cameraId}/zones`, line)
    await gateway.api('POST', `/cameras/${cameraId}/rules`, { ...rule, zoneId: zone.id })
    const socket = io(gateway.address, { auth: { token: await gateway.token() }, transports: ['websocket'] })
    started.push(() => socket.disconnect())
    socket.on('detections', (event: DetectionsEvent) => lookedUtcMs.push(event.programmeUtcMs))
    socket.emit('watch', [cameraId], () => undefined)
    await until('the camera is looked at', () => lookedUtcMs.length > 0, minute)
    fromUtcMs = Math.ceil(lookedUtcMs[0] ?? 0)
    alerts = await until('two cars crossed', async () => await crossings(2), 2 * minute)
    // What belongs to the last of them is over, and recorded.
    const last = Date.parse(alerts.at(-1)?.occurredAt ?? '')
    toUtcMs = Math.ceil(last) + 1_500
    await until(
      'recorded so far',
      async () => {
        const { runs } = await gateway.api<{ runs: { to: string }[] }>(
          'GET',
          `/cameras/${cameraId}/recordings?from=${fromUtcMs}&to=${toUtcMs + 60_000}`,
        )
        return runs.some(({ to }) => Date.parse(to) >= toUtcMs)
      },
      minute,
    )
  }, 4 * minute)
  afterAll(async () => {
    for (const stop of started.reverse()) await stop()
  })

  async function crossings(least: number): Promise<Alert[] | null> {
    const { items } = await gateway.api<{ items: Alert[] }>('GET', '/alerts?after=0&folded=true')
    return items.length >= least ? items : null
  }

  const iso = (utcMs: number) => new Date(utcMs).toISOString()
  const window = () => ({ from: iso(fromUtcMs), to: iso(toUtcMs) })
  const review = (wish: object) =>
    gateway.api<Review>('POST', '/reviews', {
      name: 'look back',
      cameraIds: [cameraId],
      ...window(),
      ...wish,
    })
  const stateOf = (id: string) => gateway.api<Review>('GET', `/reviews/${id}`)
  const ended = (id: string) =>
    until(
      'the review has ended',
      async () => {
        const now = await stateOf(id)
        return ['done', 'failed', 'cancelled'].includes(now.state) && now
      },
      2 * minute,
    )
  const findingsOf = async (id: string) =>
    (await gateway.api<{ items: Finding[] }>('GET', `/reviews/${id}/findings`)).items

  it('tries a rule on what was found: the very alerts that it raised', async () => {
    const trial = await gateway.api<Trial>('POST', `/cameras/${cameraId}/rules/trial`, {
      rule,
      zone: line,
      ...window(),
    })
    const fired = trial.firings.map(({ trackId, at, direction }) => [trackId, Date.parse(at), direction])
    const raised = alerts.map(({ trackId, occurredAt, direction }) => [
      trackId,
      Date.parse(occurredAt),
      direction,
    ])
    expect(fired).toEqual(
      raised.map(([trackId, at, direction]) => [trackId, expect.closeTo(Number(at), -1), direction]),
    )
    expect(trial.fired).toBe(alerts.length)
    expect(trial.inspectedMs).toBeGreaterThan(10_000)
    const backward = { ...rule, direction: 'backward' }
    const other = await gateway.api<Trial>('POST', `/cameras/${cameraId}/rules/trial`, {
      rule: alerts[0]?.direction === 'backward' ? { ...rule, direction: 'forward' } : backward,
      zone: line,
      ...window(),
    })
    expect(other.fired).toBe(0)
  })

  it('finds in the recording what live rules raised, within one frame that live analysis took', async () => {
    const { id } = await review({})
    const done = await ended(id)
    expect(done).toMatchObject({ state: 'done', reason: null, findings: alerts.length, remainingMs: null })
    expect(done.cameras[0]).toMatchObject({ outcome: 'done', cameraName: 'Road', rules: 1 })
    expect(done.inspectedMs / done.footageMs).toBeGreaterThan(0.9)
    expect(done.timesRealTime).toBeGreaterThan(0)
    const findings = await findingsOf(id)
    expect(findings.map(({ direction }) => direction)).toEqual(alerts.map(({ direction }) => direction))
    for (const [i, { occurredAt }] of alerts.entries()) {
      const raisedUtcMs = Date.parse(occurredAt)
      const before = lookedUtcMs.findLast((at) => at < raisedUtcMs - 1) ?? raisedUtcMs
      const tookMs = Math.max(1000 / roadFramesPerS, raisedUtcMs - before)
      const apartMs = Math.abs(Date.parse(findings[i]?.at ?? '') - raisedUtcMs)
      expect(apartMs).toBeLessThanOrEqual(tookMs + 100)
    }
    const still = await fetch(`${gateway.address}${findings[0]?.still}`, {
      headers: { authorization: `Bearer ${await gateway.token()}` },
    })
    expect(still.headers.get('content-type')).toBe('image/jpeg')
    expect((await still.arrayBuffer()).byteLength).toBeGreaterThan(5_000)
    // It called nobody.
    expect(await crossings(0)).not.toContainEqual(expect.objectContaining({ ruleName: 'look back' }))
  })

  it('a drafted rule needs no stored one, and says what does not fit', async () => {
    const { id } = await review({ draft: { rule: { ...rule, name: 'drafted' }, zone: line } })
    await ended(id)
    const findings = await findingsOf(id)
    expect(findings).toHaveLength(alerts.length)
    expect(findings[0]).toMatchObject({ ruleName: 'drafted', zoneName: 'middle' })
    await gateway.api('DELETE', `/reviews/${id}`)
    await expect(stateOf(id)).rejects.toThrow(/review-unknown/)
    const wrong = { draft: { rule: { ...rule, kind: 'enter' }, zone: line } }
    await expect(review(wrong)).rejects.toThrow(/rule-zone-mismatch/)
    await expect(review({ from: iso(0), to: iso(1) })).resolves.toHaveProperty('id')
    await expect(review({ to: iso(fromUtcMs) })).rejects.toThrow(/window-empty/)
    await expect(review({ cameraIds: ['nobody'] })).rejects.toThrow(/camera-unknown/)
  })

  it('goes on where it was when the gateway was killed', async () => {
    await gateway.api('PATCH', `/cameras/${cameraId}`, { analysis: { enabled: false, framesPerS: 5 } })
    const { id } = await review({})
    await until('it is under way', async () => (await stateOf(id)).startedAt !== null, minute)
    await gateway.kill()
    gateway = await gateway.startAgain()
    started.push(() => gateway.stop())
    const done = await ended(id)
    expect(done.state).toBe('done')
    expect(done.findings).toBe(alerts.length)
    expect(done.inspectedMs / done.footageMs).toBeGreaterThan(0.9)
  })
})
