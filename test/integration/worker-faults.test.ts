import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { AnalysisWorker } from '../../src/analytics/analysis-worker.ts'
import { requireProvider } from '../../src/analytics/detectors/inference-provider.ts'
import { type Answer, channelsOf, gatewayChannel } from '../../src/analytics/doorbell.ts'
import { Doorbells } from '../../src/analytics/doorbells.ts'
import { FrameLender } from '../../src/analytics/frame-loan.ts'
import { Inspector } from '../../src/analytics/inspector.ts'
import { modelsFolder, readManifest } from '../../src/analytics/manifest.ts'
import type { CameraId } from '../../src/domain/ids.ts'
import { createLog } from '../../src/platform/log.ts'
import { type Queue, queuePrefix } from '../../src/platform/queue.ts'
import { plainPicture } from '../harness/picture.ts'
import { startQueue } from '../harness/queue.ts'
import { until } from '../harness/until.ts'

const log = createLog('silent')
const camera = 'camera-1' as CameraId
const within = 60_000

function model(name: string) {
  const entry = readManifest().find((each) => each.name === name)
  if (entry === undefined) throw new Error(`no model ${name}`)
  return { entry, path: join(modelsFolder, entry.file) }
}

/** A gateway's end: rings, lends what `picture` gives, and hears what comes of it. */
async function gatewayOn(queue: Pick<Queue, 'connect' | 'options'>, jpeg: () => Buffer | null) {
  const prefix = queuePrefix(randomUUID())
  const answers: Answer[] = []
  const failures: string[] = []
  const bells = new Doorbells({ options: queue.options, prefix }, log, {
    taken: () => undefined,
    answered: (_, __, answer) => answers.push(answer),
    failed: (_, __, reason) => failures.push(reason),
  })
  await bells.start()
  const redis = queue.connect()
  const heard = queue.connect()
  const channels = channelsOf(prefix)
  const lender = new FrameLender(redis, prefix, log, () => ({
    ...{ sequence: 1, picture: plainPicture(), moved: null },
  }))
  heard.on('message', (channel: string, text: string) => {
    const broken = jpeg()
    if (broken === null) lender.answer(channel, text)
    else {
      const { replyTo } = JSON.parse(text) as { replyTo: string }
      void redis.rpush(replyTo, Buffer.concat([Buffer.alloc(40, 1), broken]))
    }
  })
  await heard.subscribe(channels.frameRequest)
  const announcing = setInterval(() => void redis.publish(gatewayChannel, prefix), 200)
  onTestFinished(async () => {
    clearInterval(announcing)
    heard.disconnect()
    redis.disconnect()
    await bells.stop()
  })
  let rings = 0
  const ring = () =>
    bells.ring(
      { cameraId: camera, slotPath: '/nowhere', slotProof: '0', platesAtRest: null },
      `${camera}~${++rings}`,
      'usual',
    )
  return { answers, failures, ring, bells }
}

it('fails one inspection for a broken frame, says why, and does the next', async () => {
  const queue = await startQueue()
  onTestFinished(() => queue.stop())
  let broken = true
  const gateway = await gatewayOn(queue, () => (broken ? Buffer.from('no jpeg at all') : null))
  const worker = new AnalysisWorker({ log, queue, detector: 'auto', folders: [modelsFolder] })
  onTestFinished(() => worker.stop())
  await gateway.ring()
  await until('a failure', () => gateway.failures.length > 0, within)
  expect(gateway.failures[0]).toMatch(/unsupported image format/i)
  broken = false
  await gateway.ring()
  await until('an answer', () => gateway.answers.length > 0, within)
  expect(gateway.answers[0]).toMatchObject({ sequence: 1, sure: [] })
})

it('serves every gateway that uses the same Redis, and none clears what another has rung', async () => {
  const queue = await startQueue()
  onTestFinished(() => queue.stop())
  const first = await gatewayOn(queue, () => null)
  await first.ring()
  // It starts, and clears away what a gateway before it has left: its own doorbells alone.
  const second = await gatewayOn(queue, () => null)
  await second.ring()
  const worker = new AnalysisWorker({ log, queue, detector: 'auto', folders: [modelsFolder] })
  onTestFinished(() => worker.stop())
  await until('an answer for each', () => first.answers.length > 0 && second.answers.length > 0, within)
})

it('refuses a model of another shape, and one that gives no numbers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'xueliang-models-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const faces = model('yunet-n')
  const poisoned = readFileSync(faces.path)
  // Somewhere in its weights: not a number, as bits that fell over might leave it.
  for (let at = Math.floor(poisoned.length / 8) * 4; at < poisoned.length * 0.6; at += 4) {
    poisoned.writeUInt32LE(0x7fc00000, at)
  }
  const path = join(folder, faces.entry.file)
  writeFileSync(path, poisoned)
  const inspector = await Inspector.load([
    { entry: model('nanodet-plus-m-1.5x').entry, path: faces.path },
    { entry: faces.entry, path },
  ])
  onTestFinished(() => inspector.close())
  expect(inspector.unusable.map(({ name }) => name)).toEqual(['nanodet-plus-m-1.5x', 'yunet-n'])
  expect(inspector.detectors).toEqual([])
})

it('refuses a provider that the build has not, in one line that says what it has', () => {
  expect(() => requireProvider('openvino')).toThrow(/INFERENCE_PROVIDER is openvino, .* it has cpu/)
  expect(() => requireProvider('cpu')).not.toThrow()
})
