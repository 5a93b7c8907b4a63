import type { StreamName } from '../../domain/camera.ts'
import type { UtcMs } from '../../domain/time.ts'

export interface SegmentName {
  readonly startUtcMs: UtcMs
  readonly stream: StreamName
}

/** Where a segment's file stands below the recordings' folder: in UTC, so that no day has two 2 a.m. */
export function segmentPath(cameraId: string, { startUtcMs, stream }: SegmentName, sequence: number): string {
  const iso = new Date(startUtcMs).toISOString()
  return `${cameraId}/${iso.slice(0, 10)}/${iso.replaceAll(/[-:]/g, '')}-${stream}-${sequence}.mp4`
}

/** What a file's name says; null: it is none of ours. */
export function readSegmentName(name: string): SegmentName | null {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})Z-(main|sub)-\d+\.mp4$/.exec(name)
  if (parts === null) return null
  const [, year, month, day, hour, minute, second, stream] = parts
  const startUtcMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(startUtcMs) ? null : { startUtcMs, stream: stream === 'sub' ? 'sub' : 'main' }
}
