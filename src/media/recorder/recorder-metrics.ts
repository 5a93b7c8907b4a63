import { Gauge, type Registry } from 'prom-client'
import type { RetentionFigures } from '../retention/retention.ts'
import type { RecorderFigures } from './recorder.ts'

interface Sources {
  readonly recorder: () => RecorderFigures
  readonly retention: () => RetentionFigures
}

/** What `/metrics` tells of recording; asked for when it is scraped. */
export function recorderMetrics(registry: Registry, { recorder, retention }: Sources): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value())
      },
    })
  gauge('recording_cameras', 'Cameras that are being recorded', () => recorder().recording)
  gauge('recording_missing_cameras', 'Cameras that should be recorded and are not', () => recorder().missing)
  gauge('recording_written_bytes', 'Bytes recorded since the start', () => recorder().writtenBytes)
  gauge('recording_unindexed', 'Entries that wait for the database', () => recorder().unindexed)
  gauge('recording_used_bytes', 'Bytes that recordings take', () => retention().usedBytes)
  gauge('recording_free_bytes', 'Bytes free on the disk of the recordings', () => retention().freeBytes)
  gauge('recording_deleted_bytes', 'Bytes deleted since the start', () => retention().deletedBytes)
  new Gauge({
    name: 'recording_reconciled',
    help: 'What was found and mended since the start, by kind',
    labelNames: ['kind'],
    registers: [registry],
    collect() {
      const counts: Readonly<Record<string, number>> = { ...recorder().reconciled }
      for (const [kind, count] of Object.entries(counts)) this.set({ kind }, count)
    },
  })
}
