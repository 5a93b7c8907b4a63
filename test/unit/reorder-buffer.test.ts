import { expect, it } from 'vitest'
import { ReorderBuffer } from '../../src/media/rtsp/reorder-buffer.ts'
import { Lcg } from '../harness/lcg.ts'

function packet(sequence: number, ssrc = 1, bytes = 12): Buffer {
  const made = Buffer.alloc(bytes)
  made[0] = 0x80
  made.writeUInt16BE(sequence & 0xffff, 2)
  made.writeUInt32BE(ssrc, 8)
  return made
}

function buffer() {
  const got: number[] = []
  return { got, inOrder: new ReorderBuffer((found) => got.push(found.readUInt16BE(2))) }
}

it('hands on in order what comes in order, at once, over the wrap', () => {
  const { got, inOrder } = buffer()
  for (let i = 65_530; i < 65_545; i++) {
    inOrder.push(packet(i), 0)
    expect(got.at(-1)).toBe(i & 0xffff)
  }
})

it('mends whatever order, and leaves out what comes twice', () => {
  const random = new Lcg(4)
  const { got, inOrder } = buffer()
  inOrder.push(packet(0), 0)
  let waiting: number[] = []
  for (let i = 1; i <= 5000; i++) {
    waiting.push(i)
    if (random.below(10) === 0) waiting.push(i)
    if (i % 20 > 0) continue
    while (waiting.length > 0) {
      const [next] = waiting.splice(random.below(waiting.length), 1)
      inOrder.push(packet(next ?? 0), i / 2)
    }
    waiting = []
  }
  expect(got).toEqual(Array.from({ length: 5001 }, (_, i) => i))
})

it('waits a tenth of a second for a lost packet, no longer; then it is too late', () => {
  const { got, inOrder } = buffer()
  inOrder.push(packet(1), 0)
  inOrder.push(packet(3), 10)
  inOrder.push(packet(4), 60)
  inOrder.tick(100)
  expect(got).toEqual([1])
  inOrder.tick(115)
  expect(got).toEqual([1, 3, 4])
  inOrder.push(packet(2), 120)
  expect(got).toEqual([1, 3, 4])
})

it('holds no more than its bound', () => {
  const { got, inOrder } = buffer()
  inOrder.push(packet(0), 0)
  for (let i = 2; i < 2000; i++) inOrder.push(packet(i), 1)
  expect(got.length).toBeGreaterThan(1400)
  const large = buffer()
  large.inOrder.push(packet(0), 0)
  for (let i = 2; i < 40; i++) large.inOrder.push(packet(i, 1, 60_000), 1)
  expect(large.got.length).toBeGreaterThan(15)
})

it('follows a sender that begins anew', () => {
  const { got, inOrder } = buffer()
  inOrder.push(packet(100), 0)
  inOrder.push(packet(102), 0)
  inOrder.push(packet(40_000, 2), 1)
  inOrder.push(packet(7, 2), 2)
  inOrder.push(packet(8, 2), 2)
  expect(got).toEqual([100, 102, 40_000, 7, 8])
})
