import { mkdtempSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { FrameSlot, FrameSlotReader } from '../../src/analytics/frame-slot.ts'

const size = { widthPx: 4, heightPx: 2 }

function slot() {
  const folder = mkdtempSync(join(tmpdir(), 'xueliang-slot-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true })
  })
  const writer = new FrameSlot(folder, size)
  const reader = FrameSlotReader.open(writer.path, writer.proof)
  if (reader === null) throw new Error('not opened')
  return { folder, writer, reader }
}

const pixels = (value: number) => new Uint8Array(24).fill(value)

it('hands over the newest frame', () => {
  const { writer, reader } = slot()
  expect(reader.take()).toBeNull()
  for (const sequence of [1, 2, 3, 4, 5]) writer.write(sequence, 1000 + sequence, pixels(sequence))
  const picture = { ...size, gbr: pixels(5) }
  // Nothing was said of where it moved.
  expect(reader.take()).toEqual({ sequence: 5, arrivedUtcMs: 1005, moved: null, picture })
})

it('never writes over the frame that a worker has taken, whatever comes meanwhile', () => {
  const { writer, reader } = slot()
  writer.write(1, 0, pixels(1))
  writer.write(2, 0, pixels(2))
  expect(reader.take()?.sequence).toBe(2)
  for (let sequence = 3; sequence < 20; sequence++) writer.write(sequence, 0, pixels(sequence))
  expect(writer.picture(2)?.gbr).toEqual(pixels(2))
  expect(writer.picture(19)?.gbr).toEqual(pixels(19))
  writer.release()
  writer.write(20, 0, pixels(20))
  writer.write(21, 0, pixels(21))
  expect(writer.picture(2)).toBeNull()
})

it('does not take a frame for whole that is just being written', () => {
  const { writer, reader } = slot()
  writer.write(1, 0, pixels(1))
  // As the gateway leaves it when it is killed between two writes: the first buffer is marked unfinished.
  writeSync(openSync(writer.path, 'r+'), Buffer.alloc(8), 0, 8, 4096)
  expect(reader.take()).toBeNull()
})

it('is closed to others, proves itself and goes with the gateway', () => {
  const { folder, writer } = slot()
  expect(statSync(writer.path).mode & 0o777).toBe(0o600)
  expect(FrameSlotReader.open(writer.path, '00'.repeat(16))).toBeNull()
  expect(FrameSlotReader.open(join(folder, 'none'), writer.proof)).toBeNull()
  writer.close()
  expect(readdirSync(folder)).toEqual([])
})
