import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { DetectionsEvent } from '../../src/contract/socket.ts'
import { on } from '../state/connection.ts'
import { type DrawnInspection, keepRecent } from './boxes.ts'

/** Frames inspected per second lately, against what was wanted. */
export interface InspectionRate {
  readonly inspectedPerS: number
  readonly wantedPerS: number
  readonly heardAtMs: number
}

/** How far a picture may lag behind its detections; playback stays well within. */
const keptMs = 15_000

const inspections = new Map<string, DrawnInspection[]>()
const rates = new Map<string, Signal<InspectionRate | null>>()

export function inspectionsOf(cameraId: string): readonly DrawnInspection[] {
  return inspections.get(cameraId) ?? []
}

export function inspectionRate(cameraId: string): ReadonlySignal<InspectionRate | null> {
  return rateEntry(cameraId)
}

function rateEntry(cameraId: string): Signal<InspectionRate | null> {
  let rate = rates.get(cameraId)
  if (!rate) {
    rate = signal<InspectionRate | null>(null)
    rates.set(cameraId, rate)
  }
  return rate
}

function take(event: DetectionsEvent): void {
  inspections.set(event.cameraId, keepRecent(inspections.get(event.cameraId) ?? [], event, keptMs))
  const rate = rateEntry(event.cameraId)
  const { inspectedPerS, wantedPerS } = event
  const before = rate.peek()
  // Redrawn a few times a second at most, not with every inspection.
  if (before && Date.now() - before.heardAtMs < 500) return
  rate.value = { inspectedPerS, wantedPerS, heardAtMs: Date.now() }
}

export function keepInspections(): void {
  on('detections', take)
}
