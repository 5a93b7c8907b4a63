import { describe, expect, it } from 'vitest'
import type { ColourName, Plate } from '../../src/domain/detection.ts'
import { AttributeVotes, PlateVote } from '../../src/domain/track-attributes.ts'

const colour = (name: ColourName, confidence = 0.6) => ({ colour: { name, confidence } })

describe('a colour over a track', () => {
  function vote(...sightings: Parameters<AttributeVotes['add']>[0][]) {
    const votes = new AttributeVotes()
    for (const sighting of sightings) votes.add(sighting, 0)
    return votes.winners?.colour
  }

  it('is the one that most sightings show, and how many of them', () => {
    expect(vote(colour('red'), colour('red'), colour('black'), colour('red'))).toEqual({
      name: 'red',
      confidence: expect.closeTo(0.75, 5),
    })
  })

  it('is unknown where sightings disagree, are too few, or mostly show none', () => {
    expect(vote(colour('red'), colour('black'), colour('grey'))).toBeUndefined()
    expect(vote(colour('red'))).toBeUndefined()
    expect(vote(colour('red'), colour('red'), {}, {}, {}, {}, {}, {}, {}, {})).toBeUndefined()
  })

  it('is not touched by frames in which nobody looked', () => {
    expect(
      vote(colour('red'), ...Array.from({ length: 50 }, () => undefined), colour('red'))?.confidence,
    ).toBe(1)
  })
})

describe('a plate over a track', () => {
  const read = (text: string, doubtAt = -1, confidence = 0.5): Plate => ({
    text,
    confidences: Array.from(text, (_, i) => (i === doubtAt ? confidence : 0.95)),
  })
  function vote(...readings: (Plate | null)[]) {
    const plate = new PlateVote()
    readings.forEach((reading, i) => plate.add(reading, i * 250))
    return plate
  }

  it('takes each character from the readings that are surest of it', () => {
    const { text, confidences } =
      vote(read('皖A195K9'), read('皖A195X9', 5), read('皖A795K9', 2), read('皖A195K9')).winner ?? {}
    expect(text).toBe('皖A195K9')
    expect(confidences?.[0]).toBeCloseTo(0.95, 5)
    expect(confidences?.[5]).toBeCloseTo((3 * 0.95) / 4, 5)
  })

  it('does not let a lost or added character shift the others', () => {
    expect(vote(read('皖AD12345'), read('皖A195K9'), read('皖A195K9')).winner?.text).toBe('皖A195K9')
  })

  it('never makes up a plate that is none', () => {
    // Place by place the two would give a green plate whose third place is no letter.
    const made = vote(read('皖AD12345', 2), read('皖A12345D', 7, 0.6)).winner?.text
    expect(['皖AD12345', '皖A12345D']).toContain(made)
  })

  it('is wanted until it is settled, and rarely where it cannot be read', () => {
    expect(vote().wanted(0)).toBe(true)
    expect(vote(read('皖A195K9'), read('皖A195K9')).wanted(1_000)).toBe(true)
    expect(vote(read('皖A195K9'), read('皖A195K9'), read('皖A195K9')).wanted(1_000)).toBe(false)
    const doubted = Array.from({ length: 11 }, () => read('皖A195K9', 3))
    expect(vote(...doubted).wanted(5_000)).toBe(true)
    expect(vote(...doubted, read('皖A195K9', 3)).wanted(5_000)).toBe(false)
    const unreadable = vote(null, null, null, null, null)
    expect(unreadable.wanted(1_250)).toBe(false)
    expect(unreadable.wanted(3_000)).toBe(true)
  })
})
