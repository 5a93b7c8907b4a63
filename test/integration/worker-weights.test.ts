import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { AnalysisWorker } from '../../src/analytics/analysis-worker.ts'
import { channelsOf } from '../../src/analytics/doorbell.ts'
import { modelsFolder } from '../../src/analytics/manifest.ts'
import { analysisShortfalls } from '../../src/analytics/shortfalls.ts'
import { WorkerRoll } from '../../src/analytics/worker-roll.ts'
import { createLog } from '../../src/platform/log.ts'
import { startQueue } from '../harness/queue.ts'
import { until } from '../harness/until.ts'

const noFailures = { perMin: 0, reason: '' }

async function rollOf() {
  const queue = await startQueue()
  onTestFinished(() => queue.stop())
  const roll = new WorkerRoll()
  const heard = queue.connect()
  onTestFinished(() => heard.disconnect())
  heard.on('message', (_, text: string) => roll.hear(text))
  await heard.subscribe(channelsOf(queue.prefix).heartbeat)
  return { queue, roll }
}

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'xueliang-weights-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

it('says which weights are missing, waits for them and begins when they appear', async () => {
  const { queue, roll } = await rollOf()
  expect(analysisShortfalls(roll, noFailures, undefined)).toMatchObject([{ code: 'workers-missing' }])
  const folder = emptyFolder()
  const worker = new AnalysisWorker({
    log: createLog('silent'),
    queue,
    installation: queue.prefix.replace('xueliang:', ''),
    detector: 'auto',
    folders: [folder],
    lookAgainMs: 200,
  })
  onTestFinished(() => worker.stop())
  const [shortfall] = await until('a shortfall of weights', () => {
    const found = analysisShortfalls(roll, noFailures, folder)
    return found[0]?.code === 'weights-missing' && found
  })
  expect(shortfall?.text).toContain('nanodet-plus-m-1.5x_416.onnx')
  expect(shortfall?.text).toContain('yunet_n_dynamic.onnx')
  expect(shortfall?.remedy).toContain(folder)
  expect(roll.capable).toEqual([])

  const file = 'yunet_n_dynamic.onnx'
  // A file that is not the one of the manifest is no weights.
  writeFileSync(join(folder, file), 'not a model')
  const wrong = () =>
    analysisShortfalls(roll, noFailures, folder).find(({ code }) => code === 'weights-wrong')
  await until('a shortfall of wrong weights', () => wrong()?.text.includes('yunet-n'))
  const place = join(modelsFolder, file)
  expect(existsSync(place), 'the set-up brings the weights').toBe(true)
  copyFileSync(place, join(folder, file))
  await until('the face detector at work', () => roll.models.some(({ name }) => name === 'yunet-n'))
  await until('the right weights told', () => wrong() === undefined)
  expect(analysisShortfalls(roll, noFailures, folder)).toMatchObject([{ code: 'weights-missing' }])
  expect(analysisShortfalls(roll, noFailures, folder)[0]?.text).not.toContain(file)

  // The second best will do.
  copyFileSync(join(modelsFolder, 'yolox_nano_416.onnx'), join(folder, 'yolox_nano_416.onnx'))
  await until('no shortfall', () => analysisShortfalls(roll, noFailures, folder).length === 0)
  expect(roll.models).toContainEqual({ role: 'objects', name: 'yolox-nano' })

  // A better one is taken up while the worker runs.
  copyFileSync(
    join(modelsFolder, 'nanodet-plus-m-1.5x_416.onnx'),
    join(folder, 'nanodet-plus-m-1.5x_416.onnx'),
  )
  await until('the better model at work', () => {
    const [objects] = roll.models.filter(({ role }) => role === 'objects')
    return objects?.name === 'nanodet-plus-m-1.5x'
  })

  // Where a camera wants plates read, that takes two models more.
  const [plates] = analysisShortfalls(roll, noFailures, folder, ['objects', 'plates', 'plate-reader'])
  expect(plates?.code).toBe('weights-missing')
  expect(plates?.text).toContain('lprnet_94x24_fixed.onnx (plate-reader)')
  expect(plates?.text).not.toContain('objects')
})
