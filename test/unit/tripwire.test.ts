import { expect, it } from 'vitest'
import { type CrossDirection, type Passage, pass, type Tripwire } from '../../src/domain/tripwire.ts'

/** From the left of the picture to its right: its right hand is the lower part of the picture. */
const across: Tripwire = { from: { x: 0.2, y: 0.5 }, to: { x: 0.8, y: 0.5 } }
/** From the bottom up: its right hand is the right of the picture. */
const upwards: Tripwire = { from: { x: 0.5, y: 0.9 }, to: { x: 0.5, y: 0.1 } }
const margin = 0.02

function walk(wire: Tripwire, ...path: [number, number][]): CrossDirection[] {
  const crossings: CrossDirection[] = []
  let passage: Passage | null = null
  for (const [x, y] of path) {
    const step = pass(wire, passage, { x, y }, margin)
    passage = step.passage
    if (step.crossed !== null) crossings.push(step.crossed)
  }
  return crossings
}

it('is crossed forward from its left hand to its right hand', () => {
  expect(walk(across, [0.5, 0.4], [0.5, 0.6])).toEqual(['forward'])
  expect(walk(upwards, [0.4, 0.5], [0.6, 0.5])).toEqual(['forward'])
})

it('is crossed backward from its right hand to its left hand', () => {
  expect(walk(across, [0.5, 0.6], [0.5, 0.4])).toEqual(['backward'])
  expect(walk(upwards, [0.6, 0.5], [0.4, 0.5])).toEqual(['backward'])
})

it('turns its direction with its points', () => {
  const turned = { from: across.to, to: across.from }
  expect(walk(turned, [0.5, 0.4], [0.5, 0.6])).toEqual(['backward'])
})

it('is crossed in one long step or in many short ones', () => {
  expect(walk(across, [0.5, 0], [0.5, 1])).toEqual(['forward'])
  const steps = Array.from({ length: 100 }, (_, i): [number, number] => [0.5, 0.4 + i / 500])
  expect(walk(across, ...steps)).toEqual(['forward'])
})

it('is crossed when a step ends exactly on it', () => {
  expect(walk(across, [0.5, 0.4], [0.5, 0.5], [0.5, 0.6])).toEqual(['forward'])
})

it('is not crossed by touching it and going back', () => {
  expect(walk(across, [0.5, 0.4], [0.5, 0.5], [0.5, 0.4])).toEqual([])
  expect(walk(across, [0.5, 0.4], [0.5, 0.51], [0.5, 0.4])).toEqual([])
})

it('is not crossed by trembling on it, and once by the way out', () => {
  const trembling = Array.from({ length: 50 }, (_, i): [number, number] => [
    0.5,
    0.5 + (i % 2 ? 0.015 : -0.015),
  ])
  expect(walk(across, [0.5, 0.4], ...trembling)).toEqual([])
  expect(walk(across, [0.5, 0.4], ...trembling, [0.5, 0.6])).toEqual(['forward'])
  expect(walk(across, [0.5, 0.4], ...trembling, [0.5, 0.4])).toEqual([])
})

it('is not crossed past its ends', () => {
  expect(walk(across, [0.1, 0.4], [0.1, 0.6])).toEqual([])
  expect(walk(across, [0.9, 0.6], [0.9, 0.4])).toEqual([])
})

it('is crossed once by an object that goes through and comes back round the end', () => {
  expect(walk(across, [0.5, 0.4], [0.5, 0.6], [0.9, 0.6], [0.9, 0.4])).toEqual(['forward'])
})

it('is crossed each time by an object that goes there and back', () => {
  expect(walk(across, [0.5, 0.4], [0.5, 0.6], [0.5, 0.4])).toEqual(['forward', 'backward'])
})

it('is not crossed by an object first seen on it', () => {
  expect(walk(across, [0.5, 0.495], [0.5, 0.6])).toEqual([])
  expect(walk(across, [0.5, 0.5], [0.5, 0.6])).toEqual([])
})

it('is not crossed by walking along it', () => {
  const along = Array.from({ length: 20 }, (_, i): [number, number] => [i / 20, i % 2 ? 0.49 : 0.51])
  expect(walk(across, ...along)).toEqual([])
})
